using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NegSamples.Kernels.Cpu;

/// <summary>e^x and 2^t on vectors of floats, for the softmax loops: about 1 unit in the last place, 0 below −87.3 and −126, NaN for NaN.</summary>
/// <remarks>
/// <c>e^x = 2^n·e^r</c> with n the nearest integer to x/ln 2 and |r| at most ln 2 / 2. ln 2 is taken off in two parts, the first short enough that n
/// times it is exact. <c>e^r = 1 + r + r²·f(r)</c> with f of degree 4, a minimax fit whose relative error is 3.1e-9, below half a unit in the last place.
/// <para>
/// <c>2^t = 2^n·2^r</c> needs no ln 2 and a third fewer operations. Where the exponent is a difference times a scale anyway, log₂ e goes into the scale and
/// costs no digit. <c>2^r = 1 + r·g(r)</c> with g of degree 5, which meets (2^r − 1)/r at Chebyshev's points; its relative error is 2.6e-9. Without
/// fused multiply-adds the result errs by up to 1.5 units.
/// </para>
/// </remarks>
internal static class Exponential
{
    /// <summary>The natural logarithm of 2.</summary>
    public const double Ln2 = 0.69314718055994531;

    private const float OneOverLn2 = 1.44269504f, Ln2High = 0.693359375f, Ln2Low = -2.12194440e-4f;
    private const float F0 = 0.4999999343f, F1 = 0.1666652040f, F2 = 0.0416683908f, F3 = 0.0083687453f, F4 = 0.0013814538f;

    private const float G0 = 0.6931472067f, G1 = 0.2402265092f, G2 = 0.05550327227f, G3 = 0.009618056679f, G4 = 0.001340042818f, G5 = 0.000154614447f;

    // Outside of these the result is 0 or near the largest float. They keep 2^n a normal number.
    private const float Least = -87.33f, Greatest = 88.3f;
    private const float LeastOfTwo = -126, GreatestOfTwo = 127.4f;

    /// <summary>Exponents below are taken for this one, whose power is 0.</summary>
    public const float LeastTwo = -160;

    /// <summary>g of 2^r, from the constant up.</summary>
    public static (float G0, float G1, float G2, float G3, float G4, float G5) CoefficientsOfTwo => (G0, G1, G2, G3, G4, G5);

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

    /// <summary>2^t on 16 floats. From 128 on the result is infinite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> OfTwo(Vector512<float> t)
    {
        // As above a NaN gets through and the scaling makes the small results 0.
        t = Vector512.MaxNative(Vector512.Create(LeastTwo), t);
        Vector512<float> n = Vector512.Round(t), r = t - n;
        Vector512<float> g = Vector512.MultiplyAddEstimate(Vector512.Create(G5), r, Vector512.Create(G4));
        g = Vector512.MultiplyAddEstimate(g, r, Vector512.Create(G3));
        g = Vector512.MultiplyAddEstimate(g, r, Vector512.Create(G2));
        g = Vector512.MultiplyAddEstimate(g, r, Vector512.Create(G1));
        g = Vector512.MultiplyAddEstimate(g, r, Vector512.Create(G0));
        return Avx512F.Scale(Vector512.MultiplyAddEstimate(g, r, Vector512<float>.One), n);
    }

    /// <summary>2^t on one vector. Above 127.4 the result is that of 127.4.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> OfTwo(Vector<float> t)
    {
        Vector<float> within = Vector.MinNative(new Vector<float>(GreatestOfTwo), Vector.MaxNative(new Vector<float>(LeastOfTwo), t));
        Vector<float> n = Vector.Round(within), r = within - n;
        Vector<float> g = Vector.MultiplyAddEstimate(new Vector<float>(G5), r, new Vector<float>(G4));
        g = Vector.MultiplyAddEstimate(g, r, new Vector<float>(G3));
        g = Vector.MultiplyAddEstimate(g, r, new Vector<float>(G2));
        g = Vector.MultiplyAddEstimate(g, r, new Vector<float>(G1));
        g = Vector.MultiplyAddEstimate(g, r, new Vector<float>(G0));
        Vector<float> power = Vector.AsVectorSingle((Vector.ConvertToInt32(n) + new Vector<int>(127)) << 23);
        Vector<float> value = Vector.MultiplyAddEstimate(g, r, Vector<float>.One) * power;
        return Vector.ConditionalSelect(Vector.LessThan(t, new Vector<float>(LeastOfTwo)), Vector<float>.Zero, value);
    }
}
