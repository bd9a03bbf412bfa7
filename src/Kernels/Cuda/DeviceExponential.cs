using System.Runtime.CompilerServices;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda;

/// <summary>e^x to the last bits: the unit's 2^t, with what rounding t left behind added as a factor.</summary>
internal static class DeviceExponential
{
    private const float Log2E = 1.44269504f, Log2ERest = 1.92596303e-8f, Ln2 = 0.693147182f;

    /// <summary>e^x for x up to 88; below -120 it is 0. Errs by the 2^-22 of <c>ex2.approx</c>, where the product x·log2 e alone would add |x|·6e-8.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Of(float x)
    {
        if (x < -120f) x = -120f; // Of minus infinity the rest would be NaN.
        float exponent = x * Log2E;
        CudaAsm.Emit("fma.rn.f32 %0, %1, %2, %3;", out float rest, x, Log2E, -exponent);
        rest += x * Log2ERest;
        CudaAsm.Emit("ex2.approx.f32 %0, %1;", out float power, exponent);
        return power + (power * (rest * Ln2));
    }
}
