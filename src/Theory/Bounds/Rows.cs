using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Theory.Bounds;

/// <summary>Rows of a matrix in a plain array.</summary>
internal static class Rows
{
    /// <summary>The dot product in four groups of eight lanes, fused and added in a fixed order: the same bits on every machine.</summary>
    public static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        int lanes = Vector512<double>.Count, wide = a.Length / lanes * lanes;
        ReadOnlySpan<Vector512<double>> left = MemoryMarshal.Cast<double, Vector512<double>>(a[..wide]), right = MemoryMarshal.Cast<double,
            Vector512<double>>(b[..wide]);
        Vector512<double> sum0 = Vector512<double>.Zero, sum1 = sum0, sum2 = sum0, sum3 = sum0;
        int i = 0;
        for (; i + 3 < left.Length && i + 3 < right.Length; i += 4)
        {
            sum0 = Vector512.FusedMultiplyAdd(left[i], right[i], sum0);
            sum1 = Vector512.FusedMultiplyAdd(left[i + 1], right[i + 1], sum1);
            sum2 = Vector512.FusedMultiplyAdd(left[i + 2], right[i + 2], sum2);
            sum3 = Vector512.FusedMultiplyAdd(left[i + 3], right[i + 3], sum3);
        }

        for (; i < left.Length; i++) sum0 = Vector512.FusedMultiplyAdd(left[i], right[i], sum0);
        double sum = Vector512.Sum(sum0 + sum1 + (sum2 + sum3));
        for (int tail = wide; tail < a.Length; tail++) sum += a[tail] * b[tail];
        return sum;
    }

    /// <summary>Adds a multiple of one row to another, fused: the same bits on every machine.</summary>
    public static void AddScaled(Span<double> to, double factor, ReadOnlySpan<double> row)
    {
        int wide = to.Length / Vector512<double>.Count * Vector512<double>.Count;
        Span<Vector512<double>> sums = MemoryMarshal.Cast<double, Vector512<double>>(to[..wide]);
        ReadOnlySpan<Vector512<double>> added = MemoryMarshal.Cast<double, Vector512<double>>(row[..wide]);
        Vector512<double> factors = Vector512.Create(factor);
        for (int i = 0; i < sums.Length; i++) sums[i] = Vector512.FusedMultiplyAdd(factors, added[i], sums[i]);
        for (int i = wide; i < to.Length; i++) to[i] = Math.FusedMultiplyAdd(factor, row[i], to[i]);
    }

    public static ReadOnlySpan<double> Row(double[] matrix, int row, int columns) => matrix.AsSpan(row * columns, columns);

    /// <summary>A matrix of finite numbers of this shape.</summary>
    public static void Check(ReadOnlySpan<double> matrix, int rows, int columns, string name)
    {
        if (matrix.Length != (long)rows * columns)
            throw new ArgumentException($"{name} has {matrix.Length} numbers; expected {rows} rows of {columns}.", name);
        for (int i = 0; i < matrix.Length; i++)
            if (!double.IsFinite(matrix[i])) throw new ArgumentException($"{name}[{i}] is {matrix[i]}; expected a finite number.", name);
    }
}
