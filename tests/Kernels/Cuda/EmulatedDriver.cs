using System.Diagnostics;
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
internal static unsafe partial class EmulatedDriver
{
    private const int InvalidValue = 1, OutOfMemory = 2, InvalidDevice = 101, InvalidContext = 201, InvalidHandle = 400, NotReady = 600, LaunchFailed = 719;
    private const int FirstDevice = 77; // The handle of device 0.
    private const nint FirstContext = 0x1234;
    private static readonly nint ErrorName = Marshal.StringToCoTaskMemUTF8("CUDA_ERROR_EMULATED"), ErrorText = Marshal.StringToCoTaskMemUTF8("as asked for");
    private static State[] devices = [new()];

    [ThreadStatic]
    private static State? bound;

    /// <summary>A driver with nothing allocated.</summary>
    /// <param name="copiesAtOnce">Streams after the first work as early as they may, not as late.</param>
    /// <param name="gpus">How many GPUs it drives, each for one thread at a time.</param>
    /// <param name="limits">Shared memory of each; a Hopper's if left out.</param>
    /// <param name="without">A function that the driver lacks.</param>
    public static CudaDriver Start(
        int version = 12080, int computeMajor = 9, long memoryBytes = 1L << 30, bool copiesAtOnce = false, int gpus = 1, SharedMemoryLimits? limits = null,
        string? without = null)
    {
        devices = [.. Enumerable.Range(0, gpus).Select(_ => new State
        {
            Version = version, ComputeMajor = computeMajor, MemoryBytes = memoryBytes, CopiesAtOnce = copiesAtOnce, Limits = limits ?? SharedMemoryLimits.Hopper,
        })];
        bound = null;
        return new CudaDriver(name =>
        {
            if (name == without) throw new EntryPointNotFoundException(name);
            MethodInfo method = typeof(EmulatedDriver).GetMethod(name, BindingFlags.NonPublic | BindingFlags.Static) ?? throw new EntryPointNotFoundException(name);
            RuntimeHelpers.PrepareMethod(method.MethodHandle);
            return method.MethodHandle.GetFunctionPointer();
        });
    }

    /// <summary>What the host could not be told by an error code.</summary>
    public static IReadOnlyList<string> Faults => [.. devices.SelectMany(device => device.Faults)];

    /// <summary>How the host waits within the first GPU's driver: 2 yields its core.</summary>
    public static uint ContextFlags => devices[0].ContextFlags;

    public static int Launches => devices.Sum(device => device.Launches);

    /// <summary>Device memory, pinned memory, streams, events and modules that nobody has freed.</summary>
    public static int Alive => devices.Sum(device => device.Memory.Count + device.Pinned.Count + device.Streams.Count + device.Events.Count + device.Modules.Count
        + device.Graphs.Count);

    /// <summary>The GPU whose context the thread has taken; the first, and a fault, where it has taken none since the start.</summary>
    private static State Current
    {
        get
        {
            if (bound is not null && Array.IndexOf(devices, bound) >= 0) return bound;
            devices[0].Faults.Add("A thread calls the driver that has not taken a context.");
            return devices[0];
        }
    }

    [UnmanagedCallersOnly]
    private static int cuInit(uint flags) => flags == 0 ? 0 : InvalidValue;

    [UnmanagedCallersOnly]
    private static int cuDriverGetVersion(int* version) => Return(() => *version = devices[0].Version);

    [UnmanagedCallersOnly]
    private static int cuDeviceGetCount(int* count) => Return(() => *count = devices.Length);

    [UnmanagedCallersOnly]
    private static int cuDeviceGet(int* device, int ordinal)
    {
        *device = FirstDevice + ordinal;
        return ordinal >= 0 && ordinal < devices.Length ? 0 : InvalidDevice;
    }

    [UnmanagedCallersOnly]
    private static int cuDeviceGetName(byte* name, int length, int device) => Return(() => Encoding.UTF8.GetBytes("Emulated GPU\0").CopyTo(new Span<byte>(name, length)));

    [UnmanagedCallersOnly]
    private static int cuDeviceGetUuid_v2(byte* identity, int device) => Return(() => new Span<byte>(identity, 16).Fill((byte)device));

    [UnmanagedCallersOnly]
    private static int cuDeviceTotalMem_v2(nuint* bytes, int device) => Return(() => *bytes = (nuint)Of(device).MemoryBytes);

    [UnmanagedCallersOnly]
    private static int cuDeviceGetAttribute(int* value, int attribute, int device) => Return(() => *value = attribute switch
    {
        16 => 4, // multiprocessors
        75 => Of(device).ComputeMajor,
        76 => 0,
        81 => Of(device).Limits.OfMultiprocessor,
        97 => Of(device).Limits.OfBlock,
        _ => throw new NotSupportedException($"attribute {attribute}"),
    });

    [UnmanagedCallersOnly]
    private static int cuDevicePrimaryCtxSetFlags_v2(int device, uint flags) => Return(() => Of(device).ContextFlags = flags);

    [UnmanagedCallersOnly]
    private static int cuDevicePrimaryCtxRetain(nint* context, int device) => Return(() => *context = FirstContext + Array.IndexOf(devices, Of(device)));

    [UnmanagedCallersOnly]
    private static int cuDevicePrimaryCtxRelease_v2(int device) => 0;

    [UnmanagedCallersOnly]
    private static int cuCtxSetCurrent(nint context)
    {
        Called();
        if (context < FirstContext || context >= FirstContext + devices.Length) return InvalidContext;
        bound = devices[context - FirstContext];
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuMemGetInfo_v2(nuint* free, nuint* total) => Return(() =>
    {
        *total = (nuint)Current.MemoryBytes;
        *free = (nuint)(Current.MemoryBytes - Current.Memory.Values.Sum(allocation => (long)allocation.Bytes.Length));
    });

    [UnmanagedCallersOnly]
    private static int cuMemAlloc_v2(nint* address, nuint bytes)
    {
        MayWait(nameof(cuMemAlloc_v2));
        if (RefusedByCapture()) return CaptureUnsupported;
        if ((long)bytes > Current.MemoryBytes - Current.Memory.Values.Sum(allocation => (long)allocation.Bytes.Length)) return OutOfMemory;
        if (bytes == 0) return InvalidValue;
        byte[] content = new byte[bytes];
        content.AsSpan().Fill(0xCD); // The driver clears nothing.
        Allocation allocation = Current.Global.Allocate("device memory", content);
        Current.Memory.Add((nint)allocation.Address, allocation);
        *address = (nint)allocation.Address;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuMemFree_v2(nint address) => RefusedByCapture() ? CaptureUnsupported : On(Current.Memory, address, allocation =>
    {
        foreach (Stream stream in Current.Streams.Values) stream.Finish(); // As the driver does.
        allocation.Bytes.AsSpan().Fill(0xFF); // Whoever reads it still, reads NaN.
        Current.Memory.Remove(address);
    });

    [UnmanagedCallersOnly]
    private static int cuMemHostAlloc(nint* address, nuint bytes, uint flags)
    {
        if (RefusedByCapture()) return CaptureUnsupported;
        *address = (nint)NativeMemory.Alloc(bytes);
        Current.Pinned.Add(*address, (int)bytes);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuMemFreeHost(nint address)
    {
        if (!Current.Pinned.Remove(address)) return InvalidValue;
        NativeMemory.Free((void*)address);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuMemsetD8Async(nint address, byte value, nuint bytes, nint stream) => Enqueue(stream, () => Device(address, bytes).Fill(value));

    [UnmanagedCallersOnly]
    private static int cuMemcpyHtoDAsync_v2(nint target, nint source, nuint bytes, nint stream) =>
        !Current.Pinned.ContainsKey(source) && RefusedByCapture() ? CaptureUnsupported : Enqueue(stream, () => new Span<byte>((void*)source, (int)bytes).CopyTo(Device(target, bytes)));

    [UnmanagedCallersOnly]
    private static int cuMemcpyDtoHAsync_v2(nint target, nint source, nuint bytes, nint stream)
    {
        if (!Current.Pinned.ContainsKey(target))
        {
            MayWait(nameof(cuMemcpyDtoHAsync_v2));
            if (RefusedByCapture()) return CaptureUnsupported;
        }

        return Enqueue(stream, () => Device(source, bytes).CopyTo(new Span<byte>((void*)target, (int)bytes)));
    }

    [UnmanagedCallersOnly]
    private static int cuMemcpyDtoDAsync_v2(nint target, nint source, nuint bytes, nint stream) => Enqueue(stream, () => Device(source, bytes).CopyTo(Device(target, bytes)));

    [UnmanagedCallersOnly]
    private static int cuStreamCreate(nint* stream, uint flags)
    {
        *stream = ++Current.Handles;
        Current.Streams.Add(*stream, new Stream { AtOnce = Current.CopiesAtOnce && Current.Streams.Count > 0 });
        return flags == 1 ? 0 : InvalidValue;
    }

    [UnmanagedCallersOnly]
    private static int cuStreamSynchronize(nint stream)
    {
        Called();
        return RefusedByCapture() ? CaptureUnsupported : On(Current.Streams, stream, found => found.Finish());
    }

    [UnmanagedCallersOnly]
    private static int cuStreamQuery(nint stream)
    {
        Called();
        if (RefusedByCapture()) return CaptureUnsupported;
        bool isDone = false;
        int error = On(Current.Streams, stream, found =>
        {
            found.RunOne();
            isDone = found.Done == found.Asked;
        });
        return error != 0 ? error : isDone ? 0 : NotReady;
    }

    [UnmanagedCallersOnly]
    private static int cuStreamDestroy_v2(nint stream) => Current.Streams.Remove(stream) ? 0 : InvalidHandle;

    [UnmanagedCallersOnly]
    private static int cuStreamWaitEvent(nint stream, nint @event, uint flags)
    {
        if (!Current.Events.TryGetValue(@event, out Event? found)) return InvalidHandle;
        if (!IsEdgeAllowed(Current.Streams[stream], found)) return CaptureIsolation;
        (Stream? recorder, long at) = (found.Recorder, found.At);
        return Enqueue(stream, () => recorder?.RunTo(at));
    }

    [UnmanagedCallersOnly]
    private static int cuEventCreate(nint* @event, uint flags)
    {
        *@event = ++Current.Handles;
        Current.Events.Add(*@event, new Event { KeepsTime = (flags & 2) == 0 });
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuEventRecord(nint @event, nint stream)
    {
        Called();
        return On(Current.Events, @event, found =>
        {
            Stream recorder = Current.Streams[stream];
            (found.Recorder, found.At, found.Captured) = (recorder, recorder.Asked, recorder.Captured);
            if (!found.KeepsTime) return;
            found.At++;
            recorder.Enqueue(new Work(
                () =>
                {
                    found.Time = Stopwatch.GetTimestamp();
                    return true;
                },
                IsShared: false));
        });
    }

    [UnmanagedCallersOnly]
    private static int cuEventElapsedTime(float* milliseconds, nint start, nint end)
    {
        if (!Current.Events.TryGetValue(start, out Event? first) || !Current.Events.TryGetValue(end, out Event? last) || !first.KeepsTime || !last.KeepsTime)
            return InvalidHandle;
        if (first.Recorder?.Done < first.At || last.Recorder?.Done < last.At) return NotReady;
        *milliseconds = (float)Stopwatch.GetElapsedTime(first.Time, last.Time).TotalMilliseconds;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuEventSynchronize(nint @event)
    {
        Called();
        return RefusedByCapture() ? CaptureUnsupported : On(Current.Events, @event, found => found.Recorder?.RunTo(found.At));
    }

    [UnmanagedCallersOnly]
    private static int cuEventQuery(nint @event)
    {
        Called();
        if (RefusedByCapture()) return CaptureUnsupported;
        bool isDone = false;
        int error = On(Current.Events, @event, found =>
        {
            if (found.Recorder?.Done < found.At) found.Recorder.RunOne();
            isDone = found.Recorder is null || found.Recorder.Done >= found.At;
        });
        return error != 0 ? error : isDone ? 0 : NotReady;
    }

    [UnmanagedCallersOnly]
    private static int cuEventDestroy_v2(nint @event) => Current.Events.Remove(@event) ? 0 : InvalidHandle;

    [UnmanagedCallersOnly]
    private static int cuModuleLoadDataEx(nint* module, byte* image, uint options, int* names, void** values)
    {
        MayWait(nameof(cuModuleLoadDataEx));
        if (RefusedByCapture()) return CaptureUnsupported;
        try
        {
            PtxModule parsed = PtxModule.Parse(Marshal.PtrToStringUTF8((nint)image)!);
            *module = ++Current.Handles;
            Current.Modules.Add(*module, new PtxMachine(parsed, Current.Global));
            return 0;
        }
        catch (Exception exception)
        {
            if (options == 2 && names[0] == 5 && names[1] == 6) Encoding.UTF8.GetBytes(exception.Message.PadRight(300)[..300] + '\0').CopyTo(new Span<byte>(values[0], (int)values[1]));
            return 218;
        }
    }

    [UnmanagedCallersOnly]
    private static int cuModuleUnload(nint module) => Current.Modules.Remove(module) ? 0 : InvalidHandle;

    [UnmanagedCallersOnly]
    private static int cuModuleGetFunction(nint* function, nint module, byte* name)
    {
        *function = ++Current.Handles;
        PtxMachine machine = Current.Modules[module];
        Current.Functions.Add(*function, new Function(machine, machine.Module.Kernel(Marshal.PtrToStringUTF8((nint)name))));
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuFuncSetAttribute(nint function, int attribute, int value)
    {
        if (RefusedByCapture()) return CaptureUnsupported;
        Function kernel = Current.Functions[function];
        if (attribute != 8 || value + kernel.Machine.StaticSharedBytes > Current.Limits.OfBlock) return InvalidValue;
        kernel.DynamicSharedBytes = value;
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuLaunchKernel(
        nint function, uint gridX, uint gridY, uint gridZ, uint threadsX, uint threadsY, uint threadsZ, uint sharedBytes, nint stream, void** parameters, void** extra)
    {
        Function kernel = Current.Functions[function];
        if (gridX * gridY * gridZ == 0 || sharedBytes > kernel.DynamicSharedBytes || extra != null) return InvalidValue;
        return Enqueue(stream, WorkOf(function, (gridX, gridY, gridZ), (threadsX, threadsY, threadsZ), sharedBytes, parameters));
    }

    private static Action WorkOf(nint function, (uint X, uint Y, uint Z) grid, (uint X, uint Y, uint Z) threads, uint sharedBytes, void** parameters)
    {
        Function kernel = Current.Functions[function];
        object[] arguments = [.. Enumerable.Range(0, kernel.Entry.Parameters.Count)
            .Select(i => (object)new Span<byte>(parameters[i], kernel.Entry.Parameters[i].Bytes).ToArray())]; // By the kernel's sizes: the driver reads that many.
        return () =>
        {
            Current.Launches++;
            LaunchReport report = kernel.Machine.Launch(
                kernel.Entry.Name, ((int)grid.X, (int)grid.Y, (int)grid.Z), ((int)threads.X, (int)threads.Y, (int)threads.Z), (int)sharedBytes, arguments);
            Current.Faults.AddRange(report.Findings.Select(finding => finding.ToString()));
        };
    }

    [UnmanagedCallersOnly]
    private static int cuGetErrorName(int error, byte** name)
    {
        *name = (byte*)(error == 718 ? 0 : ErrorName);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuGetErrorString(int error, byte** text)
    {
        *text = (byte*)ErrorText;
        return 0;
    }

    /// <summary>A fault where a call that may wait for all work, and cannot be called off, comes while work that needs other GPUs is under way.</summary>
    private static void MayWait(string function)
    {
        if (Current.Streams.Values.Any(stream => stream.HasShared)) Current.Faults.Add($"{function} may wait for another GPU, and nobody watches whether it still comes.");
    }

    private static State Of(int device) => devices[device - FirstDevice];

    private static Span<byte> Device(nint address, nuint bytes) => Current.Global.TryFind((ulong)address, (int)bytes, out byte[] content, out int offset)
        ? content.AsSpan(offset, (int)bytes) : throw new InvalidOperationException(Current.Global.Describe((ulong)address));

    /// <summary>The place of the thread's GPU.</summary>
    public static int Place => Array.IndexOf(devices, Current);

    /// <summary>Gives a stream of the thread's GPU work that needs other GPUs. The host may ask whether it is done, but not wait for it: it might wait for ever.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="work">Is tried again as long as it says that it cannot be done yet.</param>
    /// <returns>Whether the GPU has such a stream.</returns>
    public static bool EnqueueShared(nint stream, Func<bool> work) => On(Current.Streams, stream, found => found.Enqueue(new Work(work, IsShared: true))) == 0;

    /// <summary>Memory of the thread's GPU.</summary>
    /// <exception cref="InvalidOperationException">It has no such memory.</exception>
    public static Span<byte> Memory(nint address, long bytes) => Device(address, (nuint)bytes);

    private static int Enqueue(nint stream, Action work, [CallerMemberName] string function = "")
    {
        Called(function);
        return On(Current.Streams, stream, found =>
        {
            if (found.Captured is { } captured) captured.Works.Add(work);
            else found.Enqueue(new Work(
                () =>
                {
                    work();
                    return true;
                },
                IsShared: false));
        });
    }

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
            Current.Faults.Add(exception.ToString());
            return LaunchFailed;
        }
    }

    private sealed class State
    {
        public int Version, ComputeMajor, Launches;
        public long MemoryBytes;
        public SharedMemoryLimits Limits;
        public bool CopiesAtOnce, RefusesGraphs;
        public uint ContextFlags;
        public nint Handles = 1000;
        public readonly GlobalMemory Global = new();
        public readonly Dictionary<nint, Allocation> Memory = [];
        public readonly Dictionary<nint, int> Pinned = [];
        public readonly Dictionary<nint, Stream> Streams = [];
        public readonly Dictionary<nint, Event> Events = [];
        public readonly Dictionary<nint, PtxMachine> Modules = [];
        public readonly Dictionary<nint, Function> Functions = [];
        public readonly List<string> Faults = [];
        public readonly List<string> Calls = [];
        public readonly Dictionary<nint, Graph> Graphs = [];
    }

    private sealed class Function(PtxMachine machine, PtxFunction entry)
    {
        public PtxMachine Machine { get; } = machine;
        public PtxFunction Entry { get; } = entry;
        public int DynamicSharedBytes { get; set; } = (48 * 1024) - machine.StaticSharedBytes;
    }

    private sealed class Event
    {
        public Stream? Recorder;
        public long At;
        public Graph? Captured;
        public long Time;
        public bool KeepsTime;
    }

    private sealed record Work(Func<bool> Do, bool IsShared);

    private sealed class Stream
    {
        private readonly Queue<Work> waiting = [];

        public long Done { get; private set; }

        /// <summary>Everything asked so far, the done included.</summary>
        public long Asked => Done + waiting.Count;

        public bool AtOnce { get; init; }

        /// <summary>What the stream is given while it is captured; null while it works.</summary>
        public Graph? Captured { get; set; }

        /// <summary>Whether work that needs other GPUs is waiting.</summary>
        public bool HasShared => waiting.Any(work => work.IsShared);

        public void Enqueue(Work work)
        {
            waiting.Enqueue(work);
            if (AtOnce) Finish();
        }

        public void Finish() => RunTo(Asked);

        public void RunTo(long count)
        {
            while (Done < count)
            {
                if (waiting.Peek().IsShared) throw new InvalidOperationException("The host waits for another GPU, and nobody watches whether it still comes.");
                RunOne();
            }
        }

        /// <summary>Does the next piece of work, if there is one that can be done.</summary>
        public void RunOne()
        {
            if (waiting.Count == 0) return;
            bool isOver = true;
            try
            {
                isOver = waiting.Peek().Do();
            }
            finally
            {
                if (isOver) // with an exception, too
                {
                    waiting.Dequeue();
                    Done++;
                }
            }
        }
    }
}
