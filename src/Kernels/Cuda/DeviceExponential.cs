using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Algorithms;

namespace NegSamples.Kernels.Cuda;

/// <summary>e^x to the last bits, of the unit's 2^t: <c>e^x = 2^n·2^((x − n·ln 2)·log2 e)</c> with the whole number n nearest to x·log2 e.</summary>
internal static class DeviceExponential
{
    private const float Log2E = 1.44269504f;
    private const float Ln2High = 0.693145752f, Ln2Low = 1.42860677e-6f; // The high part has 15 bits, so that n·high is exact.
    private const float ToWhole = 12582912f; // 1.5·2^23: a sum with it has no room for a fraction.

    /// <summary>
    /// e^x for x up to 88; below the least normal number it is 0. Errs by the 2^-22 of <c>ex2.approx</c>, where the product x·log2 e alone would add |x|·6e-8.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(float x)
    {
        if (x < -87.33f) return 0f;
        float n = ((x * Log2E) + ToWhole) - ToWhole, rest = (x - (n * Ln2High)) - (n * Ln2Low);
        return XMath.Exp2(rest * Log2E) * Interop.IntAsFloat((uint)(((int)n + 127) << 23));
    }
}
