using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>One precision of <see cref="IndirectConvolution{TArithmetic}"/>: what a word of 32 bits holds, and how a tile's sums are written.</summary>
internal unsafe interface IConvolutionArithmetic
{
    /// <summary>Neighbours in k that share a word.</summary>
    static abstract int ElementsPerWord { get; }

    /// <summary>The words of k that one pass takes.</summary>
    static abstract int WordsPerPass { get; }

    /// <summary>Floats that the sums of a tile need from one pass to the next.</summary>
    static abstract int SumsPerTile { get; }

    /// <summary>One pass over tiles of 8 pixels and 32 columns.</summary>
    /// <param name="rows">Of each tile, 8 pointers for each tap, one behind the other.</param>
    /// <param name="rowsStride">Pointers from one tile's to the next's.</param>
    /// <param name="taps">How many, how long, in words.</param>
    /// <param name="panel">[words][32].</param>
    /// <param name="target">Where the sums go.</param>
    /// <param name="isFirst">Whether no pass went before.</param>
    /// <param name="isLast">Whether none follows.</param>
    static abstract void Multiply(uint** rows, long rowsStride, in Taps taps, uint* panel, in ConvolutionTarget target, bool isFirst, bool isLast);
}

/// <summary>Where tiles of a convolution go.</summary>
internal unsafe struct ConvolutionTarget
{
    /// <summary>Of each tile, 8 pointers to output pixels.</summary>
    public byte** Pixels;
    public int Tiles;

    /// <summary>The tiles' sums, as <see cref="IConvolutionArithmetic.SumsPerTile"/> says.</summary>
    public float* Sums;

    /// <summary>The first column to write, and how many, 1 to 32.</summary>
    public int Column, Columns;

    /// <summary>Whether to add to what the pixels hold.</summary>
    public bool Accumulate;

    /// <summary>Whether the pixels are float32.</summary>
    public bool IsFloat;
}

/// <summary>Products and sums of float32, which stay in the output from pass to pass.</summary>
internal readonly unsafe struct Float32Convolution : IConvolutionArithmetic
{
    public static int ElementsPerWord => 1;

    public static int WordsPerPass => 256;

    public static int SumsPerTile => 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(uint** rows, long rowsStride, in Taps taps, uint* panel, in ConvolutionTarget target, bool isFirst, bool isLast)
    {
        for (int tile = 0; tile < target.Tiles; tile++)
        {
            // A short product is over before the lines that it writes have come.
            for (int i = 0; tile + 1 < target.Tiles && i < MicroKernel.TileRows; i++)
                Prefetch.ToFirstLevel((float*)target.Pixels[((tile + 1) * MicroKernel.TileRows) + i] + target.Column, MicroKernel.TileColumns);
            MicroKernel.RowsTimesPanel(
                (float**)(rows + (tile * rowsStride)), taps, (float*)panel, (float**)(target.Pixels + (tile * MicroKernel.TileRows)), target.Column,
                target.Columns, target.Accumulate || !isFirst);
        }
    }
}

/// <summary>Products of bfloat16; the sums stay float32 until the last pass, so that each output is rounded once.</summary>
internal readonly unsafe struct BFloat16Convolution : IConvolutionArithmetic
{
    private const int Rows = MicroKernel.TileRows, Columns = MicroKernel.TileColumns;

    public static int ElementsPerWord => 2;

    public static int WordsPerPass => 512;

    public static int SumsPerTile => Rows * Columns;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(uint** rows, long rowsStride, in Taps taps, uint* panel, in ConvolutionTarget target, bool isFirst, bool isLast)
    {
        if (isLast && !target.IsFloat)
        {
            BFloat16Kernel.RowsTimesPanelRounded(
                rows, rowsStride, target.Tiles, taps, panel, isFirst ? null : target.Sums, (ushort**)target.Pixels, target.Column, target.Columns,
                target.Accumulate);
            return;
        }

        BFloat16Kernel.SumTiles(rows, rowsStride, target.Tiles, taps, panel, target.Sums, !isFirst);
        if (!isLast) return;
        for (int row = 0; row < target.Tiles * Rows; row++)
            MicroKernel.StoreRow(target.Sums + (row * Columns), (float*)target.Pixels[row] + target.Column, target.Columns, target.Accumulate);
    }
}
