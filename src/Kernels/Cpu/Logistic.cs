using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Kernels.Cpu;

/// <summary>
/// <c>σ(x) = 1/(1 + e^{−x})</c> and <c>ln(1 + e^x)</c> on vectors of floats, from one exponential: within 4 units in the last place, NaN for NaN.
/// </summary>
/// <remarks>
/// The exponential is <c>e^{−|x|}</c>, at most 1, so that nothing overflows: <c>ln(1 + e^x) = max(x, 0) + ln(1 + e^{−|x|})</c>.
/// <c>ln(1 + u) = u·g(u − 1/2)</c> with g of degree 9, which meets ln(1 + u)/u at Chebyshev's points of 0 to 1; its relative error is 1.3e-8.
/// </remarks>
internal static class Logistic
{
    /// <summary>g of the logarithm, from the constant up.</summary>
    public const float G0 = 0.8109301925f, G1 = -0.2885271013f, G2 = 0.1326090097f, G3 = -0.06768818945f, G4 = 0.03663523495f, G5 = -0.02056318335f,
        G6 = 0.01157768536f, G7 = -0.006788017228f, G8 = 0.005250270478f, G9 = -0.003176057013f;

    /// <summary>σ(x) of 16 floats.</summary>
    /// <param name="x">x.</param>
    /// <param name="logarithm">Receives ln(1 + e^x).</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x, out Vector512<float> logarithm)
    {
        Vector512<float> small = Exponential.Of(-Vector512.Abs(x)), t = small - Vector512.Create(0.5f);
        Vector512<float> g = Vector512.MultiplyAddEstimate(Vector512.Create(G9), t, Vector512.Create(G8));
        g = Vector512.MultiplyAddEstimate(g, t, Vector512.Create(G7));
        g = Vector512.MultiplyAddEstimate(g, t, Vector512.Create(G6));
        g = Vector512.MultiplyAddEstimate(g, t, Vector512.Create(G5));
        g = Vector512.MultiplyAddEstimate(g, t, Vector512.Create(G4));
        g = Vector512.MultiplyAddEstimate(g, t, Vector512.Create(G3));
        g = Vector512.MultiplyAddEstimate(g, t, Vector512.Create(G2));
        g = Vector512.MultiplyAddEstimate(g, t, Vector512.Create(G1));
        g = Vector512.MultiplyAddEstimate(g, t, Vector512.Create(G0));
        logarithm = Vector512.MultiplyAddEstimate(small, g, Vector512.MaxNative(x, Vector512<float>.Zero));
        return Of(x, small);
    }

    /// <summary>σ(x) of 16 floats.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Of(Vector512<float> x) => Of(x, Exponential.Of(-Vector512.Abs(x)));

    /// <summary>σ(x) of one vector.</summary>
    /// <param name="x">x.</param>
    /// <param name="logarithm">Receives ln(1 + e^x).</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Of(Vector<float> x, out Vector<float> logarithm)
    {
        Vector<float> small = Exponential.Of(-Vector.Abs(x)), t = small - new Vector<float>(0.5f);
        Vector<float> g = Vector.MultiplyAddEstimate(new Vector<float>(G9), t, new Vector<float>(G8));
        g = Vector.MultiplyAddEstimate(g, t, new Vector<float>(G7));
        g = Vector.MultiplyAddEstimate(g, t, new Vector<float>(G6));
        g = Vector.MultiplyAddEstimate(g, t, new Vector<float>(G5));
        g = Vector.MultiplyAddEstimate(g, t, new Vector<float>(G4));
        g = Vector.MultiplyAddEstimate(g, t, new Vector<float>(G3));
        g = Vector.MultiplyAddEstimate(g, t, new Vector<float>(G2));
        g = Vector.MultiplyAddEstimate(g, t, new Vector<float>(G1));
        g = Vector.MultiplyAddEstimate(g, t, new Vector<float>(G0));
        logarithm = Vector.MultiplyAddEstimate(small, g, Vector.MaxNative(x, Vector<float>.Zero));
        return Of(x, small);
    }

    /// <summary>σ(x) of one vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<float> Of(Vector<float> x) => Of(x, Exponential.Of(-Vector.Abs(x)));

    // Above 0 it is 1/(1 + u), below u/(1 + u): neither is a difference.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Of(Vector512<float> x, Vector512<float> small) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(x, Vector512<float>.Zero), Vector512<float>.One, small) / (Vector512<float>.One + small);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Of(Vector<float> x, Vector<float> small) =>
        Vector.ConditionalSelect(Vector.GreaterThan(x, Vector<float>.Zero), Vector<float>.One, small) / (Vector<float>.One + small);
}
