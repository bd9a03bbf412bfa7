using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class NearestRowsTests
{
    [Theory]
    [InlineData(1, 1, 1, 1)]
    [InlineData(3, 7, 5, 7)]
    [InlineData(33, 1000, 17, 10)]
    [InlineData(1100, 300, 8, 3)]
    [InlineData(5, 9000, 3, 200)]
    public void TheyAreThoseOfTheLargestCosines(int queries, int keys, int dimension, int k)
    {
        float[] of = Numbers(queries * dimension, 1), among = Numbers(keys * dimension, 2), cosines = new float[queries * k];
        int[] indices = new int[queries * k];
        NearestRows.Of(of, among, dimension, k, indices, cosines);
        for (int i = 0; i < queries; i++)
        {
            double[] truth = [.. Enumerable.Range(0, keys).Select(j => Cosine(of.AsSpan(i * dimension, dimension), among.AsSpan(j * dimension, dimension)))];
            double[] best = [.. truth.OrderDescending().Take(k)];
            for (int place = 0; place < k; place++)
            {
                // A dot product of two rounded unit rows errs by about so many roundings.
                double tolerance = (dimension + 6) * 6e-8;
                Assert.Equal(best[place], cosines[(i * k) + place], tolerance);
                Assert.Equal(truth[indices[(i * k) + place]], cosines[(i * k) + place], tolerance);
                if (place > 0) Assert.True(cosines[(i * k) + place] <= cosines[(i * k) + place - 1]);
            }

            Assert.Equal(k, indices.AsSpan(i * k, k).ToArray().Distinct().Count());
        }
    }

    /// <summary>The same few rows again and again, in whole tiles, at their edges and across the blocks of 8,192 keys: equal cosines are equal to the bit.</summary>
    [Fact]
    public void OfEqualKeysTheLowerIndexIsNearer()
    {
        const int dimension = 19, kinds = 7, keys = 8192 + 333, k = 50;
        float[] few = Numbers(kinds * dimension, 3), among = new float[keys * dimension], queries = Numbers(41 * dimension, 4), cosines = new float[41 * k];
        for (int i = 0; i < keys; i++) few.AsSpan(i % kinds * dimension, dimension).CopyTo(among.AsSpan(i * dimension));
        int[] indices = new int[cosines.Length];
        NearestRows.Of(queries, among, dimension, k, indices, cosines);
        for (int i = 0; i < 41; i++)
        {
            int first = indices[i * k];
            Assert.True(first < kinds);
            Assert.Equal(Enumerable.Range(0, k).Select(place => first + (kinds * place)), indices.AsSpan(i * k, k).ToArray());
        }
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfThreadsNorOnWhatIsHeld()
    {
        const int dimension = 33, keys = 8200, k = 9;
        float[] queries = Numbers(1050 * dimension, 5), among = Numbers(keys * dimension, 6);
        (int[] Indices, float[] Cosines)? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using CpuOps ops = new(threads);
            foreach (long held in new[] { 0, 1L << 30 })
            {
                using NearestRows search = new(ops, among, dimension, heldBytes: held);
                (int[] Indices, float[] Cosines) found = (new int[1050 * k], new float[1050 * k]);
                search.Find(queries, k, found.Indices, found.Cosines);
                first ??= found;
                Assert.Equal(first.Value.Indices, found.Indices);
                Assert.True(first.Value.Cosines.AsSpan().SequenceEqual(found.Cosines));
                search.Find(queries.AsSpan(0, dimension), 2, found.Indices.AsSpan(0, 2), found.Cosines.AsSpan(0, 2));
                Assert.Equal(first.Value.Indices[..2], found.Indices[..2]);
            }
        }
    }

    [Fact]
    public void ErrorsNameTheArgumentAndWhatIsExpected()
    {
        float[] rows = new float[12];
        int[] indices = new int[6];
        Assert.Contains("k is 4; expected 1 to 3", Assert.Throws<ArgumentOutOfRangeException>(() => NearestRows.Of(rows, rows.AsSpan(0, 9), 3, 4, indices)).Message, StringComparison.Ordinal);
        Assert.Contains("indices has 6 numbers; expected 8, 2 of each query.", Assert.Throws<ArgumentException>(() => NearestRows.Of(rows, rows, 3, 2, indices)).Message, StringComparison.Ordinal);
        Assert.Contains("queries has 11 numbers; expected a multiple of 3", Assert.Throws<ArgumentException>(() => NearestRows.Of(rows.AsSpan(1), rows, 3, 2, indices)).Message, StringComparison.Ordinal);
        Assert.Contains("keys is empty", Assert.Throws<ArgumentException>(() => NearestRows.Of(rows, [], 3, 2, indices)).Message, StringComparison.Ordinal);
    }

    private static double Cosine(ReadOnlySpan<float> a, ReadOnlySpan<float> b)
    {
        double dot = 0, first = 0, second = 0;
        for (int d = 0; d < a.Length; d++)
        {
            dot += (double)a[d] * b[d];
            first += (double)a[d] * a[d];
            second += (double)b[d] * b[d];
        }

        return dot / Math.Sqrt(first * second);
    }

    private static float[] Numbers(int count, int seed)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }
}
