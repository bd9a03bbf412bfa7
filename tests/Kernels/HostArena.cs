using System.Runtime.InteropServices;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>An arena of zeros whose pages come when they are touched: tests reserve for their largest shape, and most use little of it.</summary>
internal sealed unsafe class HostArena : IDisposable
{
    private const int Alignment = 4096;
    private void* memory;

    public HostArena(Ops ops, long bytes)
    {
        memory = NativeMemory.AllocZeroed((nuint)(bytes + Alignment));
        Arena = Arena.OnHost(ops, "test", ((nint)memory + Alignment - 1) / Alignment * Alignment, bytes);
    }

    public Arena Arena { get; }

    public void Dispose()
    {
        Arena.Dispose();
        NativeMemory.Free(memory);
        memory = null;
    }
}
