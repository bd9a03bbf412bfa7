using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Kernels.Cpu;

/// <summary>The softmax loops over one row of a tile whose dot products count twice: for the row's own sum and for the sums of the columns.</summary>
/// <remarks>As in <see cref="LogitRow"/>, rows are a multiple of 32 long and entries that do not count hold <see cref="LogitRow.Masked"/>.</remarks>
internal static unsafe class PairRow
{
    private static bool Wide => InstructionSets.Chosen == InstructionSet.Avx512;

    /// <summary>
    /// Adds 2^{(dot − offset)·scale} to each column's sum and takes the dot product into each column's maximum; neither maximum sees a NaN.
    /// </summary>
    /// <returns>The sum of the row's exponentials and its greatest dot product.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static (float Sum, float Maximum) Add(float* dots, int columns, float offset, float scale, float* columnSums, float* columnMaxima)
    {
        if (Wide)
        {
            Vector512<float> total = Vector512<float>.Zero, wideMax = Vector512.Create(LogitRow.Masked), wideOffset = Vector512.Create(offset);
            for (int j = 0; j < columns; j += 16)
            {
                Vector512<float> s = Vector512.Load(dots + j), e = Exponential.OfTwo((s - wideOffset) * scale);
                total += e;
                wideMax = Vector512.MaxNative(s, wideMax);
                (Vector512.Load(columnSums + j) + e).Store(columnSums + j);
                Vector512.MaxNative(s, Vector512.Load(columnMaxima + j)).Store(columnMaxima + j);
            }

            Vector256<float> half = Vector256.MaxNative(wideMax.GetLower(), wideMax.GetUpper());
            Vector128<float> quarter = Vector128.MaxNative(half.GetLower(), half.GetUpper());
            quarter = Vector128.MaxNative(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)));
            quarter = Vector128.MaxNative(quarter, Vector128.Shuffle(quarter, Vector128.Create(1, 0, 3, 2)));
            return (Vector512.Sum(total), quarter.ToScalar());
        }

        Vector<float> sum = Vector<float>.Zero, runningMax = new(LogitRow.Masked), offsets = new(offset);
        for (int j = 0; j < columns; j += Vector<float>.Count)
        {
            Vector<float> s = Read(dots + j), e = Exponential.OfTwo((s - offsets) * scale);
            sum += e;
            runningMax = Vector.MaxNative(s, runningMax);
            Unsafe.WriteUnaligned(columnSums + j, Read(columnSums + j) + e);
            Unsafe.WriteUnaligned(columnMaxima + j, Vector.MaxNative(s, Read(columnMaxima + j)));
        }

        float maximum = runningMax[0];
        for (int lane = 1; lane < Vector<float>.Count; lane++) maximum = MathF.Max(maximum, runningMax[lane]);
        return (Vector.Sum(sum), maximum);
    }

    /// <summary>Adds 2^{(dot − offset of the column)·scale} to each column's sum.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AddToColumns(float* dots, int columns, float* offsets, float scale, float* columnSums)
    {
        if (Wide)
        {
            for (int j = 0; j < columns; j += 16)
                (Vector512.Load(columnSums + j) + Exponential.OfTwo((Vector512.Load(dots + j) - Vector512.Load(offsets + j)) * scale)).Store(columnSums + j);
            return;
        }

        for (int j = 0; j < columns; j += Vector<float>.Count)
            Unsafe.WriteUnaligned(columnSums + j, Read(columnSums + j) + Exponential.OfTwo((Read(dots + j) - Read(offsets + j)) * scale));
    }

    /// <summary>Replaces each dot product s by e·(f + f'), <c>e = 2^{(s − m)·scale − l}</c> with the m and l of all pairs, f the row's factor and f' the
    /// column's, and adds e to the column's sum.</summary>
    /// <returns>Σ e.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float Weights(float* dots, int columns, in CommonWeights weighing)
    {
        float* factors = weighing.ColumnFactors, sums = weighing.ColumnSums;
        if (Wide)
        {
            Vector512<float> high = Vector512.Create(weighing.ScaleHigh), low = Vector512.Create(weighing.ScaleLow),
                factor = Vector512.Create(weighing.RowFactor);
            Vector512<float> maximum = Vector512.Create(weighing.Maximum), logarithm = Vector512.Create(-weighing.Logarithm), total = Vector512<float>.Zero;
            for (int j = 0; j < columns; j += 16)
            {
                Vector512<float> below = Vector512.Load(dots + j) - maximum;
                Vector512<float> e = Exponential.OfTwo(Vector512.MultiplyAddEstimate(below, high, Vector512.MultiplyAddEstimate(below, low, logarithm)));
                total += e;
                (Vector512.Load(sums + j) + e).Store(sums + j);
                (e * (factor + Vector512.Load(factors + j))).Store(dots + j);
            }

            return Vector512.Sum(total);
        }

        Vector<float> scaleHigh = new(weighing.ScaleHigh), scaleLow = new(weighing.ScaleLow), maxima = new(weighing.Maximum),
            logarithms = new(-weighing.Logarithm),
            sum = Vector<float>.Zero;
        for (int j = 0; j < columns; j += Vector<float>.Count)
        {
            Vector<float> below = Read(dots + j) - maxima;
            Vector<float> e = Exponential.OfTwo(Vector.MultiplyAddEstimate(below, scaleHigh, Vector.MultiplyAddEstimate(below, scaleLow, logarithms)));
            sum += e;
            Unsafe.WriteUnaligned(sums + j, Read(sums + j) + e);
            Unsafe.WriteUnaligned(dots + j, e * (new Vector<float>(weighing.RowFactor) + Read(factors + j)));
        }

        return Vector.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Read(float* source) => Unsafe.ReadUnaligned<Vector<float>>(source);
}

/// <summary>What <see cref="PairRow.Weights"/> needs for one row.</summary>
internal unsafe struct CommonWeights
{
    /// <summary>log₂ e over T in two parts, as 1/T in <see cref="BothWeights"/>.</summary>
    public float ScaleHigh, ScaleLow;

    /// <summary>The logarithm that all pairs are relative to, in two parts: a dot product, to be scaled, and the rest, to base 2.</summary>
    public float Maximum, Logarithm;

    /// <summary>2 to that logarithm less the row's own.</summary>
    public float RowFactor;

    /// <summary>The same of the columns.</summary>
    public float* ColumnFactors;

    /// <summary>Grow by the exponentials of each column.</summary>
    public float* ColumnSums;
}
