using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>What all blocks of a product are told.</summary>
internal struct ProductShape
{
    public int Rows, Columns;

    /// <summary>Steps of the depth, and how many a split takes: split s writes its part of the sums to rows from s·Rows.</summary>
    public int Steps, StepsPerSplit;

    public int TilesDown, TilesAcross;

    public int Down, Across, Stages;

    /// <summary>1 where rows of the target are whole 16-byte vectors.</summary>
    public int Vectors;

    /// <summary>1 to add to the target.</summary>
    public int Accumulate;

    /// <summary>
    /// Where a block's table starts behind its panels, in 16-byte places. There is no other array in shared memory, so that the panels start where
    /// dynamic memory does.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int TableStart() => Stages * (Down + Across) * (PanelText.Bytes >> 4);

    /// <summary>
    /// The first row of the block's tile; neighbours in the grid share the left side, and eight columns of tiles the right side, in the second cache.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int FirstRow()
    {
        int group = Grid.IdxX / (GroupWidth * TilesDown), rest = Grid.IdxX - (group * GroupWidth * TilesDown);
        return rest / Width(group) * Down * PanelText.Side;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int FirstColumn()
    {
        int group = Grid.IdxX / (GroupWidth * TilesDown), rest = Grid.IdxX - (group * GroupWidth * TilesDown);
        return ((group * GroupWidth) + (rest % Width(group))) * Across * PanelText.Side;
    }

    private const int GroupWidth = 8;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly int Width(int group)
    {
        int left = TilesAcross - (group * GroupWidth);
        return left < GroupWidth ? left : GroupWidth;
    }
}
