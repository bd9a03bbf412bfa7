using System.Numerics;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public unsafe class NegativeSampleTests
{
    /// <summary>Fewer than half, more than half, one, all but one; keys ragged against a word.</summary>
    public static TheoryData<int, NegativeSource, int> Cases => new()
    {
        { 6, NegativeSource.BothViews, 1 }, { 6, NegativeSource.OtherView, 1 }, { 130, NegativeSource.BothViews, 30 }, { 130, NegativeSource.BothViews, 100 },
        { 130, NegativeSource.OtherView, 30 }, { 128, NegativeSource.OtherView, 62 }, { 70, NegativeSource.BothViews, 67 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void EverySampleIsKDifferentNegativesAsDocumented(int rows, NegativeSource source, int k)
    {
        for (uint step = 0; step < 3; step++)
        {
            KNegativesSettings settings = new(source, 1, k, 99, step);
            for (int anchor = 0; anchor < settings.Anchors(rows); anchor++)
            {
                int[] sample = Sample(rows, settings, anchor), all = KNegativesReference.Negatives(rows, settings with { Negatives = 0 }, anchor);
                Assert.Equal(k, sample.Length);
                Assert.Equal(k, sample.Distinct().Count());
                Assert.Subset(all.ToHashSet(), sample.ToHashSet());
                Assert.Equal(KNegativesReference.Negatives(rows, settings, anchor), sample);
            }
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void EveryNegativeIsEquallyLikely(int rows, NegativeSource source, int k)
    {
        const int steps = 4000, anchor = 1;
        int[] counts = new int[rows];
        for (uint step = 0; step < steps; step++)
        {
            foreach (int row in Sample(rows, new KNegativesSettings(source, 1, k, 1, step), anchor)) counts[row]++;
        }

        // Drawing without replacement, Σ (count − expected)² / (steps·p·(1−p)) · (n−1)/n is chi-square with n − 1 degrees of freedom.
        int[] all = KNegativesReference.Negatives(rows, new KNegativesSettings(source, 1), anchor);
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
            int[] sample = Sample(rows, new KNegativesSettings(NegativeSource.BothViews, 1, k, 4, step), 2);
            for (int i = 0; i < k; i++)
            {
                for (int j = 0; j < i; j++) counts[sample[j], sample[i]]++;
            }
        }

        int[] all = KNegativesReference.Negatives(rows, new KNegativesSettings(NegativeSource.BothViews, 1), 2);
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
        KNegativesSettings settings = new(NegativeSource.BothViews, 1, 20, 7, 3);
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
        fixed (uint* bits = square) NegativeSample.Transpose(bits);
        for (int i = 0; i < 32; i++)
        {
            for (int j = 0; j < 32; j++) Assert.Equal(before[j] >> i & 1, square[i] >> j & 1);
        }
    }

    private static int[] Sample(int rows, KNegativesSettings settings, int anchor)
    {
        using Arena arena = Arena.OnHost(null!, "test", 4096);
        KNegativesPairs pairs = new(arena.Take(rows, 1), settings);
        uint[] bits = new uint[NegativeSample.Words(pairs.Keys)];
        Array.Fill(bits, uint.MaxValue);
        int[] keys = new int[pairs.Keys + 32];
        fixed (uint* b = bits)
        fixed (int* k = keys)
        {
            NegativeSample.Draw(pairs, anchor, b);
            NegativeSample.List(b, bits.Length, k);
        }

        return [.. keys.Take(bits.Sum(BitOperations.PopCount)).Select(key => key + pairs.FirstKey)];
    }
}
