using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace NegSamples.Theory.Measures;

/// <summary>Sums of rows and of their products, row by row as they come: memory D², whatever the number of rows.</summary>
public sealed class SecondMoments
{
    private const int RowsAtOnce = 4;
    private readonly double[] sums, products, rows; // of products the upper triangle
    private int held;

    /// <summary>Moments of no row.</summary>
    /// <param name="dimension">D, at least 1.</param>
    public SecondMoments(int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        Dimension = dimension;
        sums = new double[dimension];
        products = new double[checked(dimension * dimension)];
        rows = new double[RowsAtOnce * dimension];
    }

    /// <summary>D.</summary>
    public int Dimension { get; }

    /// <summary>Rows so far.</summary>
    public long Count { get; private set; }

    /// <summary>Adds rows: D²/2 multiply-adds each.</summary>
    /// <param name="values">[n, D].</param>
    /// <exception cref="ArgumentException">It holds no whole number of rows.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Add(ReadOnlySpan<float> values)
    {
        if (values.Length % Dimension != 0) throw new ArgumentException($"values has {Counted.Of(values.Length, "number")}; expected rows of {Dimension}.", nameof(values));
        for (int start = 0; start < values.Length; start += Dimension)
        {
            for (int d = 0; d < Dimension; d++) rows[(held * Dimension) + d] = values[start + d];
            Count++;
            if (++held == RowsAtOnce) AddHeld();
        }
    }

    /// <summary>The mean row [D].</summary>
    public double[] Mean()
    {
        AddHeld();
        return [.. sums.Select(sum => sum / Count)];
    }

    /// <summary><c>E x xᵀ</c>, or with the mean taken off the covariance, both over n: [D, D].</summary>
    /// <param name="centred">Whether the mean is taken off.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public double[] Matrix(bool centred)
    {
        double[] mean = Mean(), matrix = new double[products.Length];
        for (int i = 0; i < Dimension; i++)
        {
            for (int j = i; j < Dimension; j++)
                matrix[(i * Dimension) + j] = matrix[(j * Dimension) + i] = (products[(i * Dimension) + j] / Count) - (centred ? mean[i] * mean[j] : 0);
        }

        return matrix;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddHeld()
    {
        rows.AsSpan(held * Dimension).Clear();
        held = 0;
        ReadOnlySpan<double> a = rows.AsSpan(0, Dimension), b = rows.AsSpan(Dimension, Dimension), c = rows.AsSpan(2 * Dimension, Dimension),
            d = rows.AsSpan(3 * Dimension, Dimension);
        for (int i = 0; i < Dimension; i++)
        {
            sums[i] += a[i] + b[i] + c[i] + d[i];
            AddProducts(products.AsSpan(i * Dimension, Dimension)[i..], a[i], a[i..], b[i], b[i..], c[i], c[i..], d[i], d[i..]);
        }

        Array.Clear(rows);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddProducts(
        Span<double> to, double a, ReadOnlySpan<double> ofA, double b, ReadOnlySpan<double> ofB, double c, ReadOnlySpan<double> ofC,
        double d, ReadOnlySpan<double> ofD)
    {
        int lanes = Vector512<double>.Count, wide = to.Length / lanes * lanes;
        Span<Vector512<double>> sums = MemoryMarshal.Cast<double, Vector512<double>>(to[..wide]);
        ReadOnlySpan<Vector512<double>> wideA = MemoryMarshal.Cast<double, Vector512<double>>(ofA[..wide]),
            wideB = MemoryMarshal.Cast<double, Vector512<double>>(ofB[..wide]),
            wideC = MemoryMarshal.Cast<double, Vector512<double>>(ofC[..wide]), wideD = MemoryMarshal.Cast<double, Vector512<double>>(ofD[..wide]);
        Vector512<double> allA = Vector512.Create(a), allB = Vector512.Create(b), allC = Vector512.Create(c), allD = Vector512.Create(d);
        for (int i = 0; i < sums.Length; i++)
        {
            Vector512<double> sum = Vector512.FusedMultiplyAdd(allA, wideA[i], sums[i]);
            sum = Vector512.FusedMultiplyAdd(allB, wideB[i], sum);
            sum = Vector512.FusedMultiplyAdd(allC, wideC[i], sum);
            sums[i] = Vector512.FusedMultiplyAdd(allD, wideD[i], sum);
        }

        for (int i = wide; i < to.Length; i++)
        {
            double sum = Math.FusedMultiplyAdd(a, ofA[i], to[i]);
            sum = Math.FusedMultiplyAdd(b, ofB[i], sum);
            sum = Math.FusedMultiplyAdd(c, ofC[i], sum);
            to[i] = Math.FusedMultiplyAdd(d, ofD[i], sum);
        }
    }
}
