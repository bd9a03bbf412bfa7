using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Kernels.Cpu;

/// <summary>The softmax loops over one row of a tile of dot products.</summary>
/// <remarks>A row is always a multiple of 32 long; entries that do not count hold <see cref="Masked"/>.</remarks>
internal static unsafe class LogitRow
{
    /// <summary>The dot product of a pair that does not count. It is finite, because a difference of infinities would be NaN.</summary>
    public const float Masked = float.MinValue;

    private static bool Wide => InstructionSets.Chosen == InstructionSet.Avx512;

    /// <summary>The largest of the dot products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Maximum(float* dots, int columns)
    {
        float* end = dots + columns;
        if (Wide)
        {
            Vector512<float> a = Vector512.Create(Masked), b = a;
            for (; dots < end; dots += 32)
            {
                a = Vector512.MaxNative(a, Vector512.Load(dots));
                b = Vector512.MaxNative(b, Vector512.Load(dots + 16));
            }

            a = Vector512.MaxNative(a, b);
            Vector256<float> half = Vector256.MaxNative(a.GetLower(), a.GetUpper());
            Vector128<float> quarter = Vector128.MaxNative(half.GetLower(), half.GetUpper());
            return MathF.Max(MathF.Max(quarter[0], quarter[1]), MathF.Max(quarter[2], quarter[3]));
        }

        Vector<float> runningMax = new(Masked);
        for (; dots < end; dots += Vector<float>.Count) runningMax = Vector.MaxNative(runningMax, Read(dots));
        float maximum = runningMax[0];
        for (int lane = 1; lane < Vector<float>.Count; lane++) maximum = MathF.Max(maximum, runningMax[lane]);
        return maximum;
    }

    /// <summary>Σ 2^{(dot − offset)·scale}.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float SumOfExponentials(float* dots, int columns, float offset, float scale)
    {
        float* end = dots + columns;
        if (Wide)
        {
            Vector512<float> a = Vector512<float>.Zero, b = a, wideOffset = Vector512.Create(offset);
            for (; dots < end; dots += 32)
            {
                a += Exponential.OfTwo((Vector512.Load(dots) - wideOffset) * scale);
                b += Exponential.OfTwo((Vector512.Load(dots + 16) - wideOffset) * scale);
            }

            return Vector512.Sum(a + b);
        }

        Vector<float> sum = Vector<float>.Zero, offsets = new(offset);
        for (; dots < end; dots += Vector<float>.Count) sum += Exponential.OfTwo((Read(dots) - offsets) * scale);
        return Vector.Sum(sum);
    }

    /// <summary>Replaces each dot product s by <c>factor·2^{(s − offset)·scale}</c>, and adds a second such term where there is one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Weights(float* dots, int columns, in RowWeights weighing)
    {
        Vector<float> offset = new(weighing.Offset), factor = new(weighing.Factor), tilted = new(weighing.TiltedFactor);
        for (int j = 0; j < columns; j += Vector<float>.Count)
        {
            Vector<float> below = Read(dots + j) - offset, weight = factor * Exponential.OfTwo(below * weighing.Scale);
            if (weighing.TiltedScale > 0) weight += tilted * Exponential.OfTwo(below * weighing.TiltedScale);
            Unsafe.WriteUnaligned(dots + j, weight);
        }
    }

    /// <summary>Replaces each dot product s by <c>e^{(s − m)/T − l} + e^{(s − m')/T − l'}</c>, m/T + l the logarithm of the row's denominator and m'/T + l' of
    /// the column's, and adds the second term to the column's sum.</summary>
    /// <returns>Σ of the first terms: the probability that the row gives to the columns.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float WeightsOfBoth(float* dots, int columns, in BothWeights weighing)
    {
        float* maxima = weighing.ColumnMaxima, logarithms = weighing.ColumnLogarithms, sums = weighing.ColumnSums;
        if (Wide)
        {
            Vector512<float> high = Vector512.Create(weighing.ScaleHigh), low = Vector512.Create(weighing.ScaleLow);
            Vector512<float> maximum = Vector512.Create(weighing.RowMaximum), logarithm = Vector512.Create(-weighing.RowLogarithm),
                wideSum = Vector512<float>.Zero;
            for (int j = 0; j < columns; j += 16)
            {
                Vector512<float> s = Vector512.Load(dots + j), below = s - maximum;
                Vector512<float> ofRow = Exponential.Of(Vector512.MultiplyAddEstimate(below, high, Vector512.MultiplyAddEstimate(below, low, logarithm)));
                wideSum += ofRow;
                below = s - Vector512.Load(maxima + j);
                Vector512<float> ofColumn = Exponential.Of(
                    Vector512.MultiplyAddEstimate(below, high, Vector512.MultiplyAddEstimate(below, low, -Vector512.Load(logarithms + j))));
                (Vector512.Load(sums + j) + ofColumn).Store(sums + j);
                (ofRow + ofColumn).Store(dots + j);
            }

            return Vector512.Sum(wideSum);
        }

        Vector<float> sum = Vector<float>.Zero, scaleHigh = new(weighing.ScaleHigh), scaleLow = new(weighing.ScaleLow), rowMaximum = new(weighing.RowMaximum),
            rowLogarithm = new(-weighing.RowLogarithm);
        for (int j = 0; j < columns; j += Vector<float>.Count)
        {
            Vector<float> s = Read(dots + j), below = s - rowMaximum;
            Vector<float> ofRow = Exponential.Of(Vector.MultiplyAddEstimate(below, scaleHigh, Vector.MultiplyAddEstimate(below, scaleLow, rowLogarithm)));
            sum += ofRow;
            below = s - Read(maxima + j);
            Vector<float> ofColumn = Exponential.Of(
                Vector.MultiplyAddEstimate(below, scaleHigh, Vector.MultiplyAddEstimate(below, scaleLow, -Read(logarithms + j))));
            Unsafe.WriteUnaligned(sums + j, Read(sums + j) + ofColumn);
            Unsafe.WriteUnaligned(dots + j, ofRow + ofColumn);
        }

        return Vector.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Read(float* source) => Unsafe.ReadUnaligned<Vector<float>>(source);
}

/// <summary>What <see cref="LogitRow.Weights"/> makes of one row's dot products.</summary>
internal struct RowWeights
{
    /// <summary>What the exponents are relative to, and the factors of the two terms.</summary>
    public float Offset, Factor, TiltedFactor;

    /// <summary>Of both exponents: log₂ e over the temperature, times the term's power; the second is 0 where there is none.</summary>
    public float Scale, TiltedScale;
}

/// <summary>What <see cref="LogitRow.WeightsOfBoth"/> needs of one row and its columns.</summary>
internal unsafe struct BothWeights
{
    /// <summary>1/T in two parts, so that a weight far below the row's maximum is not off by the rounding of 1/T.</summary>
    public float ScaleHigh, ScaleLow;

    /// <summary>The row's logarithm of the denominator: the greatest dot product, over T, and the rest.</summary>
    public float RowMaximum, RowLogarithm;

    /// <summary>The columns' in the same two parts.</summary>
    public float* ColumnMaxima, ColumnLogarithms;

    /// <summary>Grow by the second terms.</summary>
    public float* ColumnSums;
}
