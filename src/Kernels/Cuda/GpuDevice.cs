using System.Collections.Concurrent;
using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using NegSamples.Kernels.Cuda.Ptx;

namespace NegSamples.Kernels.Cuda;

/// <summary>A GPU through its driver: one compute stream that everything runs on in order, and one copy stream for uploads.</summary>
/// <remarks>
/// An upload is copied to a pinned slot, goes to a staging place on the device by the copy stream while the compute stream works, and from there
/// to its target by the compute stream. There are two slots; the host waits only when both are still on their way.
/// </remarks>
internal sealed unsafe partial class GpuDevice : KernelDevice
{
    public const int ComputeMajor = 75, ComputeMinor = 76; // CUdevice_attribute
    public const int OldestMajor = 8; // Ampere

    private const int OutOfMemory = 2, NotReady = 600; // CUresult
    private const uint NonBlocking = 1, DisableTiming = 2; // flags of streams and of events
    private const uint YieldInWaits = 2; // CUctx_flags
    private const int MultiprocessorCount = 16, SharedBytesOfMultiprocessor = 81, SharedBytesOptIn = 97; // CUdevice_attribute
    private const int LeastSharedBytes = 99 * 1024; // of a block, on every GPU since Ampere
    private const int MaximumDynamicSharedBytes = 8; // CUfunction_attribute
    private const int DefaultSharedBytes = 47 * 1024; // what a kernel may use without asking, less 1 KiB for static arrays
    private const int ErrorLogBuffer = 5, ErrorLogBufferBytes = 6; // CUjit_option
    private const int LogBytes = 8192;
    private const string EntryPrefix = "Kernel_"; // which ILGPU puts before the name of a method

    /// <summary>What a user can do for want of memory.</summary>
    public const string TakeLess = " Lower `batchSize`, or use `microBatch`.";

    private readonly CudaDriver driver;
    private readonly int device;
    private readonly nint context, compute, copies;
    private readonly UploadSlot[] slots = [new(), new()];
    private readonly List<nint> modules = [];
    private readonly Dictionary<nint, string> names = []; // of kernels
    private readonly ConcurrentDictionary<MethodInfo, Lazy<nint>> loaded = new(); // Kernels may be loaded from several threads, all else by one at a time.
    private readonly List<Task> preparing = [];
    private readonly IKernelTexts? texts;
    private readonly DriverWatch? watch;
    private readonly Dictionary<nint, int> sharedBytesOf = [];
    private readonly long totalBytes;
    private nint lapStart, lapEnd; // Events that keep their time, made by the first laps.
    private int nextSlot;
    private string lastKernel = "";
    private volatile bool isEnding;
    private bool disposed;

    /// <summary>Opens a GPU.</summary>
    /// <param name="driver">A driver that is started.</param>
    /// <param name="index">Which GPU, from 0.</param>
    /// <param name="request">Who is told what of it; null for nobody.</param>
    /// <exception cref="DeviceException">The GPU is older than compute capability 8.0, or the driver refuses.</exception>
    public GpuDevice(CudaDriver driver, int index = 0, GpuRequest? request = null)
    {
        this.driver = driver;
        Name = string.Create(CultureInfo.InvariantCulture, $"GPU {index}"); // until the driver has told
        int handle, version;
        Check(driver.DeviceGet(&handle, index), "opening the GPU");
        device = handle;
        Check(driver.DriverGetVersion(&version), "asking the driver's version");
        DriverVersion = version;
        byte* name = stackalloc byte[256];
        Check(driver.DeviceGetName(name, 256, device), "asking the GPU's name");
        byte* identity = stackalloc byte[16];
        Check(driver.DeviceGetIdentity(identity, device), "asking which GPU it is");
        Identity = new Guid(new ReadOnlySpan<byte>(identity, 16));
        nuint total;
        Check(driver.DeviceTotalMemory(&total, device), "asking the GPU's memory");
        totalBytes = (long)total;
        (int major, int minor) = (Attribute(ComputeMajor), Attribute(ComputeMinor));
        Name = string.Create(
            CultureInfo.InvariantCulture,
            $"{Marshal.PtrToStringUTF8((nint)name)}, compute capability {major}.{minor}, driver for CUDA {CudaDriver.VersionText(version)}");
        if (major < OldestMajor) throw new DeviceException($"{Name}: expected compute capability 8.0 or later (Ampere).");
        HasWarpgroups = (major, minor) == (9, 0) && version >= CudaDriver.OldestForWarpgroups;
        Multiprocessors = Attribute(MultiprocessorCount);
        SharedMemory = new(Attribute(SharedBytesOptIn), Attribute(SharedBytesOfMultiprocessor));
        if (Multiprocessors < 1 || SharedMemory.OfBlock < LeastSharedBytes)
        {
            throw new DeviceException(string.Create(
                CultureInfo.InvariantCulture, $"{Name}: the driver tells of {Counted.Of(Multiprocessors, "multiprocessor")} and {Counted.Of(SharedMemory.OfBlock, "byte")} of shared memory of a block."));
        }

        // A wait leaves its core to the threads that make the next batch, where there is none for each; a context in use that keeps its own way is right too.
        if (driver.PrimaryContextSetFlags != null) _ = driver.PrimaryContextSetFlags(device, YieldInWaits);
        nint made;
        Check(driver.PrimaryContextRetain(&made, device), "making a context");
        context = made;
        try
        {
            Bind();
            Check(driver.StreamCreate(&made, NonBlocking), "making a stream");
            compute = made;
            Check(driver.StreamCreate(&made, NonBlocking), "making a stream");
            copies = made;
            foreach (UploadSlot slot in slots)
            {
                Check(driver.EventCreate(&made, DisableTiming), "making an event");
                slot.Arrived = made;
                Check(driver.EventCreate(&made, DisableTiming), "making an event");
                slot.Taken = made;
            }
        }
        catch
        {
            driver.PrimaryContextRelease(device); // With it go its streams and events; else they would hold some hundred MB of the GPU.
            throw;
        }

        texts = request?.Texts;
        if (request?.Note is not null) watch = new DriverWatch(request);
    }

    public override string Name { get; }

    public override int Multiprocessors { get; }

    public override bool HasWarpgroups { get; }

    public override bool HasTensorMaps => HasWarpgroups && driver.TensorMapEncode != null && driver.TensorMapEncodeWindows != null;

    public override SharedMemoryLimits SharedMemory { get; }

    /// <summary>Which GPU of the world it is, whatever its place among those that this process sees.</summary>
    public Guid Identity { get; }

    /// <summary>The driver's version, 12080 for one of CUDA 12.8.</summary>
    public int DriverVersion { get; }

    /// <summary>The stream that everything runs on, for a library that gives the GPU work of its own.</summary>
    public nint Stream => compute;

    /// <summary>
    /// Is called again and again while the host waits for the GPU, and throws where the GPU waits for what will never come; null waits without it.
    /// </summary>
    public Action? WhileWaiting { get; set; }

    public override (long Total, long Free) Memory
    {
        get
        {
            using DriverWatch.Calls? calls = Calling("asking for free memory");
            nuint free, total;
            Check(driver.MemoryGetInfo(&free, &total), "asking for free memory");
            return ((long)total, (long)free);
        }
    }

    public override nint Allocate(string name, long bytes)
    {
        reservations++;
        return Reserve(name, bytes);
    }

    private nint Reserve(string name, long bytes)
    {
        using DriverWatch.Calls? calls = Calling("reserving memory");
        Settle();
        nint address;
        int error = driver.MemoryAllocate(&address, (nuint)bytes);
        if (error == OutOfMemory) throw OutOfMemoryFor(name, bytes);
        Check(error, $"reserving {Counted.Of(bytes, "byte")} for '{name}'");
        Clear(address, bytes);
        return address;
    }

    public override void Free(nint address)
    {
        using DriverWatch.Calls? calls = watch?.Begin("freeing memory");
        if (disposed || driver.ContextSetCurrent(context) != 0) return; // The context took its memory with it. A finalizer may call, which must not throw.
        if (WhileWaiting is not null) Drain();
        reservations++;
        driver.MemoryFree(address); // A fault of an earlier kernel would be told here again; the next call that can throw tells it.
    }

    public override void Clear(nint address, long bytes)
    {
        if (update is not null) return;
        using DriverWatch.Calls? calls = Calling("clearing memory");
        Check(driver.Memset(address, 0, (nuint)bytes, compute), "clearing memory");
    }

    public override void CopyOnDevice(nint source, nint target, long bytes)
    {
        if (update is not null) return;
        using DriverWatch.Calls? calls = Calling("copying on the GPU");
        Check(driver.CopyOnDevice(target, source, (nuint)bytes, compute), "copying on the GPU");
    }

    public override void Upload(ReadOnlySpan<byte> source, nint target)
    {
        if (source.IsEmpty) return;
        RefuseWhileRecording("an upload");
        using DriverWatch.Calls? calls = Calling("uploading");
        UploadSlot slot = slots[nextSlot];
        nextSlot = (nextSlot + 1) % slots.Length;
        if (slot.InUse) Wait(slot.Taken, "waiting for an upload");
        Grow(slot, source.Length);
        source.CopyTo(new Span<byte>((void*)slot.Pinned, source.Length));
        Check(driver.CopyToDevice(slot.Staging, slot.Pinned, (nuint)source.Length, copies), "uploading");
        Check(driver.EventRecord(slot.Arrived, copies), "uploading");
        Check(driver.StreamWaitEvent(compute, slot.Arrived, 0), "uploading");
        Check(driver.CopyOnDevice(target, slot.Staging, (nuint)source.Length, compute), "uploading");
        Check(driver.EventRecord(slot.Taken, compute), "uploading");
        slot.InUse = true;
    }

    public override void Download(nint source, Span<byte> target)
    {
        if (target.IsEmpty) return;
        using DriverWatch.Calls? calls = Calling("downloading");
        Settle();
        fixed (byte* start = target)
        {
            int error = driver.CopyToHost((nint)start, source, (nuint)target.Length, compute);
            if (error == 0) error = driver.StreamSynchronize(compute);
            if (error != 0) throw KernelFailure(error, "downloading");
        }
    }

    public override void Synchronize()
    {
        using DriverWatch.Calls? calls = Calling("waiting for the GPU");
        Wait(0, "waiting for the GPU");
    }

    public override double Lap()
    {
        if (driver.EventElapsedTime == null) return base.Lap();
        using DriverWatch.Calls? calls = Calling("timing");
        if (lapEnd == 0)
        {
            nint made;
            Check(driver.EventCreate(&made, 0), "making an event");
            lapEnd = made;
        }

        float milliseconds = 0;
        Check(driver.EventRecord(lapEnd, compute), "timing");
        Wait(lapEnd, "timing");
        if (lapStart != 0) Check(driver.EventElapsedTime(&milliseconds, lapStart, lapEnd), "timing");
        (lapStart, lapEnd) = (lapEnd, lapStart);
        return milliseconds;
    }

    public override nint Load(MethodInfo kernel)
    {
        if (loaded.TryGetValue(kernel, out Lazy<nint>? known) && known.IsValueCreated) return known.Value;
        RefuseWhileRecording("a kernel"); // before a fault becomes what is known of it
        using DriverWatch.Calls? calls = watch?.Begin("loading ", kernel.Name);
        return LoadNow(kernel);
    }

    /// <summary>Also from threads beside the one that is watched.</summary>
    private nint LoadNow(MethodInfo kernel) => loaded.GetOrAdd(kernel, method => new Lazy<nint>(() =>
    {
        string ptx = KernelCompiler.Compile(method, texts);
        return Load(ptx, KernelCompiler.EntryOf(ptx));
    })).Value;

    public override void Prepare(IReadOnlyCollection<MethodInfo> kernels, Action<string>? note)
    {
        MethodInfo[] fresh = [.. kernels.Where(kernel => !loaded.ContainsKey(kernel))];
        int missing = fresh.Count(kernel => !KernelCompiler.IsCompiled(kernel, texts));
        if (missing > 0) note?.Invoke(string.Create(CultureInfo.InvariantCulture, $"compiling {Counted.Of(missing, "kernel")}, first use on this GPU"));
        bool loads = WhileWaiting is null; // Loading may wait for the stream, which ranks must be able to call off.
        preparing.Add(Task.Run(() => Parallel.ForEach(fresh, kernel =>
        {
            if (isEnding) return;
            try
            {
                if (loads) LoadNow(kernel);
                else KernelCompiler.Compile(kernel, texts);
            }
            catch (Exception fault) when (fault is DeviceException or NotSupportedException or InvalidOperationException)
            {
                // Whoever launches the kernel is told.
            }
        })));
    }

    /// <summary>Loads a text.</summary>
    /// <exception cref="DeviceException">The driver refuses it; the message has the words of its assembler.</exception>
    public nint Load(string ptx, string entry)
    {
        Bind();
        Settle();
        byte[] text = Encoding.UTF8.GetBytes(ptx + '\0'), name = Encoding.UTF8.GetBytes(entry + '\0'), log = new byte[LogBytes];
        nint module, function;
        fixed (byte* textStart = text, nameStart = name, logStart = log)
        {
            int* options = stackalloc int[] { ErrorLogBuffer, ErrorLogBufferBytes };
            void** values = stackalloc void*[] { logStart, (void*)LogBytes };
            int error = driver.ModuleLoad(&module, textStart, 2, options, values);
            if (error != 0 && lastKernel.Length > 0 && IsOfKernels(error)) throw KernelFailure(error, $"loading the kernel {entry}");
            if (error != 0)
                throw new DeviceException($"{Name} does not load the kernel {entry}: {driver.Describe(error)} {Encoding.UTF8.GetString(log).TrimEnd('\0').Trim()}".TrimEnd());
            lock (modules) modules.Add(module);
            Check(driver.ModuleGetFunction(&function, module, nameStart), $"finding the kernel {entry}");
        }

        lock (names) names[function] = entry.StartsWith(EntryPrefix, StringComparison.Ordinal) ? entry[EntryPrefix.Length..] : entry;
        return function;
    }

    public override void Launch(nint kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, ReadOnlySpan<KernelArgument> arguments)
    {
        if (update is not null)
        {
            update.Launch(kernel, grid, threads, sharedBytes, arguments);
            return;
        }

        lock (names) lastKernel = names.GetValueOrDefault(kernel, "");
        using DriverWatch.Calls? calls = Calling("launching ", lastKernel); // A queue that is full waits.
        if (sharedBytes > DefaultSharedBytes && sharedBytesOf.GetValueOrDefault(kernel) < sharedBytes)
        {
            if (sharedBytes > SharedMemory.OfBlock)
                throw new DeviceException($"{Name}: a kernel needs {Counted.Of(sharedBytes, "byte")} of shared memory; a block has {SharedMemory.OfBlock}.");
            RefuseWhileRecording("a kernel's first launch");
            Check(driver.FunctionSetAttribute(kernel, MaximumDynamicSharedBytes, sharedBytes), "raising a kernel's shared memory");
            sharedBytesOf[kernel] = sharedBytes;
        }

        fixed (KernelArgument* first = arguments)
        {
            void** places = stackalloc void*[Math.Max(1, arguments.Length)];
            for (int i = 0; i < arguments.Length; i++)
                places[i] = Unsafe.AsPointer(ref MemoryMarshal.GetReference(first[i].Span)); // The arguments are on the caller's stack or pinned here.
            int error = driver.LaunchKernel(
                kernel, (uint)grid.X, (uint)grid.Y, (uint)grid.Z, (uint)threads.X, (uint)threads.Y, (uint)threads.Z, (uint)sharedBytes, compute, places, null);
            if (error != 0)
                throw KernelFailure(error, string.Create(
                    CultureInfo.InvariantCulture, $"launching {lastKernel}, {grid} blocks of {threads} threads with {Counted.Of(sharedBytes, "byte")} of shared memory"));
        }

        if (launched is not null) KeepNode(kernel, grid, threads, sharedBytes, arguments);
    }

    public override void Dispose()
    {
        if (disposed) return;
        isEnding = true;
        using DriverWatch? ended = watch; // The last call is watched too.
        using DriverWatch.Calls? calls = watch?.Begin("ending");
        Task.WaitAll([.. preparing]);
        driver.ContextSetCurrent(context); // Where that fails, so does all that follows, and nothing is left to be saved.
        Drain();
        FreeRecordings();
        foreach (UploadSlot slot in slots)
        {
            if (slot.Pinned != 0) driver.HostFree(slot.Pinned);
            if (slot.Staging != 0) driver.MemoryFree(slot.Staging);
            driver.EventDestroy(slot.Arrived);
            driver.EventDestroy(slot.Taken);
        }

        if (lapStart != 0) driver.EventDestroy(lapStart);
        if (lapEnd != 0) driver.EventDestroy(lapEnd);
        foreach (nint module in modules) driver.ModuleUnload(module);
        driver.StreamDestroy(copies);
        driver.StreamDestroy(compute);
        disposed = true;
        driver.PrimaryContextRelease(device);
    }

    private void Grow(UploadSlot slot, int bytes)
    {
        if (slot.Bytes >= bytes) return;
        Settle();
        (nint made, nint staging) = (slot.Pinned, slot.Staging);
        (slot.Pinned, slot.Staging, slot.Bytes) = (0, 0, 0); // Whatever the driver answers: what was freed once is not freed again.
        if (made != 0) Check(driver.HostFree(made), "freeing pinned memory");
        if (staging != 0) Check(driver.MemoryFree(staging), "freeing staging memory");
        Check(driver.HostAllocate(&made, (nuint)bytes, 0), $"reserving {Counted.Of(bytes, "byte")} of pinned memory");
        slot.Pinned = made;
        slot.Staging = Reserve("uploads", bytes); // No recording reads it.
        Wait(0, "reserving staging memory"); // Its zeros must not come after the copy, which runs in another stream.
        slot.Bytes = bytes;
    }

    private int Attribute(int attribute)
    {
        int value;
        Check(driver.DeviceGetAttribute(&value, attribute, device), "asking about the GPU");
        return value;
    }

    /// <summary>Waits for an event, or for the whole stream where it is 0.</summary>
    private void Wait(nint of, string doing)
    {
        RefuseWhileRecording("a wait");
        using DriverWatch.Calls? calls = watch?.Begin(doing);
        int error;
        if (WhileWaiting is null)
        {
            error = of == 0 ? driver.StreamSynchronize(compute) : driver.EventSynchronize(of);
        }
        else
        {
            SpinWait spin = default;
            while ((error = of == 0 ? driver.StreamQuery(compute) : driver.EventQuery(of)) == NotReady)
            {
                WhileWaiting();
                spin.SpinOnce(sleep1Threshold: -1); // It yields, but never sleeps: a step waits several times.
            }
        }

        if (error != 0) throw KernelFailure(error, doing);
    }

    /// <summary>
    /// Before what may wait for the stream within the driver, where nobody could call it off: reserving and freeing memory, copies to memory that is not
    /// pinned, loading a module.
    /// </summary>
    private void Settle()
    {
        RefuseWhileRecording("a place, a kernel or a download");
        if (WhileWaiting is not null) Wait(0, "waiting for the GPU");
    }

    /// <summary>Waits for everything where nothing can be done about a fault: the work that it belongs to is over.</summary>
    private void Drain()
    {
        try
        {
            Wait(0, "ending");
        }
        catch (DeviceException)
        {
            WhileWaiting = null; // Whoever watches has told, and has called off what the GPU waited for.
        }
    }

    /// <summary>
    /// Makes this thread one that calls the GPU: the driver keeps a current context per thread. Calls may come from any thread, one at a time.
    /// </summary>
    public void Bind()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        Check(driver.ContextSetCurrent(context), "taking the context");
    }

    /// <summary>The same at the beginning of calls, which are watched until the result is disposed.</summary>
    private DriverWatch.Calls? Calling(string doing, string of = "")
    {
        DriverWatch.Calls? calls = watch?.Begin(doing, of);
        try
        {
            Bind();
            return calls;
        }
        catch
        {
            calls?.Dispose();
            throw;
        }
    }

    private void Check(int error, string doing)
    {
        if (error != 0) throw Failure(error, doing);
    }

    private DeviceException Failure(int error, string doing) => error == OutOfMemory
        ? new DeviceMemoryException($"{Name}: out of memory while {doing}.")
        : lastKernel.Length > 0 && IsOfKernels(error) ? KernelFailure(error, doing) : new DeviceException($"{Name}: {driver.Describe(error)} while {doing}.");

    /// <summary>Whether an error is of what runs on the GPU: its memory, an address, its time, an assertion, an instruction.</summary>
    private static bool IsOfKernels(int error) => error is 214 or 700 or 702 or 710 or (>= 714 and <= 719); // CUresult

    /// <summary>A fault of what runs on the GPU, which is told by the first call after it.</summary>
    private DeviceException KernelFailure(int error, string doing)
    {
        string after = doing.StartsWith("launching", StringComparison.Ordinal) || lastKernel.Length == 0 ? "" : $" after {lastKernel} was launched";
        return error == OutOfMemory ? Failure(error, doing)
            : new DeviceException($"{Name}: {driver.Describe(error)} while {doing}{after}. A fault of a kernel is told by the first call after it; `gpu.check` tests every kernel.");
    }

    /// <summary>Memory that there is not; or that there is, and the driver does not give.</summary>
    private DeviceMemoryException OutOfMemoryFor(string name, long bytes)
    {
        nuint free, total;
        bool isKnown = driver.MemoryGetInfo(&free, &total) == 0;
        string there = isKnown ? string.Create(CultureInfo.InvariantCulture, $"; {(long)free:N0} of {totalBytes:N0} are free") : "";
        string advice = isKnown && (long)free / 2 > bytes ? " The driver refuses what is free: look at what else runs on this GPU, by nvidia-smi." : TakeLess;
        return new(string.Create(CultureInfo.InvariantCulture, $"'{name}' needs {Counted.Of(bytes, "byte", "N0")} of GPU memory{there}.{advice}"));
    }

    private sealed class UploadSlot
    {
        public nint Pinned, Staging;
        public nint Arrived, Taken; // Events: on the device, and copied on to its target.
        public int Bytes;
        public bool InUse;
    }
}
