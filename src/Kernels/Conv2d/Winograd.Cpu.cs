using System.Numerics;
using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>The one-dimensional transforms of Winograd's minimal filtering with the points 0, ±a, ±b and infinity, on vectors of channels.</summary>
/// <remarks>
/// F(4x4, 3x3): a tile of 6 x 6 inputs and a filter of 3 x 3 give 4 x 4 outputs with 36 products instead of 144; a gradient of the weights
/// is F(3x3, 4x4) with the same points. Every two-dimensional transform is the one-dimensional one down the columns, then along the rows.
/// Sources: Lavin and Gray 2015, arXiv:1509.09308; the choice of points decides the rounding error: Barabasz et al. 2018, arXiv:1803.10986.
/// </remarks>
internal static unsafe class Winograd
{
    /// <summary>Inputs along one side of a tile.</summary>
    public const int Inputs = 6;

    /// <summary>Outputs along one side of a tile.</summary>
    public const int Outputs = 4;

    /// <summary>Products per tile and pair of channels: the number of matrices.</summary>
    public const int Points = Inputs * Inputs;

    /// <summary>Floats between the matrices of two points, one cache line: the 36 points of a tile are written together, and at distances of a
    /// power of two all of them would compete for one set of the first-level cache.</summary>
    public const int Gap = 16;

    // Points near 1 on both sides keep the constants, and with them the rounding errors, small.
    private const float A = 0.625f, B = 1.5f;
    private const float A2 = A * A, B2 = B * B, A3 = A2 * A, B3 = B2 * B;
    private const float Sum = A2 + B2, Product = A2 * B2;
    private const float ScaleOfZero = 1 / Product, ScaleOfA = 1 / (2 * A2 * (A2 - B2)), ScaleOfB = 1 / (2 * B2 * (B2 - A2));

    /// <summary>t = Bᵀ x: 6 inputs to 6 points.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Input(float* x, long xStride, float* t, long tStride)
    {
        Vector<float> x0 = Load(x), x1 = Load(x + xStride), x2 = Load(x + (2 * xStride)), x3 = Load(x + (3 * xStride)), x4 = Load(x + (4 * xStride)),
            x5 = Load(x + (5 * xStride));
        Vector<float> evenA = x4 - (B2 * x2), oddA = A * (x3 - (B2 * x1));
        Vector<float> evenB = x4 - (A2 * x2), oddB = B * (x3 - (A2 * x1));
        Store(t, (Product * x0) - (Sum * x2) + x4);
        Store(t + tStride, evenA + oddA);
        Store(t + (2 * tStride), evenA - oddA);
        Store(t + (3 * tStride), evenB + oddB);
        Store(t + (4 * tStride), evenB - oddB);
        Store(t + (5 * tStride), (Product * x1) - (Sum * x3) + x5);
    }

    /// <summary>t = G g: 3 filter taps to 6 points.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter3(float* g, long gStride, float* t, long tStride)
    {
        Vector<float> g0 = Load(g), g1 = Load(g + gStride), g2 = Load(g + (2 * gStride));
        Points5(t, tStride, g0, ScaleOfA * (g0 + (A2 * g2)), ScaleOfA * A * g1, ScaleOfB * (g0 + (B2 * g2)), ScaleOfB * B * g1, g2);
    }

    /// <summary>t = G' d: 4 output gradients, which act as the filter of the weight gradient, to 6 points.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Filter4(float* d, long dStride, float* t, long tStride)
    {
        Vector<float> d0 = Load(d), d1 = Load(d + dStride), d2 = Load(d + (2 * dStride)), d3 = Load(d + (3 * dStride));
        Points5(
            t, tStride, d0, ScaleOfA * (d0 + (A2 * d2)), (ScaleOfA * A * d1) + (ScaleOfA * A3 * d3), ScaleOfB * (d0 + (B2 * d2)),
            (ScaleOfB * B * d1) + (ScaleOfB * B3 * d3), d3);
    }

    /// <summary>y = Aᵀ m: 6 points to 4 outputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output4(float* m, long mStride, float* y, long yStride)
    {
        Vector<float> m1 = Load(m + mStride), m2 = Load(m + (2 * mStride)), m3 = Load(m + (3 * mStride)), m4 = Load(m + (4 * mStride));
        Vector<float> s1 = m1 + m2, d1 = m1 - m2, s2 = m3 + m4, d2 = m3 - m4;
        Store(y, Load(m) + s1 + s2);
        Store(y + yStride, (A * d1) + (B * d2));
        Store(y + (2 * yStride), (A2 * s1) + (B2 * s2));
        Store(y + (3 * yStride), (A3 * d1) + (B3 * d2) + Load(m + (5 * mStride)));
    }

    /// <summary>w = A'ᵀ m: 6 points to 3 weights' gradients.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Output3(float* m, long mStride, float* w, long wStride)
    {
        Vector<float> m1 = Load(m + mStride), m2 = Load(m + (2 * mStride)), m3 = Load(m + (3 * mStride)), m4 = Load(m + (4 * mStride));
        Vector<float> s1 = m1 + m2, s2 = m3 + m4;
        Store(w, Load(m) + s1 + s2);
        Store(w + wStride, (A * (m1 - m2)) + (B * (m3 - m4)));
        Store(w + (2 * wStride), (A2 * s1) + (B2 * s2) + Load(m + (5 * mStride)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Points5(
        float* t, long tStride, Vector<float> first, Vector<float> evenA, Vector<float> oddA, Vector<float> evenB, Vector<float> oddB, Vector<float> last)
    {
        Store(t, ScaleOfZero * first);
        Store(t + tStride, evenA + oddA);
        Store(t + (2 * tStride), evenA - oddA);
        Store(t + (3 * tStride), evenB + oddB);
        Store(t + (4 * tStride), evenB - oddB);
        Store(t + (5 * tStride), last);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Load(float* source) => Unsafe.ReadUnaligned<Vector<float>>(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, Vector<float> value) => Unsafe.WriteUnaligned(target, value);
}
