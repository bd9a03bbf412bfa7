using NegSamples.Kernels;
using NegSamples.Similarity;
using NegSamples.Tests.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Bench.Similarity;

/// <summary>Keys that no rank holds all of, on ranks that are threads of this process.</summary>
public class SimilarityRanksTests
{
    private const int Rows = 24, Keys = 301, Depth = 33;

    private static readonly SimilaritySettings Small = new() { Rows = Rows, Keys = [Keys], Dimension = Depth, Repetitions = 1, Threads = 1 };

    /// <summary>The same rows as one process has, and its losses and gradients: parts add some roundings of the greatest weight, 1/(N·T) at most.</summary>
    [Theory]
    [InlineData(SimilarityForm.Generic, 2)]
    [InlineData(SimilarityForm.Generic, 3)]
    [InlineData(SimilarityForm.Queue, 2)]
    [InlineData(SimilarityForm.Queue, 3)]
    [InlineData(SimilarityForm.Sigmoid, 2)]
    [InlineData(SimilarityForm.Sigmoid, 3)]
    public void RanksHaveTheLossAndTheGradientsOfOneProcess(SimilarityForm form, int ranks)
    {
        SimilaritySettings settings = Small with { Form = form };
        Results one = Measured(settings, Collective.Alone);
        Results[] several = ThreadCollective.Run(ranks, collective => Measured(settings with { Ranks = ranks }, collective));
        Assert.All(several, rank => Assert.Equal(several[0].Loss, rank.Loss));
        double spacing = Math.Pow(2, -23), ofWeights = spacing * (ranks + 2) / (Rows * Small.Temperature);
        Near(one.Loss, several[0].Loss, spacing * 2 * one.Loss.Max());
        Near(one.Queries, [.. several.SelectMany(rank => rank.Queries)], ofWeights);
        Near(one.Keys, [.. several.SelectMany(rank => rank.Keys)], ofWeights);
        Assert.Equal(form == SimilarityForm.Queue ? 0 : Keys * Depth, one.Keys.Length);
    }

    [Theory]
    [InlineData(SimilarityForm.Generic, 2)]
    [InlineData(SimilarityForm.Queue, 3)]
    [InlineData(SimilarityForm.Sigmoid, 3)]
    public void TheReportIsOfAllRanks(SimilarityForm form, int ranks)
    {
        SimilaritySettings settings = Small with { Form = form, Ranks = ranks, Repetitions = 2 };
        SimilarityReport[] reports = ThreadCollective.Run(ranks, collective =>
            SimilarityStudy.Run(settings, () => new CpuOps(1) { Collective = collective }, 1L << 40, _ => { }));
        SimilarityRow row = Assert.Single(reports[0].Rows);
        Assert.All(reports, report => Assert.Equal((ranks, row), (report.Ranks, report.Rows[0])));
        Assert.Equal((double)Rows * Keys / row.Forward.MedianSeconds, row.Forward.PairsPerSecond, 1);
        Assert.InRange(row.Error.Loss, 0, 1e-5);
        Assert.InRange(row.Error.QueryGradient, 0, 1e-5);
        Assert.Equal(form != SimilarityForm.Queue, row.Error.KeyGradient is < 1e-5);
        Assert.Equal(form == SimilarityForm.Queue ? 0 : 16 * ranks, row.Error.Keys);
        SimilarityNeed need = SimilarityNeed.Of(settings.Shape(Keys), SimilarityMethod.Streaming, null, 1);
        Assert.InRange(row.ExtraBytes, 1, need.ExtraBytes);
    }

    /// <summary>A wrong number on one rank is an error of all, whichever truth the keys' gradient stands on.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1 << 30)]
    public void AFaultOnOneRankIsFound(double mostMultiplyAdds)
    {
        foreach (bool isWrong in new[] { false, true })
        {
            ThreadCollective.Run(2, collective =>
            {
                using CpuOps ops = new(1) { Collective = collective };
                using SimilarityTensors tensors = new(ops, (Small with { Ranks = 2 }).Shape(Keys), Small with { Ranks = 2 }, default);
                using SimilarityLoss loss = SimilarityLoss.Create(SimilarityMethod.Streaming, tensors);
                loss.ForwardBackward();
                if (isWrong && collective.Rank == 1) tensors.KeyGradient.Floats[0] += 0.1f;
                if (isWrong && collective.Rank == 1) tensors.QueryGradient.Floats[^1] += 0.1f;
                SimilarityError error = SimilarityTruth.Compare(tensors, default, mostMultiplyAdds);
                Assert.Equal(mostMultiplyAdds > 0 ? ColumnTruth.Exact : ColumnTruth.MeasuredLoss, error.ColumnTruth);
                Assert.InRange(error.Loss, 0, 1e-5);
                Assert.InRange(error.QueryGradient, isWrong ? 1e-2 : 0, isWrong ? 10 : 1e-5);
                Assert.InRange(error.KeyGradient!.Value, isWrong ? 1e-2 : 0, isWrong ? 10 : 1e-5);
            });
        }
    }

    [Fact]
    public void KeysAreDealtOutEvenly()
    {
        SimilarityShape shape = new(SimilarityForm.Queue, 7, 100_000_000, 128, 7);
        int[] parts = [.. Enumerable.Range(0, 7).Select(rank => shape.FirstKey(rank + 1) - shape.FirstKey(rank))];
        Assert.Equal(100_000_000, parts.Sum());
        Assert.Equal((14_285_714, 14_285_715), (parts.Min(), parts.Max()));
        Assert.Equal(parts.Max(), shape.MostKeysOfRank);
        (Small with { Rows = 7, Keys = [100_000_000], Dimension = 128, Ranks = 7 }).Validate(); // more than one tensor holds
    }

    [Fact]
    public void WhatRanksCannotShareNamesItsFlag()
    {
        SimilaritySettings shared = Small with { Ranks = 5, Rows = 25 };
        foreach ((SimilaritySettings settings, string words) in new[]
        {
            (shared with { Rows = 24 }, "`rows` is 24; expected a multiple of the 5 ranks"), (shared with { Keys = [301, 4] }, "`keys` is 4; expected at least 1 for each of the 5 ranks"),
            (shared with { Form = SimilarityForm.NtXent }, "`form` is nt-xent"), (shared with { Form = SimilarityForm.TwoTower }, "`form` is two-tower"), (shared with { SpillBytes = 0 }, "`spillBytes` has no meaning over several ranks"),
            (shared with { Methods = [SimilarityMethod.Streaming, SimilarityMethod.Materialised] }, "`method` is not streaming"),
        })
            Assert.Contains(words, Assert.Throws<SettingsException>(settings.Validate).Message, StringComparison.Ordinal);
    }

    private static Results Measured(SimilaritySettings settings, Collective collective)
    {
        using CpuOps ops = new(1) { Collective = collective };
        using SimilarityTensors tensors = new(ops, settings.Shape(Keys), settings, default);
        using SimilarityLoss loss = SimilarityLoss.Create(SimilarityMethod.Streaming, tensors);
        loss.Forward();
        float[] forward = tensors.Loss.Floats.ToArray();
        loss.ForwardBackward();
        float[] both = tensors.Loss.Floats.ToArray();
        Near(forward, both, Math.Pow(2, -23) * 2 * both.Max());
        return new Results(both, tensors.QueryGradient.Floats.ToArray(), tensors.KeyGradient.IsNone ? [] : tensors.KeyGradient.Floats.ToArray());
    }

    private static void Near(float[] expected, float[] found, double tolerance)
    {
        Assert.Equal(expected.Length, found.Length);
        for (int i = 0; i < expected.Length; i++) Assert.True(Math.Abs(expected[i] - found[i]) <= tolerance, $"[{i}] is {found[i]:R}; expected {expected[i]:R} within {tolerance:G3}");
    }

    private sealed record Results(float[] Loss, float[] Queries, float[] Keys);
}
