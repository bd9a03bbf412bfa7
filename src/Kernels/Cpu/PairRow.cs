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
    /// Adds 2^{(dot − reference)·scale} to each column's sum and takes the dot product into each column's maximum; neither maximum sees a NaN.
    /// </summary>
    /// <returns>The sum of the row's exponentials and its greatest dot product.</returns>
    public static (float Sum, float Maximum) Add(float* dots, int columns, float reference, float scale, float* columnSums, float* columnMaxima)
    {
        if (Wide)
        {
            Vector512<float> total = Vector512<float>.Zero, most = Vector512.Create(LogitRow.Masked), middle = Vector512.Create(reference);
            for (int j = 0; j < columns; j += 16)
            {
                Vector512<float> s = Vector512.Load(dots + j), e = Exponential.OfTwo((s - middle) * scale);
                total += e;
                most = Vector512.MaxNative(s, most);
                (Vector512.Load(columnSums + j) + e).Store(columnSums + j);
                Vector512.MaxNative(s, Vector512.Load(columnMaxima + j)).Store(columnMaxima + j);
            }

            Vector256<float> half = Vector256.MaxNative(most.GetLower(), most.GetUpper());
            Vector128<float> quarter = Vector128.MaxNative(half.GetLower(), half.GetUpper());
            quarter = Vector128.MaxNative(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)));
            quarter = Vector128.MaxNative(quarter, Vector128.Shuffle(quarter, Vector128.Create(1, 0, 3, 2)));
            return (Vector512.Sum(total), quarter.ToScalar());
        }

        Vector<float> sum = Vector<float>.Zero, greatest = new(LogitRow.Masked), from = new(reference);
        for (int j = 0; j < columns; j += Vector<float>.Count)
        {
            Vector<float> s = Read(dots + j), e = Exponential.OfTwo((s - from) * scale);
            sum += e;
            greatest = Vector.MaxNative(s, greatest);
            Unsafe.WriteUnaligned(columnSums + j, Read(columnSums + j) + e);
            Unsafe.WriteUnaligned(columnMaxima + j, Vector.MaxNative(s, Read(columnMaxima + j)));
        }

        float maximum = greatest[0];
        for (int lane = 1; lane < Vector<float>.Count; lane++) maximum = MathF.Max(maximum, greatest[lane]);
        return (Vector.Sum(sum), maximum);
    }

    /// <summary>Adds 2^{(dot − reference of the column)·scale} to each column's sum.</summary>
    public static void AddToColumns(float* dots, int columns, float* references, float scale, float* columnSums)
    {
        if (Wide)
        {
            for (int j = 0; j < columns; j += 16)
                (Vector512.Load(columnSums + j) + Exponential.OfTwo((Vector512.Load(dots + j) - Vector512.Load(references + j)) * scale)).Store(columnSums + j);
            return;
        }

        for (int j = 0; j < columns; j += Vector<float>.Count)
            Unsafe.WriteUnaligned(columnSums + j, Read(columnSums + j) + Exponential.OfTwo((Read(dots + j) - Read(references + j)) * scale));
    }

    /// <summary>Replaces each dot product s by e·(f + f'), <c>e = 2^{(s − m)·scale − l}</c> with the m and l of all pairs, f the row's factor and f' the
    /// column's, and adds e to the column's sum.</summary>
    /// <returns>Σ e.</returns>
    public static float Weights(float* dots, int columns, in PairTerms terms)
    {
        float* factors = terms.ColumnFactors, sums = terms.ColumnSums;
        if (Wide)
        {
            Vector512<float> high = Vector512.Create(terms.ScaleHigh), low = Vector512.Create(terms.ScaleLow), factor = Vector512.Create(terms.RowFactor);
            Vector512<float> maximum = Vector512.Create(terms.Maximum), logarithm = Vector512.Create(-terms.Logarithm), total = Vector512<float>.Zero;
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

        Vector<float> scaleHigh = new(terms.ScaleHigh), scaleLow = new(terms.ScaleLow), most = new(terms.Maximum), rest = new(-terms.Logarithm),
            sum = Vector<float>.Zero;
        for (int j = 0; j < columns; j += Vector<float>.Count)
        {
            Vector<float> below = Read(dots + j) - most;
            Vector<float> e = Exponential.OfTwo(Vector.MultiplyAddEstimate(below, scaleHigh, Vector.MultiplyAddEstimate(below, scaleLow, rest)));
            sum += e;
            Unsafe.WriteUnaligned(sums + j, Read(sums + j) + e);
            Unsafe.WriteUnaligned(dots + j, e * (new Vector<float>(terms.RowFactor) + Read(factors + j)));
        }

        return Vector.Sum(sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Read(float* source) => Unsafe.ReadUnaligned<Vector<float>>(source);
}

/// <summary>What <see cref="PairRow.Weights"/> needs for one row.</summary>
internal unsafe struct PairTerms
{
    /// <summary>log₂ e over T in two parts, as 1/T in <see cref="BothTerms"/>.</summary>
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
