using NegSamples.Kernels;
using NegSamples.Theory.Measures;
using static NegSamples.Tests.Theory.Measures.Representations;

namespace NegSamples.Tests.Theory.Measures;

public class SpectrumTests
{
    [Theory]
    [InlineData(4)]
    [InlineData(19)]
    public void OneHotRowsOfEveryDimensionHaveItsRank(int dimension)
    {
        float[] rows = new float[3 * dimension * dimension];
        for (int i = 0; i < 3 * dimension; i++) rows[(i * dimension) + (i % dimension)] = 1;
        Spectrum spectrum = Spectrum.Of(Moments(rows, dimension));
        Assert.Equal(dimension, spectrum.RankMe, 1e-4); // 10⁻⁷ is added to every share
        Assert.Equal(dimension - 1, spectrum.ParticipationRatio, 1e-6); // the mean is taken off
        Assert.Equal(Math.Sqrt((1 - (1.0 / dimension)) / dimension), spectrum.MeanDeviation, Rounding);
        Assert.Equal((dimension - 1) / Math.Pow(dimension, 4), spectrum.CovarianceTerm, Rounding);
    }

    [Fact]
    public void ASpectrumOfAPowerHasItsExponent()
    {
        // Rows ±√(D λ_k) e_k: covariance diag(λ), λ_k = k^−1.5.
        const int dimension = 60;
        float[] rows = new float[2 * dimension * dimension];
        for (int k = 0; k < dimension; k++)
        {
            rows[(2 * k * dimension) + k] = (float)Math.Sqrt(dimension * Math.Pow(k + 1, -1.5));
            rows[(((2 * k) + 1) * dimension) + k] = -rows[(2 * k * dimension) + k];
        }

        Spectrum spectrum = Spectrum.Of(Moments(rows, dimension));
        Assert.Equal(1.5, spectrum.Alpha, 1e-5);
        double[] sigma = [.. Enumerable.Range(1, dimension).Select(k => Math.Pow(k, -0.75))];
        Assert.Equal(Math.Exp(-sigma.Sum(s => s / sigma.Sum() * Math.Log(s / sigma.Sum()))), spectrum.RankMe, 1e-3);
    }

    [Fact]
    public void CollapsedClassesHaveNoSpread()
    {
        float[][] corners = [[1, 0, 0, 2], [-1, 0, 0, 2], [0, 1, 0, 2], [0, 0, 1, 2]];
        int[] labels = [.. Enumerable.Range(0, 24).Select(i => i % 4)];
        ClassSpread spread = ClassSpread.Of([.. labels.SelectMany(label => corners[label])], 4, labels)!;
        Assert.Equal(0, spread.Variance, 1e-14);
        Assert.Equal(0, spread.DirectionalVariance, 1e-14);
        Assert.Equal(0, spread.Collapse, 1e-14);
        Assert.Equal(0, spread.ScatterRatio, 1e-14);
        ClassSpread simplex = ClassSpread.Of([.. labels.SelectMany(label => Enumerable.Range(0, 4).Select(d => d == label ? 1f : 0))], 4, labels)!;
        Assert.Equal(-1.0 / 3, simplex.MeanCosine, Rounding);
        Assert.Equal(0, simplex.CosineDeviation, 1e-7);
        Assert.Null(ClassSpread.Of([1, 2], 1, [3, 3]));
    }

    [Theory]
    [InlineData(90, 7, 4)]
    [InlineData(90, 3, 6)]
    public void SpreadIsItsDefinition(int samples, int dimension, int classes)
    {
        (double[][] views, _, int[] labels) = Views(samples, dimension, classes);
        float[] rows = Flat(views);
        double[][] x = [.. rows.Chunk(dimension).Select(row => row.Select(value => (double)value).ToArray())];
        double[][] mu = [.. Enumerable.Range(0, classes).Select(c => Mean([.. x.Where((_, i) => labels[i] == c)]))];
        double[] middle = Mean(mu);
        List<double> variances = [], directional = [];
        for (int a = 0; a < classes; a++)
        {
            double[][] own = [.. x.Where((_, i) => labels[i] == a)];
            for (int b = 0; b < classes; b++)
            {
                if (a == b) continue;
                double[] line = Less(mu[b], mu[a]);
                double squared = Dot(line, line);
                variances.Add(own.Average(row => Dot(Less(row, mu[a]), Less(row, mu[a]))) / squared);
                directional.Add(own.Average(row => Math.Pow(Dot(Less(row, mu[a]), line), 2) / squared) / squared);
            }
        }

        ClassSpread spread = ClassSpread.Of(rows, dimension, labels)!;
        Near(Median(variances), spread.Variance);
        Near(Median(directional), spread.DirectionalVariance);
        double within = Enumerable.Range(0, samples).Average(i => Dot(Less(x[i], mu[labels[i]]), Less(x[i], mu[labels[i]])));
        Near(within / mu.Average(mean => Dot(Less(mean, middle), Less(mean, middle))), spread.ScatterRatio);

        // With S_B of full rank tr(S_W S_B⁻¹) is the sum of S_B's solutions, by Gauss and Jordan's elimination.
        if (classes <= dimension) return;
        double[,] system = new double[dimension, 2 * dimension];
        for (int i = 0; i < dimension; i++)
            for (int j = 0; j < dimension; j++)
            {
                system[i, j] = mu.Average(mean => (mean[i] - middle[i]) * (mean[j] - middle[j]));
                system[i, dimension + j] = Enumerable.Range(0, samples).Average(n => (x[n][i] - mu[labels[n]][i]) * (x[n][j] - mu[labels[n]][j]));
            }

        for (int p = 0; p < dimension; p++)
        {
            for (int j = (2 * dimension) - 1; j >= p; j--) system[p, j] /= system[p, p];
            for (int i = 0; i < dimension; i++)
            {
                if (i == p) continue;
                for (int j = (2 * dimension) - 1; j >= p; j--) system[i, j] -= system[i, p] * system[p, j];
            }
        }

        Assert.Equal(1, Enumerable.Range(0, dimension).Sum(i => system[i, dimension + i]) / classes / spread.Collapse, 1e-6);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    [InlineData(40)]
    public void EigenvaluesAreThoseOfTheRotations(int size)
    {
        Philox random = new(11, RandomPurpose.Evaluation);
        double[][] matrix = [.. Enumerable.Range(0, size).Select(_ => new double[size])];
        uint draw = 0;
        for (int i = 0; i < size; i++)
            for (int j = 0; j <= i; j++) matrix[i][j] = matrix[j][i] = random.Normal(draw++);
        double[] values = SymmetricSpectrum.Values([.. matrix.SelectMany(row => row)], size);
        double[] expected = SymmetricEigen.Of(matrix).Values;
        Assert.All(expected.Zip(values), pair => Assert.Equal(pair.First, pair.Second, 1e-12 * size));
        Assert.All(SymmetricSpectrum.Values(new double[size * size], size), value => Assert.Equal(0, value));
    }

    [Fact]
    public void LidarCountsTheDirectionsBetweenImages()
    {
        // Images at ±e_k for three k, their two views apart along a fourth axis, with the same variance along each of the three.
        const int dimension = 5;
        List<float> views = [];
        List<double> means = [];
        foreach (int axis in new[] { 0, 1, 2 })
        {
            foreach (int sign in new[] { 1, -1 })
            {
                for (int d = 0; d < dimension; d++) means.Add(d == axis ? sign : 0);
                foreach (float side in new[] { 0.5f, -0.5f })
                    for (int d = 0; d < dimension; d++) views.Add(d == axis ? sign : d == 3 ? side : 0);
            }
        }

        Assert.Equal(3, Lidar.Of(Moments([.. views], dimension), [.. means]), 1e-4);
    }
}
