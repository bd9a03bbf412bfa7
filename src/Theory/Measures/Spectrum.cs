namespace NegSamples.Theory.Measures;

/// <summary>How many directions a representation uses, by the eigenvalues λ of its covariance and the singular values σ of its rows.</summary>
/// <remarks>An orthogonal rotation changes nothing but the two terms by dimension. Cost beside the moments: two spectra, 4·D³ multiply-adds; D = 512 took
/// 0.4 s, D = 1024 1.3 s, D = 2048 19 s on one core that others used too.</remarks>
public sealed record Spectrum
{
    private const double Smoothing = 1e-7, Rounding = 1e-12;
    private const int FirstPlace = 5, LastPlace = 50;

    /// <summary><c>exp(−Σ p_k ln p_k)</c>, <c>p_k = σ_k/Σ σ + 10⁻⁷</c>, rows not centred: 1 to D. Source: Garrido et al. 2023 (arXiv:2210.02885), eq. 1-2.
    /// 0 where all rows are 0.</summary>
    public required double RankMe { get; init; }

    /// <summary>α of <c>λ_k ∝ k^(−α)</c>: less the slope of ln λ_k on ln k by least squares for k = 5 to 50. Source: Agrawal et al. 2022 (α-ReQ). NaN where
    /// fewer than 8 values are above rounding.</summary>
    public required double Alpha { get; init; }

    /// <summary><c>(Σ λ)²/Σ λ²</c>, 1 to D. NaN where all rows are equal.</summary>
    public required double ParticipationRatio { get; init; }

    /// <summary>The mean over the dimensions of √Var; VICReg's variance term (Bardes et al. 2022, arXiv:2105.04906, eq. 1) without its hinge, which unit rows
    /// never reach. NaN of one row.</summary>
    public required double MeanDeviation { get; init; }

    /// <summary><c>Σ_(i≠j) Cov_ij²/D</c>. Source: Bardes et al. 2022, eq. 4, with the covariance over n. NaN of one row.</summary>
    public required double CovarianceTerm { get; init; }

    /// <summary>Measures rows.</summary>
    /// <param name="moments">Of at least 1 row.</param>
    /// <exception cref="ArgumentException">There is no row.</exception>
    public static Spectrum Of(SecondMoments moments)
    {
        ArgumentNullException.ThrowIfNull(moments);
        if (moments.Count == 0) throw new ArgumentException("moments has no row; expected at least 1.", nameof(moments));
        int dimension = moments.Dimension;
        double[] covariance = moments.Matrix(centred: true);
        double deviations = 0, off = 0;
        for (int i = 0; i < dimension; i++)
        {
            deviations += Math.Sqrt(Math.Max(0, covariance[(i * dimension) + i]));
            for (int j = i + 1; j < dimension; j++) off += 2 * covariance[(i * dimension) + j] * covariance[(i * dimension) + j];
        }

        double[] singular = [.. SymmetricSpectrum.Values(moments.Matrix(centred: false), dimension).Select(value => Math.Sqrt(Math.Max(0, value)))];
        double[] variances = [.. SymmetricSpectrum.Values(covariance, dimension).Select(value => Math.Max(0, value))];
        double total = variances.Sum(), squares = variances.Sum(value => value * value);
        return new()
        {
            RankMe = EffectiveRank(singular), Alpha = Decay(variances), ParticipationRatio = squares > 0 ? total * total / squares : double.NaN,
            MeanDeviation = moments.Count < 2 ? double.NaN : deviations / dimension, CovarianceTerm = moments.Count < 2 ? double.NaN : off / dimension,
        };
    }

    /// <summary><see cref="RankMe"/> alone, from the smaller of the two Gram matrices: n²·D/2 or n·D²/2 multiply-adds and 2·min(n, D)³ more.</summary>
    /// <param name="values">[n, D], at least one row.</param>
    /// <param name="dimension">D.</param>
    public static double RankOf(ReadOnlySpan<float> values, int dimension)
    {
        int count = values.Length / dimension;
        SecondMoments moments;
        if (count >= dimension)
        {
            moments = new(dimension);
            moments.Add(values);
        }
        else
        {
            moments = new(count);
            float[] column = new float[count];
            for (int d = 0; d < dimension; d++)
            {
                for (int i = 0; i < count; i++) column[i] = values[(i * dimension) + d];
                moments.Add(column);
            }
        }

        // Both Gram matrices have the min(n, D) squared singular values that the definition counts.
        double[] squares = SymmetricSpectrum.Values(moments.Matrix(centred: false), moments.Dimension);
        return EffectiveRank([.. squares.Select(value => Math.Sqrt(Math.Max(0, value)))]);
    }

    /// <summary><c>exp(−Σ p ln p)</c>, <c>p = value/Σ values + 10⁻⁷</c>; 0 where all are 0.</summary>
    internal static double EffectiveRank(double[] values)
    {
        double total = values.Sum();
        if (!(total > 0)) return 0;
        return Math.Exp(-values.Sum(value => ((value / total) + Smoothing) * Math.Log((value / total) + Smoothing)));
    }

    private static double Decay(double[] variances)
    {
        int last = Math.Min(LastPlace, variances.TakeWhile(value => value > Rounding * variances[0]).Count());
        if (last < FirstPlace + 3) return double.NaN;
        double[] x = [.. Enumerable.Range(FirstPlace, last - FirstPlace + 1).Select(place => Math.Log(place))];
        double[] y = [.. Enumerable.Range(FirstPlace, x.Length).Select(place => Math.Log(variances[place - 1]))];
        double middle = x.Average(), level = y.Average();
        return -x.Zip(y, (a, b) => (a - middle) * (b - level)).Sum() / x.Sum(a => (a - middle) * (a - middle));
    }
}
