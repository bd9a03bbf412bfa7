using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NegSamples.Kernels.Cpu;

/// <summary>e^x on vectors of floats, for the softmax loops: about 1 unit in the last place, 0 below −87.3, NaN for NaN.</summary>
/// <remarks>
/// <c>e^x = 2^n·e^r</c> with n the nearest integer to x/ln 2 and |r| at most ln 2 / 2. ln 2 is taken off in two parts, the first short enough that n
/// times it is exact. <c>e^r = 1 + r + r²·f(r)</c> with f of degree 4, a minimax fit whose relative error is 3.1e-9, below half a unit in the last place.
/// </remarks>
internal static class Exponential
{
    private const float OneOverLn2 = 1.44269504f, Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;
    private const float F0 = 0.4999999343f, F1 = 0.1666652040f, F2 = 0.0416683908f, F3 = 0.0083687453f, F4 = 0.0013814538f;

    // Outside of these the result is 0 or near the largest float. They keep 2^n a normal number.
    private const float Least = -87.33f, Greatest = 88.3f;

    /// <summary>e^x on 16 floats. Above 88.7 the result is infinite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x)
    {
        // The order of the operands lets a NaN through. The scaling itself makes the small results 0.
        x = Vector512.MaxNative(Vector512.Create(-110f), x);
        Vector512<float> n = Vector512.Round(x * OneOverLn2);
        Vector512<float> r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-Ln2High), x);
        r = Vector512.MultiplyAddEstimate(n, Vector512.Create(-Ln2Low), r);
        Vector512<float> f = Vector512.MultiplyAddEstimate(Vector512.Create(F4), r, Vector512.Create(F3));
        f = Vector512.MultiplyAddEstimate(f, r, Vector512.Create(F2));
        f = Vector512.MultiplyAddEstimate(f, r, Vector512.Create(F1));
        f = Vector512.MultiplyAddEstimate(f, r, Vector512.Create(F0));
        return Avx512F.Scale(Vector512.MultiplyAddEstimate(f, r * r, r) + Vector512<float>.One, n);
    }

    /// <summary>e^x on one vector. Above 88.3 the result is that of 88.3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Of(Vector<float> x)
    {
        Vector<float> within = Vector.MinNative(new Vector<float>(Greatest), Vector.MaxNative(new Vector<float>(Least), x));
        Vector<float> n = Vector.Round(within * OneOverLn2);
        Vector<float> r = Vector.MultiplyAddEstimate(n, new Vector<float>(-Ln2High), within);
        r = Vector.MultiplyAddEstimate(n, new Vector<float>(-Ln2Low), r);
        Vector<float> f = Vector.MultiplyAddEstimate(new Vector<float>(F4), r, new Vector<float>(F3));
        f = Vector.MultiplyAddEstimate(f, r, new Vector<float>(F2));
        f = Vector.MultiplyAddEstimate(f, r, new Vector<float>(F1));
        f = Vector.MultiplyAddEstimate(f, r, new Vector<float>(F0));
        Vector<float> power = Vector.AsVectorSingle((Vector.ConvertToInt32(n) + new Vector<int>(127)) << 23);
        Vector<float> value = (Vector.MultiplyAddEstimate(f, r * r, r) + Vector<float>.One) * power;
        return Vector.ConditionalSelect(Vector.LessThan(x, new Vector<float>(Least)), Vector<float>.Zero, value);
    }
}
