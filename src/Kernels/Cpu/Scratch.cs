using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>Workspace of the CPU kernels: one buffer that all threads see and one for each thread, grown when an operation first needs more.</summary>
/// <remarks>
/// A buffer's contents are lost from one operation to the next. Growing is what the first training step does; later steps find the size they need.
/// </remarks>
internal sealed unsafe class Scratch(int workers) : IDisposable
{
    private const int Alignment = 64; // bytes: a cache line and a vector register
    private readonly nint[] buffers = new nint[workers + 1];
    private readonly long[] sizes = new long[workers + 1];
    private bool isDisposed;

    /// <summary>Bytes of all buffers. To be asked between operations.</summary>
    public long Bytes => sizes.Sum();

    /// <summary>The buffer that all threads see. To be called before the work is cut, not by a worker.</summary>
    public float* Shared(long floats) => (float*)Grow(buffers.Length - 1, floats * sizeof(float));

    /// <summary>The buffer of one thread.</summary>
    public float* OfWorker(int worker, long floats) => (float*)Grow(worker, floats * sizeof(float));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Dispose()
    {
        isDisposed = true;
        for (int i = 0; i < buffers.Length; i++)
        {
            NativeMemory.AlignedFree((void*)buffers[i]);
            buffers[i] = 0;
            sizes[i] = 0;
        }
    }

    private nint Grow(int index, long bytes)
    {
        if (sizes[index] >= bytes) return buffers[index];
        if (isDisposed) throw CpuOps.Disposed();
        NativeMemory.AlignedFree((void*)buffers[index]);
        buffers[index] = 0;
        sizes[index] = 0;
        try
        {
            buffers[index] = (nint)NativeMemory.AlignedAlloc((nuint)bytes, Alignment);
        }
        catch (OutOfMemoryException exception)
        {
            throw new DeviceMemoryException($"The workspace of an operation needs {Counted.Of(bytes, "byte", "N0")} of host memory, which the system refused.", exception);
        }

        sizes[index] = bytes;
        return buffers[index];
    }
}
