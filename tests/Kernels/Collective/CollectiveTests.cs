using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>What all engines share, over ranks that are threads: gathers, and sums in the order of the ranks.</summary>
public unsafe class CollectiveTests
{
    /// <summary>No number, one, around the number of ranks, and many.</summary>
    public static TheoryData<int, int> Cases
    {
        get
        {
            TheoryData<int, int> cases = [];
            foreach (int ranks in new[] { 1, 2, 3, 4, 5 })
            {
                foreach (int count in new[] { 0, 1, ranks - 1, ranks, ranks + 1, 1_000_003 }.Distinct()) cases.Add(ranks, count);
            }

            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void SumsAreThoseOfTheRanksInTheirOrder(int ranks, int count)
    {
        float[][] parts = [.. Enumerable.Range(0, ranks).Select(rank => Numbers(rank, count))];
        float[][] sums = ThreadCollective.Run(ranks, collective =>
        {
            float[] x = [.. parts[collective.Rank]];
            fixed (float* start = x) collective.Sum(start, x.Length);
            return x;
        });
        float[] ordered = InOrder(parts, count);
        Assert.All(sums, sum => Assert.True(ordered.AsSpan().SequenceEqual(sum)));

        // One rounding an addition, each of a partial sum that is no greater than the sum of the magnitudes.
        for (int i = 0; i < count; i++)
        {
            double truth = parts.Sum(part => (double)part[i]), magnitude = parts.Sum(part => Math.Abs((double)part[i]));
            Assert.True(Math.Abs(ordered[i] - truth) <= (ranks - 1) * 6e-8 * magnitude);
        }
    }

    [Fact]
    public void HostNumbersOfAnyTypeAreGatheredWhereTheyLie()
    {
        foreach (int[] all in ThreadCollective.Run(3, collective =>
        {
            int[] numbers = new int[6];
            numbers.AsSpan(2 * collective.Rank, 2).Fill(collective.Rank + 1);
            collective.AllGather<int>(numbers);
            Assert.Throws<ArgumentException>(() => collective.AllGather<float>(new float[4]));
            return numbers;
        })) Assert.Equal([1, 1, 2, 2, 3, 3], all);
    }

    [Theory]
    [InlineData(1, 5, false)]
    [InlineData(1, 5, true)]
    [InlineData(2, 1, false)]
    [InlineData(2, 1, true)]
    [InlineData(3, 70_001, false)]
    [InlineData(3, 70_001, true)]
    [InlineData(5, 7, true)]
    [InlineData(4, 0, false)]
    public void ReduceScatterGivesEachRankItsPartOfTheSum(int ranks, int part, bool inPlace)
    {
        float[][] all = [.. Enumerable.Range(0, ranks).Select(rank => Numbers(rank, ranks * part))];
        float[][] own = ThreadCollective.Run(ranks, collective =>
        {
            float[] x = [.. all[collective.Rank]], sum = new float[part];
            fixed (float* start = x, apart = sum)
            {
                float* mine = start + (collective.Rank * part);
                collective.ReduceScatter(start, inPlace ? mine : apart, part);
                return inPlace ? new Span<float>(mine, part).ToArray() : sum;
            }
        });
        Assert.Equal(InOrder(all, ranks * part), own.SelectMany(sum => sum));
    }

    [Theory]
    [InlineData(1, 3)]
    [InlineData(2, 1)]
    [InlineData(3, 50_001)]
    [InlineData(4, 0)]
    public void GatheredNumbersStandInTheOrderOfTheRanks(int ranks, int count)
    {
        double[][] gathered = ThreadCollective.Run(ranks, collective =>
        {
            double[] all = new double[ranks * count];
            collective.AllGather([.. Numbers(collective.Rank, count).Select(value => (double)value)], all);
            return all;
        });
        double[] expected = [.. Enumerable.Range(0, ranks).SelectMany(rank => Numbers(rank, count)).Select(value => (double)value)];
        Assert.All(gathered, all => Assert.Equal(expected, all));
    }

    [Fact]
    public void ANumberIsSummedInTheOrderOfTheRanks()
    {
        double[] own = [1e16, 1, -1e16];
        Assert.All(ThreadCollective.Run(3, collective => collective.Sum(own[collective.Rank])), sum => Assert.Equal(1e16 + 1 + -1e16, sum));
        Assert.Equal(0.1, Collective.Alone.Sum(0.1));
    }

    [Fact]
    public void CallsAfterTheFirstAllocateNothing()
    {
        long[] bytes = ThreadCollective.Run(3, collective =>
        {
            float[] x = Numbers(collective.Rank, 10_001);
            double[] own = [1, 2], all = new double[6];
            void Round()
            {
                fixed (float* start = x) collective.Sum(start, x.Length);
                collective.AllGather(own, all);
                collective.Barrier();
            }

            for (int i = 0; i < 20; i++) Round();
            long workspace = collective.WorkspaceBytes, managed = ManagedBytes.EachRoundOf(Round);
            Assert.Equal(workspace, collective.WorkspaceBytes);
            return managed;
        });
        Assert.All(bytes, each => Assert.Equal(0, each));
    }

    [Fact]
    public void LengthsThatDoNotFitAreRefused() =>
        Assert.Contains("all has 3 numbers; expected 1 times the 2 of own", Assert.Throws<ArgumentException>(() => Collective.Alone.AllGather([1, 2], new double[3])).Message);

    private static float[] Numbers(int rank, int count)
    {
        Random random = new(100 + rank);
        return [.. Enumerable.Range(0, count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
    }

    private static float[] InOrder(float[][] parts, int count)
    {
        float[] sum = [.. parts[0]];
        for (int rank = 1; rank < parts.Length; rank++)
        {
            for (int i = 0; i < count; i++) sum[i] += parts[rank][i];
        }

        return sum;
    }
}
