using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Theory.Bounds;

/// <summary>Rows of a matrix in a plain array.</summary>
internal static class Rows
{
    private const int Tile = 4;

    /// <summary>The dot product in four groups of eight lanes, fused and added in a fixed order: the same bits on every machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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

    /// <summary>The dot products of some rows of one matrix with some of another, each the same bits wherever it stands.</summary>
    /// <param name="left">[., depth].</param>
    /// <param name="firstLeft">The first row of it.</param>
    /// <param name="lefts">How many.</param>
    /// <param name="right">[., depth].</param>
    /// <param name="firstRight">The first row of it.</param>
    /// <param name="rights">How many.</param>
    /// <param name="depth">Numbers of a row.</param>
    /// <param name="products">Receives [lefts, rights].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Products(
        double[] left, int firstLeft, int lefts, double[] right, int firstRight, int rights, int depth, Span<double> products)
    {
        for (int i = 0; i < lefts; i += Tile)
        {
            for (int j = 0; j < rights; j += Tile)
            {
                if (i + Tile <= lefts && j + Tile <= rights)
                {
                    TileOf(left.AsSpan((firstLeft + i) * depth, Tile * depth), right.AsSpan((firstRight + j) * depth, Tile * depth), depth,
                        products[((i * rights) + j)..], rights);
                    continue;
                }

                for (int row = i; row < Math.Min(i + Tile, lefts); row++)
                {
                    for (int column = j; column < Math.Min(j + Tile, rights); column++)
                        products[(row * rights) + column] = DotOfTile(Row(left, firstLeft + row, depth), Row(right, firstRight + column, depth));
                }
            }
        }
    }

    /// <summary>Four rows by four: each number that is loaded serves four products.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TileOf(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int depth, Span<double> products, int stride)
    {
        int lanes = Vector512<double>.Count, wide = depth / lanes * lanes;
        ref double left = ref MemoryMarshal.GetReference(a), right = ref MemoryMarshal.GetReference(b);
        Vector512<double> s00 = default, s01 = default, s02 = default, s03 = default, s10 = default, s11 = default, s12 = default, s13 = default;
        Vector512<double> s20 = default, s21 = default, s22 = default, s23 = default, s30 = default, s31 = default, s32 = default, s33 = default;
        for (nuint k = 0; k < (nuint)wide; k += (nuint)lanes)
        {
            Vector512<double> b0 = Vector512.LoadUnsafe(ref right, k), b1 = Vector512.LoadUnsafe(ref right, k + (nuint)depth);
            Vector512<double> b2 = Vector512.LoadUnsafe(ref right, k + (nuint)(2 * depth)), b3 = Vector512.LoadUnsafe(ref right, k + (nuint)(3 * depth));
            Vector512<double> row = Vector512.LoadUnsafe(ref left, k);
            s00 = Vector512.FusedMultiplyAdd(row, b0, s00);
            s01 = Vector512.FusedMultiplyAdd(row, b1, s01);
            s02 = Vector512.FusedMultiplyAdd(row, b2, s02);
            s03 = Vector512.FusedMultiplyAdd(row, b3, s03);
            row = Vector512.LoadUnsafe(ref left, k + (nuint)depth);
            s10 = Vector512.FusedMultiplyAdd(row, b0, s10);
            s11 = Vector512.FusedMultiplyAdd(row, b1, s11);
            s12 = Vector512.FusedMultiplyAdd(row, b2, s12);
            s13 = Vector512.FusedMultiplyAdd(row, b3, s13);
            row = Vector512.LoadUnsafe(ref left, k + (nuint)(2 * depth));
            s20 = Vector512.FusedMultiplyAdd(row, b0, s20);
            s21 = Vector512.FusedMultiplyAdd(row, b1, s21);
            s22 = Vector512.FusedMultiplyAdd(row, b2, s22);
            s23 = Vector512.FusedMultiplyAdd(row, b3, s23);
            row = Vector512.LoadUnsafe(ref left, k + (nuint)(3 * depth));
            s30 = Vector512.FusedMultiplyAdd(row, b0, s30);
            s31 = Vector512.FusedMultiplyAdd(row, b1, s31);
            s32 = Vector512.FusedMultiplyAdd(row, b2, s32);
            s33 = Vector512.FusedMultiplyAdd(row, b3, s33);
        }

        ReadOnlySpan<Vector512<double>> sums = [s00, s01, s02, s03, s10, s11, s12, s13, s20, s21, s22, s23, s30, s31, s32, s33];
        for (int cell = 0; cell < sums.Length; cell++)
        {
            int i = cell / Tile, j = cell % Tile;
            products[(i * stride) + j] = Tail(a.Slice(i * depth, depth), b.Slice(j * depth, depth), wide, Vector512.Sum(sums[cell]));
        }
    }

    /// <summary>A product as a tile has it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double DotOfTile(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        int lanes = Vector512<double>.Count, wide = a.Length / lanes * lanes;
        Vector512<double> sum = Vector512<double>.Zero;
        for (int k = 0; k < wide; k += lanes) sum = Vector512.FusedMultiplyAdd(Vector512.Create(a[k..]), Vector512.Create(b[k..]), sum);
        return Tail(a, b, wide, Vector512.Sum(sum));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Tail(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int from, double sum)
    {
        for (int k = from; k < a.Length; k++) sum += a[k] * b[k];
        return sum;
    }

    /// <summary>Adds a multiple of one row to another, fused: the same bits on every machine.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Check(ReadOnlySpan<double> matrix, int rows, int columns, string name)
    {
        if (matrix.Length != (long)rows * columns)
            throw new ArgumentException($"{name} has {Counted.Of(matrix.Length, "number")}; expected {Counted.Of(rows, "row")} of {columns}.", name);
        for (int i = 0; i < matrix.Length; i++)
            if (!double.IsFinite(matrix[i])) throw new ArgumentException($"{name}[{i}] is {matrix[i]}; expected a finite number.", name);
    }
}
