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

    /// <summary>One pass over a tile of 8 pixels and 32 columns.</summary>
    /// <param name="rows">8 pointers for each tap, one behind the other.</param>
    /// <param name="taps">How many, how long, in words.</param>
    /// <param name="panel">[words][32].</param>
    /// <param name="target">Where the sums go.</param>
    /// <param name="isFirst">Whether no pass went before.</param>
    /// <param name="isLast">Whether none follows.</param>
    static abstract void Multiply(uint** rows, in Taps taps, uint* panel, in ConvolutionTarget target, bool isFirst, bool isLast);
}

/// <summary>Where a tile of a convolution goes.</summary>
internal unsafe struct ConvolutionTarget
{
    /// <summary>8 pointers to output pixels.</summary>
    public byte** Pixels;

    /// <summary>The tile's sums, as <see cref="IConvolutionArithmetic.SumsPerTile"/> says.</summary>
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

    public static void Multiply(uint** rows, in Taps taps, uint* panel, in ConvolutionTarget target, bool isFirst, bool isLast) =>
        MicroKernel.RowsTimesPanel(
            (float**)rows, taps, (float*)panel, (float**)target.Pixels, target.Column, target.Columns, target.Accumulate || !isFirst);
}

/// <summary>Products of bfloat16; the sums stay float32 until the last pass, so that each output is rounded once.</summary>
internal readonly unsafe struct BFloat16Convolution : IConvolutionArithmetic
{
    private const int Rows = MicroKernel.TileRows, Columns = MicroKernel.TileColumns;

    public static int ElementsPerWord => 2;

    public static int WordsPerPass => 512;

    public static int SumsPerTile => Rows * Columns;

    public static void Multiply(uint** rows, in Taps taps, uint* panel, in ConvolutionTarget target, bool isFirst, bool isLast)
    {
        float** sums = stackalloc float*[Rows];
        for (int i = 0; i < Rows; i++) sums[i] = target.Sums + (i * Columns);
        BFloat16Kernel.RowsTimesPanel(rows, taps, panel, sums, 0, Columns, !isFirst);
        if (!isLast) return;
        for (int i = 0; i < Rows; i++)
        {
            if (target.IsFloat) MicroKernel.StoreRow(sums[i], (float*)target.Pixels[i] + target.Column, target.Columns, target.Accumulate);
            else Round(sums[i], (ushort*)target.Pixels[i] + target.Column, target.Columns, target.Accumulate);
        }
    }

    /// <summary>target[i] = the bfloat16 nearest to sums[i], to which what target holds is added first if asked for; sums has room for 32.</summary>
    public static void Round(float* sums, ushort* target, int count, bool accumulate)
    {
        if (accumulate)
        {
            float* held = stackalloc float[Columns];
            BFloat16Rows.Widen(target, held, count);
            for (int i = 0; i < count; i++) sums[i] += held[i];
        }

        BFloat16Rows.Round(sums, target, count);
    }
}
