using System.Runtime.CompilerServices;
using NegSamples.Theory.Bounds;

namespace NegSamples.Theory.Measures;

/// <summary>The effective rank of linear discriminant analysis where every image is a class and its augmented views are the samples.</summary>
/// <remarks><c>exp(−Σ p ln p)</c>, <c>p = λ/Σ λ + 10⁻⁷</c>, λ the eigenvalues of <c>S_w^(−½) S_b S_w^(−½)</c>: S_b the covariance of the images' means,
/// <c>S_w = E (x − m)(x − m)ᵀ + 10⁻⁴ I</c>. Source: Thilak et al. 2024 (arXiv:2312.04000), eq. 1-4. Here <c>L⁻¹ S_b L⁻ᵀ</c> with <c>S_w = L Lᵀ</c>, which
/// has the same eigenvalues. Cost beside the moments: 3·D³ multiply-adds.</remarks>
public static class Lidar
{
    private const double Ridge = 1e-4;

    /// <summary>Measures the views.</summary>
    /// <param name="views">Of all views of all images, q of each.</param>
    /// <param name="imageMeans">[N, D]: the mean of each image's views.</param>
    /// <returns>1 to D; 0 where the means are all equal.</returns>
    /// <exception cref="ArgumentException">The means do not fit the views.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double Of(SecondMoments views, ReadOnlySpan<double> imageMeans)
    {
        ArgumentNullException.ThrowIfNull(views);
        int dimension = views.Dimension, images = imageMeans.Length / dimension;
        if (images == 0) throw new ArgumentException("imageMeans is empty; expected the mean of at least 1 image.", nameof(imageMeans));
        Rows.Check(imageMeans, images, dimension, nameof(imageMeans));
        double[] all = views.Matrix(centred: false), mean = new double[dimension], between = new double[dimension * dimension];
        for (int i = 0; i < images; i++)
        {
            ReadOnlySpan<double> row = imageMeans.Slice(i * dimension, dimension);
            Rows.AddScaled(mean, 1.0 / images, row);
            for (int d = 0; d < dimension; d++) Rows.AddScaled(between.AsSpan(d * dimension, dimension), row[d] / images, row);
        }

        double[] within = new double[between.Length];
        for (int i = 0; i < dimension; i++)
        {
            for (int j = 0; j < dimension; j++)
            {
                int place = (i * dimension) + j;
                within[place] = all[place] - between[place] + (i == j ? Ridge : 0);
                between[place] -= mean[i] * mean[j];
            }
        }

        Factor(within, dimension);
        Divide(within, between, dimension);
        Transpose(between, dimension);
        Divide(within, between, dimension);
        return Spectrum.EffectiveRank([.. SymmetricSpectrum.Values(between, dimension).Select(value => Math.Max(0, value))]);
    }

    /// <summary>Cholesky's factor L, in the lower triangle.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Factor(double[] matrix, int size)
    {
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double rest = matrix[(i * size) + j] - Rows.Dot(matrix.AsSpan(i * size, j), matrix.AsSpan(j * size, j));
                matrix[(i * size) + j] = i == j ? Math.Sqrt(Math.Max(rest, Ridge * 1e-3)) : rest / matrix[(j * size) + j];
            }
        }
    }

    /// <summary><c>L⁻¹ B</c>, row by row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Divide(double[] factor, double[] matrix, int size)
    {
        for (int i = 0; i < size; i++)
        {
            Span<double> row = matrix.AsSpan(i * size, size);
            for (int j = 0; j < i; j++) Rows.AddScaled(row, -factor[(i * size) + j], matrix.AsSpan(j * size, size));
            foreach (ref double value in row) value /= factor[(i * size) + i];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Transpose(double[] matrix, int size)
    {
        for (int i = 0; i < size; i++)
            for (int j = 0; j < i; j++) (matrix[(i * size) + j], matrix[(j * size) + i]) = (matrix[(j * size) + i], matrix[(i * size) + j]);
    }
}
