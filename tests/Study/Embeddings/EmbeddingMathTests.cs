using NegSamples.Kernels;
using NegSamples.Study.Embeddings;

namespace NegSamples.Tests.Study.Embeddings;

public class EmbeddingMathTests
{
    // Sums of a few hundred float64 products of size 1.
    private const double Rounding = 1e-11;

    [Fact]
    public void ComponentsOfACrossAreItsArms()
    {
        // Around (1, 2, 3): ±3 along (0.6, 0.8, 0), ±1 along (−0.8, 0.6, 0), ±½ along the third axis. Variances 18/6, 2/6 and ½/6.
        double[][] arms = [[1.8, 2.4, 0], [-0.8, 0.6, 0], [0, 0, 0.5]];
        float[] rows = [.. arms.SelectMany(arm => new[] { 1, -1 }.SelectMany(sign => arm.Select((value, i) => (float)(i + 1 + (sign * value)))))];
        PrincipalComponents components = PrincipalComponents.Of(rows, 3, 2);
        const double input = 1e-6; // the rows are float32
        Assert.Equal([3, 1.0 / 3], components.Variances, (a, b) => Math.Abs(a - b) < input);
        Assert.Equal((18 + 2 + 0.5) / 6, components.TotalVariance, input);
        Assert.Equal([0.6, 0.8, 0], components.Directions[0], (a, b) => Math.Abs(a - b) < input);
        Assert.Equal([0.8, -0.6, 0], components.Directions[1], (a, b) => Math.Abs(a - b) < input); // the largest component is positive
        Assert.Equal(3, components.Project(rows.AsSpan(0, 3), 0), input);
        Assert.Equal(0, components.Project(rows.AsSpan(0, 3), 1), input);
    }

    [Fact]
    public void ComponentsAreEigenvectorsAndTheLargest()
    {
        const int count = 60, dimension = 20;
        Philox random = new(3, RandomPurpose.Evaluation);
        float[] rows = [.. Enumerable.Range(0, count * dimension).Select(i => (float)(random.Normal((uint)i) * (1 + (i % dimension % 5))))];
        PrincipalComponents components = PrincipalComponents.Of(rows, dimension, 2);
        double[,] covariance = new double[dimension, dimension];
        double[] mean = [.. Enumerable.Range(0, dimension).Select(j => Enumerable.Range(0, count).Sum(i => (double)rows[(i * dimension) + j]) / count)];
        for (int i = 0; i < count; i++)
            for (int j = 0; j < dimension; j++)
                for (int k = 0; k < dimension; k++) covariance[j, k] += (rows[(i * dimension) + j] - mean[j]) * (rows[(i * dimension) + k] - mean[k]) / count;
        double[] Times(double[] vector) => [.. Enumerable.Range(0, dimension).Select(j => Enumerable.Range(0, dimension).Sum(k => covariance[j, k] * vector[k]))];
        double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

        (double[] first, double[] second) = (components.Directions[0], components.Directions[1]);
        double scale = components.TotalVariance;
        Assert.Equal(Enumerable.Range(0, dimension).Sum(j => covariance[j, j]), scale, Rounding * scale);
        for (int c = 0; c < 2; c++)
        {
            Assert.Equal(1, Dot(components.Directions[c], components.Directions[c]), Rounding);
            Assert.All(Times(components.Directions[c]).Zip(components.Directions[c]), pair => Assert.Equal(components.Variances[c] * pair.Second, pair.First, Rounding * scale));
        }

        Assert.Equal(0, Dot(first, second), Rounding);

        // No other direction that is orthogonal to the first has more variance than the second: ten thousand steps of the plain power method find none.
        double[] other = [.. Enumerable.Range(0, dimension).Select(j => (double)(j + 1))];
        for (int step = 0; step < 10_000; step++)
        {
            double[] image = Times([.. other.Zip(first, (x, y) => x - (Dot(other, first) * y))]);
            double norm = Math.Sqrt(Dot(image, image));
            other = [.. image.Select(value => value / norm)];
        }

        Assert.Equal(components.Variances[1], Dot(other, Times(other)), Rounding * scale);
        Assert.True(components.Variances[0] >= components.Variances[1]);
    }

    [Fact]
    public void EqualRowsHaveNoComponents()
    {
        PrincipalComponents components = PrincipalComponents.Of([1, 2, 3, 1, 2, 3], 3, 2);
        Assert.Equal([0, 0], components.Variances);
        Assert.Equal(0, components.Project([1, 2, 3], 0));
    }

    [Fact]
    public void TheHistogramCountsEveryPairOnce()
    {
        // Cosines: 0 and 1 (0°, 90°): 0; 0° and 180°: −1; 90° and 180°: 0; and 36.87° with them: 0.8, 0.6, −0.8.
        EmbeddingSample sample = new([1, 0, 0, 1, -1, 0, 0.8f, 0.6f], 2, [0, 0, 1, 1], []);
        SimilarityHistogram histogram = SimilarityHistogram.Of(sample, 4);
        Assert.Equal([-1, -0.5, 0, 0.5, 1], histogram.Edges);
        Assert.Equal([1, 0, 1, 0], histogram.Within); // (0°, 90°) and (180°, 36.87°)
        Assert.Equal([1, 0, 1, 2], histogram.Between);
        double[] density = SimilarityHistogram.Density(histogram.Between);
        Assert.Equal([0.5, 0, 0.5, 1], density);
        Assert.Equal(1, density.Sum() * 0.5, 15);
        Assert.All(SimilarityHistogram.Density([0, 0]), value => Assert.True(double.IsNaN(value)));
    }

    [Fact]
    public void CosinesOfAClassAreThoseOfItsPairs()
    {
        EmbeddingSample sample = new([1, 0, 0, 1, -1, 0, 0.8f, 0.6f, 0.6f, 0.8f], 2, [0, 0, 1, 1, 0], []);
        double[][] cosines = ClassCosines.Of(sample, 3);
        Assert.Equal([0, 0.6, 0.8], cosines[0], (a, b) => Math.Abs(a - b) < 1e-6); // float32
        Assert.Equal([-0.8], cosines[1], (a, b) => Math.Abs(a - b) < 1e-6);
        Assert.Empty(cosines[2]);
    }

    [Fact]
    public void OneBelongsToTheLastBin()
    {
        EmbeddingSample sample = new([1, 0, 1, 0, -1, 0], 2, [0, 0, 0], []);
        Assert.Equal([2, 0, 1], SimilarityHistogram.Of(sample, 3).Within);
    }

    [Fact]
    public void ThinningKeepsTheOrderAndIsEven()
    {
        EmbeddingSample sample = new([.. Enumerable.Range(0, 10).Select(i => (float)i)], 1, [.. Enumerable.Range(0, 10)], []);
        EmbeddingSample thin = sample.Thin(4);
        Assert.Equal([0, 2, 5, 7], thin.Labels);
        Assert.Equal([0f, 2, 5, 7], thin.Values.ToArray());
        Assert.Same(sample, sample.Thin(10));
    }
}
