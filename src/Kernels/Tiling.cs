namespace NegSamples.Kernels;

/// <summary>How lengths are cut into blocks.</summary>
internal static class Tiling
{
    /// <summary>Blocks of a length, the last one perhaps shorter: ⌈length / block⌉.</summary>
    public static int Blocks(int length, int block) => (length + block - 1) / block;

    /// <inheritdoc cref="Blocks(int, int)"/>
    public static long Blocks(long length, long block) => (length + block - 1) / block;

    /// <summary>The least multiple of a number that is not below the count.</summary>
    public static int RoundUp(int count, int multiple) => Blocks(count, multiple) * multiple;

    /// <inheritdoc cref="RoundUp(int, int)"/>
    public static long RoundUp(long count, long multiple) => Blocks(count, multiple) * multiple;
}
