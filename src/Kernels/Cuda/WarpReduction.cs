using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace NegSamples.Kernels.Cuda;

/// <summary>Butterflies over the 32 lanes of a warp: every lane gets the result, the same bits in all. All lanes must call.</summary>
internal static class WarpReduction
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sum(float value)
    {
        for (int distance = 16; distance > 0; distance /= 2) value += Warp.ShuffleXor(value, distance);
        return value;
    }

    /// <summary>The greatest of the numbers that are not NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Maximum(float value)
    {
        for (int distance = 16; distance > 0; distance /= 2) value = XMath.Max(value, Warp.ShuffleXor(value, distance));
        return value;
    }
}
