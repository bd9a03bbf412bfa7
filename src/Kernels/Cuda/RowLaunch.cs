using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda;

/// <summary>A launch with a warp for each row of a matrix.</summary>
internal static class RowLaunch
{
    /// <summary>Threads of a block.</summary>
    public const int Threads = 256;

    private const int Rows = Threads / 32;

    /// <summary>Blocks for so many rows.</summary>
    public static int Blocks(int rows) => Tiling.Blocks(rows, Rows);

    /// <summary>The row of the thread's warp; the last block may have warps beyond the last row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Row() => (Grid.IdxX * Rows) + (Group.IdxX / 32);
}
