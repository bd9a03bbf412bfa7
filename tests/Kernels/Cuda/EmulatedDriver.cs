using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using NegSamples.Kernels.Cuda;
using NegSamples.PtxInterpreter;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>
/// NVIDIA's driver library, emulated in this process: memory, two kinds of copies, streams, events, modules and launches, which the interpreter runs.
/// A stream does its work as late as it may: when the host waits, or when another stream waits for one of its events. So work that lacks an event
/// between two streams, or memory that is used again too early, gives wrong numbers here.
/// </summary>
internal static unsafe class EmulatedDriver
{
    private const int InvalidValue = 1, OutOfMemory = 2, InvalidHandle = 400, LaunchFailed = 719;
    private static State state = new();

    /// <summary>A driver with nothing allocated.</summary>
    /// <param name="copiesAtOnce">Streams after the first work as early as they may, not as late.</param>
    public static CudaDriver Start(int version = 12080, int computeMajor = 9, long memoryBytes = 1L << 30, bool copiesAtOnce = false)
    {
        state = new State { Version = version, ComputeMajor = computeMajor, MemoryBytes = memoryBytes, CopiesAtOnce = copiesAtOnce };
        return new CudaDriver(name =>
        {
            MethodInfo method = typeof(EmulatedDriver).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static) ?? throw new EntryPointNotFoundException(name);
            RuntimeHelpers.PrepareMethod(method.MethodHandle);
            return method.MethodHandle.GetFunctionPointer();
        });
    }

    /// <summary>What the host could not be told by an error code.</summary>
    public static IReadOnlyList<string> Faults => state.Faults;

    public static int Launches => state.Launches;

    /// <summary>Device memory, pinned memory, streams, events and modules that nobody has freed.</summary>
    public static int Alive => state.Memory.Count + state.Pinned.Count + state.Streams.Count + state.Events.Count + state.Modules.Count;

    [UnmanagedCallersOnly]
    private static int cuInit(uint flags) => flags == 0 ? 0 : InvalidValue;

    [UnmanagedCallersOnly]
    private static int cuDriverGetVersion(int* version) => Return(() => *version = state.Version);

    [UnmanagedCallersOnly]
    private static int cuDeviceGetCount(int* count) => Return(() => *count = 1);

    [UnmanagedCallersOnly]
    private static int cuDeviceGet(int* device, int ordinal)
    {
        *device = 77;
        return ordinal == 0 ? 0 : 101;
    }

    [UnmanagedCallersOnly]
    private static int cuDeviceGetName(byte* name, int length, int device) => Return(() => Encoding.UTF8.GetBytes("Emulated GPU\0").CopyTo(new Span<byte>(name, length)));

    [UnmanagedCallersOnly]
    private static int cuDeviceTotalMem_v2(nuint* bytes, int device) => Return(() => *bytes = (nuint)state.MemoryBytes);

    [UnmanagedCallersOnly]
    private static int cuDeviceGetAttribute(int* value, int attribute, int device) => Return(() => *value = attribute switch
    {
        16 => 4, // multiprocessors
        75 => state.ComputeMajor,
        76 => 0,
        97 => 227 * 1024, // bytes of shared memory that a block may ask for
        _ => throw new NotSupportedException($"attribute {attribute}"),
    });

    [UnmanagedCallersOnly]
    private static int cuDevicePrimaryCtxRetain(nint* context, int device) => Return(() => *context = 0x1234);

    [UnmanagedCallersOnly]
    private static int cuDevicePrimaryCtxRelease_v2(int device) => 0;

    [UnmanagedCallersOnly]
    private static int cuCtxSetCurrent(nint context) => context == 0x1234 ? 0 : 201;

    [UnmanagedCallersOnly]
    private static int cuMemGetInfo_v2(nuint* free, nuint* total) => Return(() =>
    {
        *total = (nuint)state.MemoryBytes;
        *free = (nuint)(state.MemoryBytes - state.Memory.Values.Sum(allocation => (long)allocation.Bytes.Length));
    });

    [UnmanagedCallersOnly]
    private static int cuMemAlloc_v2(nint* address, nuint bytes)
    {
        if ((long)bytes > state.MemoryBytes - state.Memory.Values.Sum(allocation => (long)allocation.Bytes.Length)) return OutOfMemory;
        if (bytes == 0) return InvalidValue;
        byte[] content = new byte[bytes];
        content.AsSpan().Fill(0xCD); // The driver clears nothing.
        Allocation allocation = state.Global.Allocate("device memory", content);
        state.Memory.Add((nint)allocation.Address, allocation);
        *address = (nint)allocation.Address;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuMemFree_v2(nint address)
    {
        foreach (Stream stream in state.Streams.Values) stream.Finish(); // As the driver does.
        return state.Memory.Remove(address) ? 0 : InvalidValue;
    }

    [UnmanagedCallersOnly]
    private static int cuMemHostAlloc(nint* address, nuint bytes, uint flags)
    {
        *address = (nint)NativeMemory.Alloc(bytes);
        state.Pinned.Add(*address, (int)bytes);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuMemFreeHost(nint address)
    {
        if (!state.Pinned.Remove(address)) return InvalidValue;
        NativeMemory.Free((void*)address);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuMemsetD8Async(nint address, byte value, nuint bytes, nint stream) => Enqueue(stream, () => Device(address, bytes).Fill(value));

    [UnmanagedCallersOnly]
    private static int cuMemcpyHtoDAsync_v2(nint target, nint source, nuint bytes, nint stream) =>
        Enqueue(stream, () => new Span<byte>((void*)source, (int)bytes).CopyTo(Device(target, bytes)));

    [UnmanagedCallersOnly]
    private static int cuMemcpyDtoHAsync_v2(nint target, nint source, nuint bytes, nint stream) =>
        Enqueue(stream, () => Device(source, bytes).CopyTo(new Span<byte>((void*)target, (int)bytes)));

    [UnmanagedCallersOnly]
    private static int cuMemcpyDtoDAsync_v2(nint target, nint source, nuint bytes, nint stream) => Enqueue(stream, () => Device(source, bytes).CopyTo(Device(target, bytes)));

    [UnmanagedCallersOnly]
    private static int cuStreamCreate(nint* stream, uint flags)
    {
        *stream = ++state.Handles;
        state.Streams.Add(*stream, new Stream { AtOnce = state.CopiesAtOnce && state.Streams.Count > 0 });
        return flags == 1 ? 0 : InvalidValue;
    }

    [UnmanagedCallersOnly]
    private static int cuStreamSynchronize(nint stream) => On(state.Streams, stream, found => found.Finish());

    [UnmanagedCallersOnly]
    private static int cuStreamDestroy_v2(nint stream) => state.Streams.Remove(stream) ? 0 : InvalidHandle;

    [UnmanagedCallersOnly]
    private static int cuStreamWaitEvent(nint stream, nint @event, uint flags)
    {
        if (!state.Events.TryGetValue(@event, out Event? found)) return InvalidHandle;
        (Stream? recorder, long at) = (found.Recorder, found.At);
        return Enqueue(stream, () => recorder?.RunTo(at));
    }

    [UnmanagedCallersOnly]
    private static int cuEventCreate(nint* @event, uint flags)
    {
        *@event = ++state.Handles;
        state.Events.Add(*@event, new Event());
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuEventRecord(nint @event, nint stream) => On(state.Events, @event, found =>
    {
        Stream recorder = state.Streams[stream];
        (found.Recorder, found.At) = (recorder, recorder.Asked);
    });

    [UnmanagedCallersOnly]
    private static int cuEventSynchronize(nint @event) => On(state.Events, @event, found => found.Recorder?.RunTo(found.At));

    [UnmanagedCallersOnly]
    private static int cuEventDestroy_v2(nint @event) => state.Events.Remove(@event) ? 0 : InvalidHandle;

    [UnmanagedCallersOnly]
    private static int cuModuleLoadDataEx(nint* module, byte* image, uint options, int* names, void** values)
    {
        try
        {
            PtxModule parsed = PtxModule.Parse(Marshal.PtrToStringUTF8((nint)image)!);
            *module = ++state.Handles;
            state.Modules.Add(*module, new PtxMachine(parsed, state.Global));
            return 0;
        }
        catch (Exception exception)
        {
            if (options == 2 && names[0] == 5 && names[1] == 6) Encoding.UTF8.GetBytes(exception.Message.PadRight(300)[..300] + '\0').CopyTo(new Span<byte>(values[0], (int)values[1]));
            return 218;
        }
    }

    [UnmanagedCallersOnly]
    private static int cuModuleUnload(nint module) => state.Modules.Remove(module) ? 0 : InvalidHandle;

    [UnmanagedCallersOnly]
    private static int cuModuleGetFunction(nint* function, nint module, byte* name)
    {
        *function = ++state.Handles;
        PtxMachine machine = state.Modules[module];
        state.Functions.Add(*function, new Function(machine, machine.Module.Kernel(Marshal.PtrToStringUTF8((nint)name))));
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuFuncSetAttribute(nint function, int attribute, int value)
    {
        if (attribute != 8 || value > 227 * 1024) return InvalidValue;
        state.Functions[function].DynamicSharedBytes = value;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuLaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint threadsX, uint threadsY, uint threadsZ, uint sharedBytes, nint stream, void** parameters, void** extra)
    {
        Function kernel = state.Functions[function];
        if (gridX * gridY * gridZ == 0 || sharedBytes > kernel.DynamicSharedBytes || extra != null) return InvalidValue;
        object[] arguments = [.. Enumerable.Range(0, kernel.Entry.Parameters.Count)
            .Select(i => (object)new Span<byte>(parameters[i], kernel.Entry.Parameters[i].Bytes).ToArray())]; // By the kernel's sizes: the driver reads that many.
        return Enqueue(stream, () =>
        {
            state.Launches++;
            LaunchReport report = kernel.Machine.Launch(
                kernel.Entry.Name, ((int)gridX, (int)gridY, (int)gridZ), ((int)threadsX, (int)threadsY, (int)threadsZ), (int)sharedBytes, arguments);
            state.Faults.AddRange(report.Findings.Select(finding => finding.ToString()));
        });
    }

    [UnmanagedCallersOnly]
    private static int cuGetErrorName(int error, byte** name)
    {
        *name = (byte*)(error == 718 ? 0 : state.ErrorName);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuGetErrorString(int error, byte** text)
    {
        *text = (byte*)state.ErrorText;
        return 0;
    }

    private static Span<byte> Device(nint address, nuint bytes) => state.Global.TryFind((ulong)address, (int)bytes, out byte[] content, out int offset)
        ? content.AsSpan(offset, (int)bytes) : throw new InvalidOperationException(state.Global.Describe((ulong)address));

    private static int Enqueue(nint stream, Action work) => On(state.Streams, stream, found => found.Enqueue(work));

    private static int Return(Action work) => On(new Dictionary<int, int> { [0] = 0 }, 0, _ => work());

    /// <summary>An exception may not leave through the caller's native frame: it becomes a fault and an error code.</summary>
    private static int On<TKey, T>(Dictionary<TKey, T> things, TKey key, Action<T> work)
        where TKey : notnull
    {
        if (!things.TryGetValue(key, out T? thing)) return InvalidHandle;
        try
        {
            work(thing);
            return 0;
        }
        catch (Exception exception)
        {
            state.Faults.Add(exception.ToString());
            return LaunchFailed;
        }
    }

    private sealed class State
    {
        public int Version, ComputeMajor, Launches;
        public long MemoryBytes;
        public bool CopiesAtOnce;
        public nint Handles = 1000;
        public readonly GlobalMemory Global = new();
        public readonly Dictionary<nint, Allocation> Memory = [];
        public readonly Dictionary<nint, int> Pinned = [];
        public readonly Dictionary<nint, Stream> Streams = [];
        public readonly Dictionary<nint, Event> Events = [];
        public readonly Dictionary<nint, PtxMachine> Modules = [];
        public readonly Dictionary<nint, Function> Functions = [];
        public readonly List<string> Faults = [];
        public readonly nint ErrorName = Marshal.StringToCoTaskMemUTF8("CUDA_ERROR_EMULATED"), ErrorText = Marshal.StringToCoTaskMemUTF8("as asked for");
    }

    private sealed class Function(PtxMachine machine, PtxFunction entry)
    {
        public PtxMachine Machine { get; } = machine;
        public PtxFunction Entry { get; } = entry;
        public int DynamicSharedBytes { get; set; } = 48 * 1024;
    }

    private sealed class Event
    {
        public Stream? Recorder;
        public long At;
    }

    private sealed class Stream
    {
        private readonly Queue<Action> waiting = [];
        private long done;

        /// <summary>Everything asked so far, the done included.</summary>
        public long Asked => done + waiting.Count;

        public bool AtOnce { get; init; }

        public void Enqueue(Action work)
        {
            waiting.Enqueue(work);
            if (AtOnce) Finish();
        }

        public void Finish() => RunTo(Asked);

        public void RunTo(long count)
        {
            while (done < count)
            {
                done++;
                waiting.Dequeue()();
            }
        }
    }
}
