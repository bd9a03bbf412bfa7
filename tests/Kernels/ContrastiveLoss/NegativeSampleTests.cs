using System.Numerics;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public unsafe class NegativeSampleTests
{
    /// <summary>Fewer than half, more than half, one, all but one; keys ragged against a word.</summary>
    public static TheoryData<int, ViewPairs, int> Cases => new()
    {
        { 6, ViewPairs.BothViews, 1 }, { 6, ViewPairs.OtherView, 1 }, { 130, ViewPairs.BothViews, 30 }, { 130, ViewPairs.BothViews, 100 },
        { 130, ViewPairs.OtherView, 30 }, { 128, ViewPairs.OtherView, 62 }, { 70, ViewPairs.BothViews, 67 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void EverySampleIsKDifferentNegativesAsDocumented(int rows, ViewPairs source, int k)
    {
        for (uint step = 0; step < 3; step++)
        {
            ViewLoss settings = new(source, 1, k, 99, step);
            Pairing pairing = settings.Pairing(rows), allPairs = (settings with { Negatives = 0 }).Pairing(rows);
            for (int anchor = 0; anchor < settings.Queries(rows); anchor++)
            {
                int[] sample = Sample(rows, settings, anchor), all = allPairs.Columns(anchor);
                Assert.Equal(k, sample.Length);
                Assert.Equal(k, sample.Distinct().Count());
                Assert.Subset(all.ToHashSet(), sample.ToHashSet());
                Assert.Equal(pairing.Columns(anchor), sample);
            }
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void EveryNegativeIsEquallyLikely(int rows, ViewPairs source, int k)
    {
        const int steps = 4000, anchor = 1;
        int[] counts = new int[rows];
        for (uint step = 0; step < steps; step++)
        {
            foreach (int row in Sample(rows, new ViewLoss(source, 1, k, 1, step), anchor)) counts[row]++;
        }

        // Drawing without replacement, Σ (count − expected)² / (steps·p·(1−p)) · (n−1)/n is chi-square with n − 1 degrees of freedom.
        int[] all = new ViewLoss(source, 1).Pairing(rows).Columns(anchor);
        int n = all.Length;
        double p = (double)k / n, statistic = 0;
        foreach (int row in all) statistic += Math.Pow(counts[row] - (steps * p), 2) / (steps * p * (1 - p)) * (n - 1) / n;
        double standardDeviations = (statistic - (n - 1)) / Math.Sqrt(2.0 * (n - 1));
        Assert.InRange(standardDeviations, -4, 4);
    }

    [Fact]
    public void PairsOfNegativesAreEquallyLikelyToo()
    {
        const int rows = 18, k = 3, steps = 40_000;
        int[,] counts = new int[rows, rows];
        for (uint step = 0; step < steps; step++)
        {
            int[] sample = Sample(rows, new ViewLoss(ViewPairs.BothViews, 1, k, 4, step), 2);
            for (int i = 0; i < k; i++)
            {
                for (int j = 0; j < i; j++) counts[sample[j], sample[i]]++;
            }
        }

        int[] all = new ViewLoss(ViewPairs.BothViews, 1).Pairing(rows).Columns(2);
        double expected = (double)steps * k * (k - 1) / (all.Length * (all.Length - 1)), worst = 0;
        for (int i = 0; i < all.Length; i++)
        {
            for (int j = 0; j < i; j++) worst = Math.Max(worst, Math.Abs(counts[all[j], all[i]] - expected) / Math.Sqrt(expected));
        }

        Assert.InRange(worst, 0, 4.5);
    }

    [Fact]
    public void StepsSeedsAndAnchorsDifferAndTheSameIsTheSame()
    {
        ViewLoss settings = new(ViewPairs.BothViews, 1, 20, 7, 3);
        int[] sample = Sample(130, settings, 4);
        Assert.Equal(sample, Sample(130, settings, 4));
        Assert.NotEqual(sample, Sample(130, settings with { Step = 4 }, 4));
        Assert.NotEqual(sample, Sample(130, settings with { Seed = 8 }, 4));
        Assert.NotEqual(sample, Sample(130, settings with { Seed = 7 + (1ul << 32) }, 4));
        Assert.NotEqual(sample.Where(row => row is not (4 or 5 or 69 or 70)), Sample(130, settings, 5).Where(row => row is not (4 or 5 or 69 or 70)));
    }

    [Fact]
    public void TransposedBitsAreTheSameBits()
    {
        Random random = new(2);
        uint[] square = [.. Enumerable.Range(0, 32).Select(_ => (uint)random.NextInt64(1L << 32))], before = [.. square];
        fixed (uint* bits = square) NegativeDraw.Transpose(bits);
        for (int i = 0; i < 32; i++)
        {
            for (int j = 0; j < 32; j++) Assert.Equal(before[j] >> i & 1, square[i] >> j & 1);
        }
    }

    /// <summary>Some rows have no other labels at all, and K is more than others have.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(7, false)]
    [InlineData(60, true)]
    [InlineData(7, true)]
    public void WithLabelsKeysOfOthersAreDrawnAndPositivesKept(int k, bool supervised)
    {
        const int rows = 34, keys = 69;
        using CpuOps ops = new(1);
        using Arena arena = ops.CreateArena("test", 1 << 16);
        Tensor queryLabels = arena.Take(ElementType.Int32, rows), keyLabels = arena.Take(ElementType.Int32, keys), ignored = arena.Take(ElementType.Int32, rows);
        for (int i = 0; i < rows; i++) (queryLabels.Ints[i], ignored.Ints[i]) = (i == 5 ? 77 : i % 4, i % 3 == 0 ? -1 : i);
        for (int j = 0; j < keys; j++) keyLabels.Ints[j] = j % 9 == 0 ? 77 : j % 4;
        NegativeSample sample = new(k, 3, 4);
        Pairing all = new(rows, keys, _ => -1, (i, j) => ignored.Ints[i] != j && (supervised || queryLabels.Ints[i] != keyLabels.Ints[j]), (i, j) => queryLabels.Ints[i] == keyLabels.Ints[j]);
        Pairing expected = all.Drawn(sample);
        ContrastiveBatch batch = new(arena.Take(rows, 1), arena.Take(keys, 1)) { QueryLabels = queryLabels, KeyLabels = keyLabels, IgnoredKeys = ignored, Sample = sample };
        ContrastivePairs pairs = new(batch, new ContrastiveSettings(1, supervised ? new SupervisedContrastive() : new InfoNce()));
        for (int i = 0; i < rows; i++)
        {
            int[] found = Drawn(pairs, i);
            Assert.Equal(expected.Columns(i), found);
            int others = all.Columns(i).Count(j => queryLabels.Ints[i] != keyLabels.Ints[j]);
            Assert.Equal(Math.Min(k, others), found.Count(j => queryLabels.Ints[i] != keyLabels.Ints[j]));
        }
    }

    private static int[] Sample(int rows, ViewLoss settings, int anchor)
    {
        using CpuOps ops = new(1);
        using Arena arena = ops.CreateArena("test", 1 << 16);
        return Drawn(new ContrastivePairs(settings.Batch(arena, arena.Take(rows, 1)), settings.Settings), anchor);
    }

    private static int[] Drawn(in ContrastivePairs pairs, int query)
    {
        uint[] bits = new uint[NegativeDraw.Words(pairs.KeyCount)];
        Array.Fill(bits, uint.MaxValue);
        int[] keys = new int[pairs.KeyCount + 32];
        int count;
        fixed (uint* b = bits)
        fixed (int* k = keys)
        {
            count = pairs.DrawNegatives(query, b);
            NegativeDraw.List(b, bits.Length, k);
        }

        Assert.Equal(bits.Sum(BitOperations.PopCount), count);
        return keys[..count];
    }
}
