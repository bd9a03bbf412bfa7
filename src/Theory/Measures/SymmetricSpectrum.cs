using System.Runtime.CompilerServices;
using NegSamples.Theory.Bounds;

namespace NegSamples.Theory.Measures;

/// <summary>Eigenvalues, without vectors, of a symmetric matrix of up to a few thousand rows.</summary>
/// <remarks>Householder's reflections to three diagonals, 2·n³ multiply-adds in rows, then bisection with Sturm's sequence, 60·n² divisions (Golub and Van
/// Loan, sections 8.3.1 and 8.4.1). Absolute error: a few roundings of the largest value.</remarks>
internal static class SymmetricSpectrum
{
    /// <summary>All eigenvalues, descending.</summary>
    /// <param name="matrix">[n, n], symmetric, finite; overwritten.</param>
    /// <param name="size">n, at least 1.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double[] Values(double[] matrix, int size)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        Rows.Check(matrix, size, size, nameof(matrix));
        (double[] diagonal, double[] beside) = ToThreeDiagonals(matrix, size);
        double reach = 0;
        for (int i = 0; i < size; i++)
            reach = Math.Max(reach, Math.Abs(diagonal[i]) + Math.Abs(beside[i]) + (i > 0 ? Math.Abs(beside[i - 1]) : 0));
        return [.. Enumerable.Range(0, size).Select(place => Bisect(diagonal, beside, size - place, reach))];
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (double[] Diagonal, double[] Beside) ToThreeDiagonals(double[] matrix, int size)
    {
        double[] diagonal = new double[size], beside = new double[size], mirror = new double[size], change = new double[size];
        for (int k = 0; k < size; k++)
        {
            diagonal[k] = matrix[(k * size) + k];
            int rest = size - k - 1;
            Span<double> x = matrix.AsSpan((k * size) + k + 1, rest), v = mirror.AsSpan(0, rest), w = change.AsSpan(0, rest);
            if (rest < 2)
            {
                if (rest == 1) beside[k] = x[0];
                continue;
            }

            double norm = Math.Sqrt(Rows.Dot(x, x));
            if (norm == 0) continue;
            beside[k] = x[0] > 0 ? -norm : norm;
            x.CopyTo(v);
            v[0] -= beside[k];
            double factor = 2 / Rows.Dot(v, v);
            for (int i = 0; i < rest; i++) w[i] = factor * Rows.Dot(matrix.AsSpan(((k + 1 + i) * size) + k + 1, rest), v);
            double half = factor / 2 * Rows.Dot(w, v);
            for (int i = 0; i < rest; i++) w[i] -= half * v[i];
            for (int i = 0; i < rest; i++)
            {
                Span<double> row = matrix.AsSpan(((k + 1 + i) * size) + k + 1, rest);
                Rows.AddScaled(row, -v[i], w);
                Rows.AddScaled(row, -w[i], v);
            }
        }

        return (diagonal, beside);
    }

    /// <summary>The value that has just so many at most as large, itself included.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double Bisect(double[] diagonal, double[] beside, int place, double reach)
    {
        double low = -reach, high = reach;
        while (high - low > 4e-16 * reach)
        {
            double middle = low + ((high - low) / 2);
            if (middle <= low || middle >= high) break;
            if (Below(diagonal, beside, middle) >= place) high = middle;
            else low = middle;
        }

        return low + ((high - low) / 2);
    }

    /// <summary>How many eigenvalues are below a number: the negative pivots of the matrix less that number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Below(double[] diagonal, double[] beside, double number)
    {
        int count = 0;
        double pivot = 1;
        for (int i = 0; i < diagonal.Length; i++)
        {
            double left = i == 0 ? 0 : beside[i - 1];
            pivot = diagonal[i] - number - (left == 0 ? 0 : left * left / pivot);
            if (pivot == 0) pivot = -1e-300;
            if (pivot < 0) count++;
        }

        return count;
    }
}
