using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>How many parts of one size cover a length.</summary>
internal static class Tiling
{
    /// <summary>⌈count / per⌉.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Blocks(int count, int per) => (count + per - 1) / per;

    /// <summary>⌈count / per⌉.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Blocks(long count, long per) => (count + per - 1) / per;

    /// <summary>The least multiple that is not less than the count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int RoundUp(int count, int multiple) => Blocks(count, multiple) * multiple;

    /// <summary>The least multiple that is not less than the count.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long RoundUp(long count, long multiple) => Blocks(count, multiple) * multiple;
}
