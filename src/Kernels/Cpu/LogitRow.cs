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

    private static readonly Vector<uint> LaneBits = PowersOfTwo();

    private static bool Wide => InstructionSets.Chosen == InstructionSet.Avx512;

    /// <summary>The largest of the dot products.</summary>
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

        Vector<float> most = new(Masked);
        for (; dots < end; dots += Vector<float>.Count) most = Vector.MaxNative(most, Unsafe.ReadUnaligned<Vector<float>>(dots));
        float maximum = most[0];
        for (int lane = 1; lane < Vector<float>.Count; lane++) maximum = MathF.Max(maximum, most[lane]);
        return maximum;
    }

    /// <summary>Σ 2^{(dot − maximum)·scale}.</summary>
    public static float SumOfExponentials(float* dots, int columns, float maximum, float scale)
    {
        float* end = dots + columns;
        if (Wide)
        {
            Vector512<float> a = Vector512<float>.Zero, b = a, m = Vector512.Create(maximum);
            for (; dots < end; dots += 32)
            {
                a += Exponential.OfTwo((Vector512.Load(dots) - m) * scale);
                b += Exponential.OfTwo((Vector512.Load(dots + 16) - m) * scale);
            }

            return Vector512.Sum(a + b);
        }

        Vector<float> sum = Vector<float>.Zero, most = new(maximum);
        for (; dots < end; dots += Vector<float>.Count) sum += Exponential.OfTwo((Unsafe.ReadUnaligned<Vector<float>>(dots) - most) * scale);
        return Vector.Sum(sum);
    }

    /// <summary>Masks the dot products whose bit is not set.</summary>
    /// <param name="dots">The row.</param>
    /// <param name="columns">Its length.</param>
    /// <param name="bits">One bit per column, 32 to a word.</param>
    public static void Mask(float* dots, int columns, uint* bits)
    {
        if (Wide)
        {
            for (int j = 0; j < columns; j += 16)
            {
                Vector512<float> chosen = Chosen(bits + (j >> 5), j & 16);
                Vector512.ConditionalSelect(chosen, Vector512.Load(dots + j), Vector512.Create(Masked)).Store(dots + j);
            }

            return;
        }

        for (int j = 0; j < columns; j += Vector<float>.Count)
        {
            Vector<float> chosen = Chosen(bits[j >> 5] >> (j & 31));
            Unsafe.WriteUnaligned(dots + j, Vector.ConditionalSelect(chosen, Unsafe.ReadUnaligned<Vector<float>>(dots + j), new Vector<float>(Masked)));
        }
    }

    /// <summary>Replaces each dot product s by its pair's share in the gradient, <c>e^{(s − m)/T − l} + e^{(s − m')/T − l'}</c>, m/T + l the logarithm
    /// of the row's denominator and m'/T + l' of the column's.</summary>
    /// <returns>Σ of the first terms: the probability that the row's anchor gives to the columns.</returns>
    public static float Shares(float* dots, int columns, in ShareTerms terms)
    {
        float* end = dots + columns;
        uint* rowBits = terms.RowBits, columnBits = terms.ColumnBits;
        float* columnMaxima = terms.ColumnMaxima, columnLogarithms = terms.ColumnLogarithms, columnSums = terms.ColumnSums;
        bool ofRow = terms.OfRow;
        if (Wide)
        {
            Vector512<float> high = Vector512.Create(terms.ScaleHigh), low = Vector512.Create(terms.ScaleLow);
            Vector512<float> maximum = Vector512.Create(terms.RowMaximum), logarithm = Vector512.Create(-terms.RowLogarithm), wideSum = Vector512<float>.Zero;
            for (int half = 0; dots < end; dots += 16, half ^= 16)
            {
                Vector512<float> s = Vector512.Load(dots), share = Vector512<float>.Zero;
                if (ofRow)
                {
                    Vector512<float> below = s - maximum;
                    share = Exponential.Of(Vector512.MultiplyAddEstimate(below, high, Vector512.MultiplyAddEstimate(below, low, logarithm)));
                    if (rowBits != null) share &= Chosen(rowBits, half);
                    wideSum += share;
                }

                if (columnMaxima != null)
                {
                    Vector512<float> below = s - Vector512.Load(columnMaxima);
                    Vector512<float> other = Exponential.Of(Vector512.MultiplyAddEstimate(below, high, Vector512.MultiplyAddEstimate(below, low, -Vector512.Load(columnLogarithms))));
                    columnMaxima += 16;
                    columnLogarithms += 16;
                    if (columnBits != null) other &= Chosen(columnBits, half);
                    share += other;
                    if (columnSums != null)
                    {
                        (Vector512.Load(columnSums) + other).Store(columnSums);
                        columnSums += 16;
                    }
                }

                share.Store(dots);
                if (half == 0) continue;
                rowBits += rowBits == null ? 0 : 1;
                columnBits += columnBits == null ? 0 : 1;
            }

            return Vector512.Sum(wideSum);
        }

        Vector<float> sum = Vector<float>.Zero;
        for (int from = 0; dots < end; dots += Vector<float>.Count)
        {
            Vector<float> s = Unsafe.ReadUnaligned<Vector<float>>(dots), share = Vector<float>.Zero, high = new(terms.ScaleHigh), low = new(terms.ScaleLow);
            if (ofRow)
            {
                Vector<float> below = s - new Vector<float>(terms.RowMaximum), logarithm = new(-terms.RowLogarithm);
                share = Exponential.Of(Vector.MultiplyAddEstimate(below, high, Vector.MultiplyAddEstimate(below, low, logarithm)));
                if (rowBits != null) share &= Chosen(*rowBits >> from);
                sum += share;
            }

            if (columnMaxima != null)
            {
                Vector<float> below = s - Unsafe.ReadUnaligned<Vector<float>>(columnMaxima), logarithm = Unsafe.ReadUnaligned<Vector<float>>(columnLogarithms);
                Vector<float> other = Exponential.Of(Vector.MultiplyAddEstimate(below, high, Vector.MultiplyAddEstimate(below, low, -logarithm)));
                columnMaxima += Vector<float>.Count;
                columnLogarithms += Vector<float>.Count;
                if (columnBits != null) other &= Chosen(*columnBits >> from);
                share += other;
                if (columnSums != null)
                {
                    Unsafe.WriteUnaligned(columnSums, Unsafe.ReadUnaligned<Vector<float>>(columnSums) + other);
                    columnSums += Vector<float>.Count;
                }
            }

            Unsafe.WriteUnaligned(dots, share);
            from += Vector<float>.Count;
            if (from < 32) continue;
            from = 0;
            rowBits += rowBits == null ? 0 : 1;
            columnBits += columnBits == null ? 0 : 1;
        }

        return Vector.Sum(sum);
    }

    /// <summary>All ones in lane i where bit from + i of the word is set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Chosen(uint* word, int from)
    {
        Vector512<uint> lanes = Vector512.Create(1u, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);
        return Vector512.Equals(Vector512.Create(*word >> from) & lanes, lanes).AsSingle();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Chosen(uint word) => Vector.AsVectorSingle(Vector.Equals(new Vector<uint>(word) & LaneBits, LaneBits));

    private static Vector<uint> PowersOfTwo()
    {
        Span<uint> powers = stackalloc uint[Vector<uint>.Count];
        for (int i = 0; i < powers.Length; i++) powers[i] = 1u << i;
        return new Vector<uint>(powers);
    }
}

/// <summary>What <see cref="LogitRow.Shares"/> adds up for one row.</summary>
internal unsafe struct ShareTerms
{
    /// <summary>1/T in two parts, so that a share far below the row's maximum is not off by the rounding of 1/T.</summary>
    public float ScaleHigh, ScaleLow;

    /// <summary>Whether the row is an anchor for which the columns may be negatives.</summary>
    public bool OfRow;

    /// <summary>The row's logarithm of the denominator: the greatest dot product, over T, and the rest.</summary>
    public float RowMaximum, RowLogarithm;

    /// <summary>Which columns are the row's negatives, or null for all.</summary>
    public uint* RowBits;

    /// <summary>The columns' logarithms of the denominator in the same two parts, or null where the columns are no anchors for which the row may be a negative.</summary>
    public float* ColumnMaxima, ColumnLogarithms;

    /// <summary>Of which columns the row is a negative, or null for all.</summary>
    public uint* ColumnBits;

    /// <summary>Grow by the second terms, or null where nobody asks for them.</summary>
    public float* ColumnSums;
}
