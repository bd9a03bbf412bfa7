using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>Runs of a given number of updates, the rules of the rate, and the part of the training images that is not trained on.</summary>
public class EqualUpdatesTests
{
    private static TrainingSettings Of(int steps, int batch = 8) => TinyRun.Settings with
    {
        Batch = new() { Size = batch }, Optimizer = TinyRun.Settings.Optimizer with { Steps = steps, Epochs = 0, WarmupEpochs = -1 },
        Run = TinyRun.Settings.Run with { CheckpointEvery = 0 },
    };

    [Fact]
    public void RunsOfOtherBatchesMakeAsManyUpdatesAtEqualRates()
    {
        using TinyRun tiny = new();
        IReadOnlyList<Metrics>[] runs = [.. new[] { 4, 13 }.Select(batch =>
        {
            TrainingOutcome outcome = tiny.Train($"batch-{batch}", settings: Of(23, batch));
            Assert.Equal((23, true), (outcome.Steps, outcome.Completed));
            return MetricsLog.Read(RunFolder.MetricsOf(tiny.Folder($"batch-{batch}")));
        })];
        Assert.All(runs, run => Assert.Equal(23, run.Count));
        for (int i = 0; i < 23; i++) Assert.Equal(runs[0][i].LearningRate / 4.0, runs[1][i].LearningRate / 13.0, 1e-9);

        // Warm-up of a tenth, 2 steps; then the half cosine over 21. 27 images are 2 batches of 13: the last epoch is cut after its first.
        for (int step = 0; step < 23; step++)
            Assert.Equal(step < 2 ? (step + 1) / 2.0 : 0.5 * (1 + Math.Cos(Math.PI * (step - 2) / 21)), runs[1][step].LearningRate / (13 / 256.0), 1e-6);
        Assert.Equal(11.5, runs[1][^1].Epoch);
    }

    [Fact]
    public void ARunOfUpdatesResumesInTheMiddleOfAnEpoch()
    {
        using TinyRun tiny = new();
        TrainingOutcome whole = tiny.Train("whole", settings: Of(11));
        tiny.Train("parts", stopAfter: 5, settings: Of(11));
        TrainingOutcome rest = tiny.Train("parts", settings: Of(11));
        foreach (string file in Directory.GetFiles(whole.Checkpoint).Select(file => Path.GetFileName(file)!)) Assert.Equal(TinyRun.Bytes(whole, file), TinyRun.Bytes(rest, file));
        Assert.Contains("'steps' 11, not 12", Assert.Throws<SettingsException>(() => tiny.Train("parts", settings: Of(12))).Message, StringComparison.Ordinal);
        Assert.Contains("`steps` 11", Assert.Throws<SettingsException>(() => tiny.Train("parts", settings: Of(11), resume: new(Epochs: 9))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(RateScaling.Linear, 512, 0.5 * 512 / 256)]
    [InlineData(RateScaling.Sqrt, 16, 0.5 * 4)]
    [InlineData(RateScaling.None, 512, 0.5)]
    public void TheRateFollowsTheShard(RateScaling scaling, int samples, double expected)
    {
        TrainingSettings settings = new() { Batch = new() { Size = 4 * samples }, Loss = new() { Shards = 4 }, Optimizer = new() { LearningRate = 0.5, RateScaling = scaling } };
        Assert.Equal(expected, settings.PeakRate, 1e-12);
    }

    [Theory]
    [InlineData(7, -1, "", "`epochs` is 7")]
    [InlineData(100, 3, "", "`warmupEpochs` is 3")]
    [InlineData(100, -1, "2", "`restartEpochs` is '2'")]
    public void WhatCountsEpochsIsRefusedBesideUpdates(int epochs, double warmup, string restarts, string expected) => Assert.Contains(expected, Assert.Throws<SettingsException>(
        new OptimizerSettings { Steps = 5, Epochs = epochs, WarmupEpochs = warmup, RestartEpochs = restarts }.Validate).Message, StringComparison.Ordinal);

    [Fact]
    public void TheHeldOutPartIsAShareOfEachClassAndIsNotTrainedOn()
    {
        ShapesSet images = TinyRun.Images();
        (IImageSet train, IImageSet held) = ValidationSplit.Draw(images, 0.4, 3);
        Assert.Equal(images.Count, train.Count + held.Count);
        for (int label = 0; label < images.ClassNames.Count; label++)
        {
            int all = Count(images, label), expected = Math.Min(all - 1, (int)Math.Round(0.4 * all, MidpointRounding.AwayFromZero));
            Assert.Equal((expected, all - expected), (Count(held, label), Count(train, label)));
        }

        Assert.Equal(Pixels(images).Order(StringComparer.Ordinal), Pixels(train).Concat(Pixels(held)).Order(StringComparer.Ordinal));
        Assert.Equal(Pixels(held), Pixels(ValidationSplit.Draw(images, 0.4, 3).HeldOut));
        Assert.NotEqual(Pixels(held), Pixels(ValidationSplit.Draw(images, 0.4, 4).HeldOut));

        // A run on the share is the run on the part alone, but that its checkpoints are of all images.
        using TinyRun tiny = new();
        TrainingSettings share = TinyRun.Settings with { Data = TinyRun.Settings.Data with { ValidationShare = 0.4 } };
        TrainingOutcome ofShare = tiny.Train("share", settings: share), ofPart = tiny.Train("part", images: ValidationSplit.Draw(images, 0.4, share.Run.Seed).Train);
        Assert.Equal(TinyRun.Bytes(ofPart, "model.safetensors"), TinyRun.Bytes(ofShare, "model.safetensors"));
        Assert.Equal(images.Fingerprint, Checkpoint.ReadState(ofShare.Checkpoint).DataFingerprint);
        Assert.Contains("`validationShare` is 0.01", Assert.Throws<SettingsException>(() => ValidationSplit.Draw(images, 0.01, 3)).Message, StringComparison.Ordinal);
    }

    private static int Count(IImageSet images, int label) => Enumerable.Range(0, images.Count).Count(i => images.Label(i) == label);

    private static List<string> Pixels(IImageSet images)
    {
        byte[] pixels = [];
        List<string> all = [];
        for (int i = 0; i < images.Count; i++)
        {
            (int height, int width) = images.Read(i, ref pixels);
            all.Add(Convert.ToHexString(pixels.AsSpan(0, 3 * height * width)));
        }

        return all;
    }
}
