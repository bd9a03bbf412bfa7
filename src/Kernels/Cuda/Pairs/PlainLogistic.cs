using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>The terms of a loss of pairs, as <see cref="Logistic"/> has them.</summary>
internal static class PlainLogistic
{
    private const float Log2E = 1.44269504f;

    /// <summary>σ(x), x = dot·scale + bias; 0 of what is masked.</summary>
    /// <param name="dot">The pair's dot product.</param>
    /// <param name="sweep">Scale and bias.</param>
    /// <param name="logarithm">Receives ln(1 + e^x).</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(float dot, in PairSweep sweep, out float logarithm)
    {
        float x = (dot * sweep.Scale) + sweep.Bias;

        // Of a NaN both are NaN: it fails the comparison, and the exponential has it.
        float small = PlainPairs.PowerOfTwo((x > 0 ? -x : x) * Log2E), t = small - 0.5f;
        float g = (Logistic.G9 * t) + Logistic.G8;
        g = (g * t) + Logistic.G7;
        g = (g * t) + Logistic.G6;
        g = (g * t) + Logistic.G5;
        g = (g * t) + Logistic.G4;
        g = (g * t) + Logistic.G3;
        g = (g * t) + Logistic.G2;
        g = (g * t) + Logistic.G1;
        g = (g * t) + Logistic.G0;
        logarithm = (x > 0 ? x : 0) + (small * g);
        return (x > 0 ? 1 : small) / (1 + small);
    }
}
