using System.Diagnostics;
using System.Reflection;
using NegSamples.Kernels.Cuda.Products;
using NegSamples.Kernels.Cuda.Ptx;

namespace NegSamples.Kernels.Cuda;

/// <summary>What runs PTX: a GPU through its driver, or an interpreter. Everything asked of it happens in the order asked.</summary>
internal abstract class KernelDevice : IDisposable
{
    private long lastLap = Stopwatch.GetTimestamp();

    /// <summary>The device in words, "NVIDIA H200, compute capability 9.0, driver 12.8".</summary>
    public abstract string Name { get; }

    /// <summary>Bytes of memory in all, and free now.</summary>
    public abstract (long Total, long Free) Memory { get; }

    /// <summary>How many multiprocessors it has: grids below this many blocks leave some idle.</summary>
    public abstract int Multiprocessors { get; }

    /// <summary>Whether it runs kernels of warpgroups, see <see cref="MatrixKernels.Wgmma"/>.</summary>
    public virtual bool HasWarpgroups => false;

    /// <summary>Whether it has a copy engine for panels, see <see cref="MatrixKernels.Tma"/>.</summary>
    public virtual bool HasTensorMaps => false;

    /// <summary>What the copy engine is told of a matrix of bfloat16.</summary>
    /// <param name="address">Of its first element; whole 16 bytes.</param>
    /// <param name="columns">Elements of a row; whole 16 bytes, and the next row follows.</param>
    /// <param name="rows">Rows.</param>
    public virtual TensorMap MapOf(long address, int columns, int rows) => default;

    /// <summary>The same of images of bfloat16 [images, height, width, channels] and the windows of their pixels.</summary>
    /// <param name="window">The images, and where windows start.</param>
    /// <param name="images">How many.</param>
    /// <param name="box">Where windows start first and last.</param>
    public virtual TensorMap MapOf(ImageWindow window, int images, WindowBox box) => default;

    /// <summary>The shared memory that kernels may be planned for.</summary>
    public abstract SharedMemoryLimits SharedMemory { get; }

    /// <summary>Reserves memory, 256-byte aligned and zeroed.</summary>
    /// <exception cref="DeviceMemoryException">There is not that much left.</exception>
    public abstract nint Allocate(string name, long bytes);

    /// <summary>Reserves memory that no caller asked for: workspace of the kernels.</summary>
    /// <exception cref="DeviceMemoryException">There is not that much left.</exception>
    public virtual nint AllocateWorkspace(string name, long bytes) => Allocate(name, bytes);

    public abstract void Free(nint address);

    public abstract void Clear(nint address, long bytes);

    public abstract void CopyOnDevice(nint source, nint target, long bytes);

    /// <summary>Copies host bytes; the source may be reused when it returns.</summary>
    public abstract void Upload(ReadOnlySpan<byte> source, nint target);

    /// <summary>Copies device bytes after everything asked for before, and waits for them.</summary>
    public abstract void Download(nint source, Span<byte> target);

    /// <summary>Waits for everything asked for so far.</summary>
    public abstract void Synchronize();

    /// <summary>Waits for everything asked for so far, and tells the milliseconds since the last lap: by the device's own clock, where it has one.</summary>
    public virtual double Lap()
    {
        Synchronize();
        long last = lastLap;
        lastLap = Stopwatch.GetTimestamp();
        return Stopwatch.GetElapsedTime(last, lastLap).TotalMilliseconds;
    }

    /// <summary>Makes a kernel ready: compiles its method and loads it. Its handle is given to <see cref="Launch"/>.</summary>
    /// <param name="kernel">A static method for <see cref="KernelCompiler"/>.</param>
    public abstract nint Load(MethodInfo kernel);

    /// <summary>Begins to make kernels ready beside what the caller goes on with; <see cref="Load"/> then waits for those that it is asked for.</summary>
    /// <param name="kernels">As of <see cref="Load"/>.</param>
    /// <param name="note">Is told where that takes time; null for nobody.</param>
    public virtual void Prepare(IReadOnlyCollection<MethodInfo> kernels, Action<string>? note)
    {
        // A device that does not compile has nothing to begin.
    }

    /// <summary>Runs a kernel.</summary>
    /// <param name="kernel">From <see cref="Load"/>.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="sharedBytes">Bytes of dynamic shared memory; a kernel that asks for more than 47 KiB has at most 1 KiB of static arrays.</param>
    /// <param name="arguments">One per parameter.</param>
    public abstract void Launch(nint kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, ReadOnlySpan<KernelArgument> arguments);

    /// <summary>Whether <see cref="Record"/> may give a recording.</summary>
    public virtual bool Records => false;

    /// <summary>Grows with every place that is reserved or freed: addresses in a recording hold as long as it stays.</summary>
    public virtual long Reservations => 0;

    /// <summary>Takes what work asks for without doing it. The work may reserve, load, upload, download and wait for nothing.</summary>
    /// <returns>The recording for <see cref="Repeat"/>; 0 where the work cannot be recorded, and then none of it has been done.</returns>
    public virtual nint Record(Action work) => 0;

    /// <summary>Uploads, does what was recorded, downloads and waits.</summary>
    public virtual void Repeat(nint recording, ReadOnlySpan<byte> source, nint uploaded, nint downloaded, Span<byte> target) =>
        throw new NotSupportedException($"{Name} has recorded nothing.");

    /// <summary>Gives the kernels of a recording the arguments that the same work gives them now. It is asked for what it was, and none of it is done.</summary>
    /// <param name="recording">From <see cref="Record"/>.</param>
    /// <param name="work">Launches the kernels that were recorded, in the same order and extents.</param>
    /// <returns>Whether it does. Otherwise the recording has the arguments of neither, and is for <see cref="Forget"/>.</returns>
    public virtual bool Adapt(nint recording, Action work) => false;

    /// <summary>Frees a recording.</summary>
    public virtual void Forget(nint recording)
    {
        // There is none.
    }

    /// <inheritdoc/>
    public abstract void Dispose();
}
