using NegSamples.Kernels;
using NegSamples.Study.Embeddings;

namespace NegSamples.Tests.Study.Embeddings;

public class KMeansTests
{
    private const double Rounding = 1e-12; // means of a few dozen numbers of size 10

    [Fact]
    public void GroupsFarApartAreFoundWhateverTheKey()
    {
        const int dimension = 3, groups = 4, members = 15;
        double[] rows = new double[2 * groups * members * dimension];
        for (int i = 0; i < rows.Length / dimension; i++)
            for (int d = 0; d < dimension; d++)
                rows[(i * dimension) + d] =
                    (d == i % groups % dimension ? 10 * (1 + (i % groups)) : 0) + (0.1 * new Philox(1, RandomPurpose.Evaluation, 0, (uint)i).Normal((uint)d));
        int[] chosen = [.. Enumerable.Range(0, groups * members).Select(i => i + (i / groups * groups))]; // every second four
        for (ulong seed = 0; seed < 20; seed++)
        {
            (double[] centres, int[] assigned) = KMeans.Of(rows, dimension, chosen, groups, seed, 5);
            for (int a = 0; a < chosen.Length; a++)
                for (int b = 0; b < a; b++) Assert.Equal(chosen[a] % groups == chosen[b] % groups, assigned[a] == assigned[b]);
            for (int part = 0; part < groups; part++)
            {
                int[] own = [.. Enumerable.Range(0, chosen.Length).Where(i => assigned[i] == part).Select(i => chosen[i])];
                for (int d = 0; d < dimension; d++) Assert.Equal(own.Average(i => rows[(i * dimension) + d]), centres[(part * dimension) + d], Rounding);
            }

            Assert.Equal(centres, KMeans.Of(rows, dimension, chosen, groups, seed, 5).Centres);
        }
    }

    [Fact]
    public void EveryRowIsOfTheNearestCentreAndOneClusterIsTheMean()
    {
        const int dimension = 5, count = 40;
        double[] rows = [.. Enumerable.Range(0, count * dimension).Select(i => new Philox(3, RandomPurpose.Evaluation).Normal((uint)i))];
        int[] all = [.. Enumerable.Range(0, count)];
        (double[] centres, int[] assigned) = KMeans.Of(rows, dimension, all, 3, 7, 0);
        foreach (int i in all)
        {
            double[] squared = [.. Enumerable.Range(0, 3).Select(c =>
                Enumerable.Range(0, dimension).Sum(d => Math.Pow(rows[(i * dimension) + d] - centres[(c * dimension) + d], 2)))];
            Assert.Equal(squared.Min(), squared[assigned[i]], Rounding * 100);
        }

        double[] mean = KMeans.Of(rows, dimension, all, 1, 7, 0).Centres;
        for (int d = 0; d < dimension; d++) Assert.Equal(all.Average(i => rows[(i * dimension) + d]), mean[d], Rounding);
    }

    [Fact]
    public void EqualRowsLeaveAClusterEmpty()
    {
        (_, int[] assigned) = KMeans.Of([1, 2, 1, 2, 1, 2], 2, [0, 1, 2], 2, 7, 0);
        Assert.Equal([0, 0, 0], assigned);
    }
}
