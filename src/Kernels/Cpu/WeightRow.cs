using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Kernels.Cpu;

/// <summary>The exponentials of one row of a tile of dot products, each in its place: what the products for the gradients multiply.</summary>
/// <remarks>As in <see cref="LogitRow"/>, rows are a multiple of 32 long and entries that do not count hold <see cref="LogitRow.Masked"/>, whose weight is 0.</remarks>
internal static unsafe class WeightRow
{
    private static bool Wide => InstructionSets.Chosen == InstructionSet.Avx512;

    /// <summary>weight = factor·2^{(dot − maximum)·scale}; the two rows may be the same.</summary>
    public static void Of(float* dots, float* weights, int columns, float maximum, float scale, float factor)
    {
        if (Wide)
        {
            Vector512<float> m = Vector512.Create(maximum), a = Vector512.Create(factor);
            for (int j = 0; j < columns; j += 32)
            {
                Vector512<float> low = Exponential.OfTwo((Vector512.Load(dots + j) - m) * scale), high = Exponential.OfTwo((Vector512.Load(dots + j + 16) - m) * scale);
                (a * low).Store(weights + j);
                (a * high).Store(weights + j + 16);
            }

            return;
        }

        Vector<float> most = new(maximum);
        for (int j = 0; j < columns; j += Vector<float>.Count)
            Unsafe.WriteUnaligned(weights + j, Exponential.OfTwo((Unsafe.ReadUnaligned<Vector<float>>(dots + j) - most) * scale) * factor);
    }

    /// <summary>weight = factor·2^{(dot − maximum)·scale} + tilted·2^{(dot − maximum)·tiltedScale}.</summary>
    public static void OfTwo(float* dots, float* weights, int columns, float maximum, float scale, float factor, float tiltedScale, float tilted)
    {
        if (Wide)
        {
            Vector512<float> m = Vector512.Create(maximum);
            for (int j = 0; j < columns; j += 16)
            {
                Vector512<float> below = Vector512.Load(dots + j) - m;
                ((Exponential.OfTwo(below * scale) * factor) + (Exponential.OfTwo(below * tiltedScale) * tilted)).Store(weights + j);
            }

            return;
        }

        Vector<float> most = new(maximum);
        for (int j = 0; j < columns; j += Vector<float>.Count)
        {
            Vector<float> below = Unsafe.ReadUnaligned<Vector<float>>(dots + j) - most;
            Unsafe.WriteUnaligned(weights + j, (Exponential.OfTwo(below * scale) * factor) + (Exponential.OfTwo(below * tiltedScale) * tilted));
        }
    }

    /// <summary>Replaces each dot product by 2^{(dot − maximum)·scale}.</summary>
    /// <returns>Their sum, the same bits as <see cref="LogitRow.SumOfExponentials"/>.</returns>
    public static float OfSummed(float* dots, int columns, float maximum, float scale)
    {
        float* end = dots + columns;
        if (Wide)
        {
            Vector512<float> a = Vector512<float>.Zero, b = a, m = Vector512.Create(maximum);
            for (; dots < end; dots += 32)
            {
                Vector512<float> low = Exponential.OfTwo((Vector512.Load(dots) - m) * scale), high = Exponential.OfTwo((Vector512.Load(dots + 16) - m) * scale);
                low.Store(dots);
                high.Store(dots + 16);
                a += low;
                b += high;
            }

            return Vector512.Sum(a + b);
        }

        Vector<float> sum = Vector<float>.Zero, most = new(maximum);
        for (; dots < end; dots += Vector<float>.Count)
        {
            Vector<float> value = Exponential.OfTwo((Unsafe.ReadUnaligned<Vector<float>>(dots) - most) * scale);
            Unsafe.WriteUnaligned(dots, value);
            sum += value;
        }

        return Vector.Sum(sum);
    }
}
