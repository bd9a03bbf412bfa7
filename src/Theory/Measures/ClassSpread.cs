using System.Runtime.CompilerServices;
using NegSamples.Theory.Bounds;

namespace NegSamples.Theory.Measures;

/// <summary>How tight the classes are and how far apart: μ_c is a class's mean, S_W = E (x − μ_c)(x − μ_c)ᵀ over all samples, S_B the covariance of the class
/// means. Classes without a sample are left out.</summary>
/// <remarks>2·C·N·D multiply-adds, and the eigenvectors of a matrix of min(C, D) rows by Jacobi's rotations: 0.4 s for N = 10,000,
/// C = 100 and D = 512 on one core; the rotations take 1 s at 256 rows and grow with their cube.</remarks>
internal sealed record ClassSpread
{
    private const double Rounding = 1e-12; // of the largest eigenvalue

    /// <summary>The median over ordered pairs i ≠ j of <c>E_i‖x − μ_i‖²/‖μ_i − μ_j‖²</c>. Source: class-distance normalised variance of Galanti, György and
    /// Hutter 2022 (arXiv:2112.15121), for each order of the pair in which class i has two samples. Infinite where means coincide, NaN where no class
    /// has two samples: one sample has no spread.</summary>
    public required double Variance { get; init; }

    /// <summary>The median of <c>E_i(x − μ_i, u)²/‖μ_i − μ_j‖²</c>, u the unit vector from μ_i to μ_j, of the same pairs. Source: arXiv:2603.03530.</summary>
    public required double DirectionalVariance { get; init; }

    /// <summary><c>tr(S_W S_B⁺)/C</c>. Source: NC1 of Papyan, Han and Donoho 2020 (arXiv:2008.08186). NaN where the means coincide, or no class has two
    /// samples.</summary>
    public required double Collapse { get; init; }

    /// <summary><c>tr S_W/tr S_B</c>. NaN where no class has two samples.</summary>
    public required double ScatterRatio { get; init; }

    /// <summary>The mean over pairs of the cosine of class means, centred by their own mean; a simplex has <c>−1/(C − 1)</c>
    /// (NC2, Papyan et al. 2020).</summary>
    public required double MeanCosine { get; init; }

    /// <summary>The standard deviation of that cosine over the pairs; a simplex has 0. NaN of two classes, which are one pair.</summary>
    public required double CosineDeviation { get; init; }

    /// <summary>Measures labelled rows; null where fewer than two classes have a sample.</summary>
    /// <param name="rows">[N, D].</param>
    /// <param name="dimension">D.</param>
    /// <param name="labels">[N], at least 0.</param>
    /// <exception cref="ArgumentException">The lengths do not fit.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static ClassSpread? Of(ReadOnlySpan<float> rows, int dimension, ReadOnlySpan<int> labels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        if (rows.Length != (long)labels.Length * dimension)
            throw new ArgumentException($"rows has {Counted.Of(rows.Length, "number")}; expected {Counted.Of(labels.Length, "row")} of {dimension}.", nameof(rows));
        int[] places = Places(labels);
        int classes = places.Length == 0 ? 0 : places.Max() + 1;
        if (classes < 2) return null;
        double[] counts = new double[classes], means = new double[classes * dimension];
        for (int i = 0; i < labels.Length; i++)
        {
            counts[places[labels[i]]]++;
            for (int d = 0; d < dimension; d++) means[(places[labels[i]] * dimension) + d] += rows[(i * dimension) + d];
        }

        double[] middle = new double[dimension];
        for (int place = 0; place < means.Length; place++)
        {
            means[place] /= counts[place / dimension];
            middle[place % dimension] += means[place] / classes;
        }

        for (int place = 0; place < means.Length; place++) means[place] -= middle[place % dimension];
        (double[] vectors, double[] values) = Between(means, classes, dimension);
        double[] within = new double[classes], along = new double[classes * classes], rest = new double[dimension];
        double collapse = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            int own = places[labels[i]];
            ReadOnlySpan<double> mean = Rows.Row(means, own, dimension);
            for (int d = 0; d < dimension; d++) rest[d] = rows[(i * dimension) + d] - middle[d] - mean[d];
            within[own] += Rows.Dot(rest, rest);
            double ofOwn = Rows.Dot(rest, mean);
            for (int c = 0; c < classes; c++)
            {
                double product = Rows.Dot(rest, Rows.Row(means, c, dimension)) - ofOwn;
                along[(own * classes) + c] += product * product;
            }

            for (int k = 0; k < values.Length; k++)
            {
                double product = Rows.Dot(rest, Rows.Row(vectors, k, dimension));
                collapse += product * product / values[k];
            }
        }

        double between = 0;
        for (int c = 0; c < classes; c++) between += Rows.Dot(Rows.Row(means, c, dimension), Rows.Row(means, c, dimension)) / classes;
        List<double> variances = [], directional = [], cosines = [];
        for (int a = 0; a < classes; a++)
        {
            for (int b = 0; b < classes; b++)
            {
                if (a == b) continue;
                double squared = SquaredDistance(Rows.Row(means, a, dimension), Rows.Row(means, b, dimension));
                if (a < b) cosines.Add(Cosine(Rows.Row(means, a, dimension), Rows.Row(means, b, dimension)));
                if (counts[a] < 2) continue;
                variances.Add(squared > 0 ? within[a] / counts[a] / squared : double.PositiveInfinity);
                directional.Add(squared > 0 ? along[(a * classes) + b] / counts[a] / (squared * squared) : double.PositiveInfinity);
            }
        }

        double meanCosine = cosines.Average();
        bool hasSpread = counts.Any(count => count > 1);
        return new()
        {
            Variance = Median(variances), DirectionalVariance = Median(directional),
            Collapse = hasSpread && values.Length > 0 ? collapse / labels.Length / classes : double.NaN,
            ScatterRatio = hasSpread ? within.Sum() / labels.Length / between : double.NaN, MeanCosine = meanCosine,
            CosineDeviation = cosines.Count < 2 ? double.NaN : Math.Sqrt(cosines.Average(cosine => (cosine - meanCosine) * (cosine - meanCosine))),
        };
    }

    /// <summary>A place for each label that occurs, −1 for one that does not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int[] Places(ReadOnlySpan<int> labels)
    {
        int most = -1, next = 0;
        foreach (int label in labels) most = Math.Max(most, label);
        if (most >= Array.MaxLength) throw new ArgumentException(FormattableString.Invariant($"labels has {most}; expected less than {Array.MaxLength}."), nameof(labels));
        bool[] occurs = new bool[most + 1];
        foreach (int label in labels) occurs[label] = true;
        return [.. occurs.Select(some => some ? next++ : -1)];
    }

    /// <summary>Unit eigenvectors and eigenvalues above rounding of S_B, from the smaller of MᵀM and MMᵀ of the centred means M.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static (double[] Vectors, double[] Values) Between(double[] means, int classes, int dimension)
    {
        bool small = classes <= dimension;
        int size = Math.Min(classes, dimension);
        double[][] matrix = [.. Enumerable.Range(0, size).Select(_ => new double[size])];
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                if (small) matrix[i][j] = Rows.Dot(Rows.Row(means, i, dimension), Rows.Row(means, j, dimension)) / classes;
                else
                    for (int c = 0; c < classes; c++) matrix[i][j] += means[(c * dimension) + i] * means[(c * dimension) + j] / classes;
            }
        }

        (double[] values, double[][] turned) = SymmetricEigen.Of(matrix);
        int rank = values.TakeWhile(value => value > 0 && value > Rounding * values[0]).Count();
        double[] vectors = new double[rank * dimension];
        for (int k = 0; k < rank; k++)
        {
            Span<double> vector = vectors.AsSpan(k * dimension, dimension);
            if (!small) turned[k].CopyTo(vector);
            else
                for (int c = 0; c < classes; c++) Rows.AddScaled(vector, turned[k][c] / Math.Sqrt(classes * values[k]), Rows.Row(means, c, dimension));
        }

        return (vectors, values[..rank]);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double SquaredDistance(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        double sum = 0;
        for (int d = 0; d < a.Length; d++) sum += (a[d] - b[d]) * (a[d] - b[d]);
        return sum;
    }

    private static double Cosine(ReadOnlySpan<double> a, ReadOnlySpan<double> b) => Rows.Dot(a, b) / Math.Sqrt(Rows.Dot(a, a) * Rows.Dot(b, b));

    private static double Median(List<double> values)
    {
        if (values.Count == 0) return double.NaN;
        values.Sort();
        return (values[(values.Count - 1) / 2] + values[values.Count / 2]) / 2;
    }
}
