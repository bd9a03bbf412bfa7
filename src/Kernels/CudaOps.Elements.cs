using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    private const int ElementThreads = 256;

    /// <summary>Blocks of a launch with a thread per pack.</summary>
    private static int ElementBlocks(long packs) => checked((int)(Tiling.Blocks(packs, ElementThreads)));

    /// <summary>The thread's place among all of such a launch, in 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static long ElementIndex() => ((long)Grid.IdxX * ElementThreads) + Group.IdxX;

    /// <summary>1 for a number that is infinite or NaN, which is not below anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int NonFinite(float value) => XMath.Abs(value) <= float.MaxValue ? 0 : 1;
}
