using System.Text.Json;
using System.Text.Json.Nodes;
using NegSamples.Augment.Recipes;
using NegSamples.Report;
using NegSamples.Study.Sweep;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Report;

/// <summary>What a report says of a sweep follows its settings: a setting that is added stands in the command line, a loss that is added has a name.</summary>
public class ReproductionTests
{
    private static readonly string[] Indifferent = ["seed", "threads", "device"];

    private static readonly TrainingSettings NoDefaults = new()
    {
        Data = new() { Path = "a b", Kind = "folder", TestShare = 0.15, ValidationShare = 0.2, SkipBad = 6, JpegDecoder = "imagesharp", Cache = "disk", Neighbours = "near.tsv", ImageSize = 48 },
        Encoder = new()
        {
            Kind = EncoderKind.ResNet50, Stem = StemKind.Paper, EmbeddingDimension = 64, PixelScale = 255, PixelMean = "0.485,0.456,0.406", PixelDeviation = "0.5",
            Init = "resnet.pth", InitSha256 = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", InitWithout = "conv1", FreezeEncoder = true,
        },
        Batch = new() { Size = 96, MicroBatch = 32 },
        Loss = new()
        {
            Kind = LossKind.Hard, Views = 3, PositivePrior = 0.03, Hardness = 2.5, Negatives = 7, Shards = 3, Queue = 5, KeyMomentum = 0.99, Temperature = 0.07, LearnTemperature = true, SigmoidBias = -3.5,
        },
        Optimizer = new() { Epochs = 31, Steps = 9, RateScaling = RateScaling.Sqrt, Kind = OptimizerKind.AdamW, LearningRate = 1e-5, Momentum = 0.85, WeightDecay = 1e-6, Trust = 1e-30, WarmupEpochs = 2.5, RestartEpochs = "7,20" },
        Views = new() { JitterStrength = 0.25, MinimumCrop = 0.2, TextAugmentation = TextAugmentation.Replace, MaskRatio = 0.3 },
        Run = new() { Seed = 3, LogEvery = 3, CheckpointEvery = 4, MonitorEvery = 5, TensorBoard = true },
        Place = new() { Threads = 2, Device = "cpu", Precision = "tf32", Kernels = "wgmma" },
    };

    [Theory]
    [InlineData(nameof(SweepAxis.BatchSize), "batchSize")]
    [InlineData(nameof(SweepAxis.Negatives), "negatives")]
    public void EverySettingThatChangesANumberStandsInTheLine(string name, string key)
    {
        SweepAxis axis = Enum.Parse<SweepAxis>(name);
        string line = Line(axis, NoDefaults);
        JsonObject json = JsonSerializer.SerializeToNode(NoDefaults, SettingsJson.Default.TrainingSettings)!.AsObject();
        Assert.Equal(FlatSettings.Names, json.Select(entry => entry.Key));
        foreach ((string setting, JsonNode? value) in json.Where(entry => entry.Key != key && !Indifferent.Contains(entry.Key)))
            Assert.Contains($" [{setting}] {ShellWord.Of(value!.ToString())}", line, StringComparison.Ordinal);
        Assert.Contains($"[{(axis == SweepAxis.BatchSize ? "batchSizes" : "negatives")}] 8,16 [seeds] 1,2", line, StringComparison.Ordinal);
        Assert.DoesNotContain(Indifferent, setting => line.Contains($"[{setting}]", StringComparison.Ordinal));
    }

    [Fact]
    public void DefaultsAreLeftOut() =>
        Assert.Equal("negsamples sweep [batchSizes] 8,16 [seeds] 1,2 [linearEpochs] 100", Line(SweepAxis.BatchSize, new TrainingSettings().Resolve("shapes")));

    [Fact]
    public void ASweepOfImagesThatNamesNoDecoderIsMadeAgainByTheOneThatItHad()
    {
        TrainingSettings former = new TrainingSettings().Resolve("folder");
        Assert.DoesNotContain("[jpegDecoder]", Line(SweepAxis.BatchSize, former), StringComparison.Ordinal);
        former = former with { Data = former.Data with { JpegDecoder = null } };
        Assert.Contains("[jpegDecoder] imagesharp", Line(SweepAxis.BatchSize, former), StringComparison.Ordinal);
    }

    [Fact]
    public void EveryLossHasItsOwnNameAndItsParameters()
    {
        string[] names = [.. Enum.GetValues<LossKind>().Select(kind => LossNames.Of(new TrainingSettings { Loss = new() { Kind = kind } }))];
        Assert.Equal(names.Length, names.Distinct().Count());
        string all = LossNames.Of(NoDefaults);
        foreach (string part in new[] { "hard-negative", "pairs of 3 views", "0.03", "2.5", "5 keys", "0.99", "3 shards", "pieces of 32", "learned from 0.07" }) Assert.Contains(part, all, StringComparison.Ordinal);
    }

    private static string Line(SweepAxis axis, TrainingSettings settings) =>
        Reproduction.Commands(new SweepData("sweep", new SweepManifest(SweepManifest.CurrentFormat, axis, [8, 16], [1, 2], settings, 100), [], []), name => $"[{name}]")[0];
}
