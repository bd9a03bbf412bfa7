using System.CommandLine;
using System.Text.Json;
using NegSamples.Augment.Data;
using NegSamples.Cli;
using NegSamples.Report;
using NegSamples.Study;
using NegSamples.Study.Sweep;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Cli;

/// <summary>The line of a report that makes a sweep again, read by the program itself, asks for that very sweep.</summary>
public class ReproductionLineTests
{
    [Fact]
    public void ThePrintedLineAsksForTheSameSweep()
    {
        Random random = new(11);
        Dictionary<(SweepAxis Axis, bool Grid), int> tried = [];
        for (int i = 0; i < 160; i++)
        {
            SweepManifest stored = Draw(random);
            try
            {
                foreach (SweepRun run in stored.Runs) run.Settings.Validate();
            }
            catch (SettingsException)
            {
                continue; // only sweeps that can begin
            }

            string line = Reproduction.Commands(new SweepData("sweep", stored, [], []), SettingNames.FlagOf)[0];
            Command command = new("sweep");
            SweepOptions options = new(command);
            ParseResult parsed = command.Parse(ShellWords.Of(line)[2..]);
            Assert.True(parsed.Errors.Count == 0, line);
            SweepManifest asked = options.Asked(parsed, new HashSet<string>());
            asked = asked with { Settings = asked.Settings.Resolve(stored.Settings.Data.Kind!) with { Place = stored.Settings.Place } };
            Assert.True(Json(stored) == Json(asked), $"{line}\n{Json(stored)}\n{Json(asked)}");
            (SweepAxis, bool) kind = (stored.Axis, stored.LearningRates is not null);
            tried[kind] = tried.GetValueOrDefault(kind) + 1;
        }

        Assert.Equal(8, tried.Count);
        Assert.All(tried.Values, count => Assert.True(count > 2, $"{count} sweeps of a kind"));
    }

    /// <summary>A sweep as it is stored: what its axes set is at its default in the shared settings.</summary>
    private static SweepManifest Draw(Random random)
    {
        SweepAxis axis = One(random, Enum.GetValues<SweepAxis>());
        bool hasGrid = random.Next(2) == 0, learns = random.Next(4) == 0, hasSteps = random.Next(2) == 0, hasFile = random.Next(3) == 0;
        LossKind kind = axis == SweepAxis.Loss ? LossKind.NtXent : One(random, Enum.GetValues<LossKind>());
        int shards = random.Next(4) == 0 ? 2 : 1, epochs = random.Next(1, 120), queue = shards == 1 && kind != LossKind.SupCon && random.Next(4) == 0 ? random.Next(64, 200) : 0;
        TrainingSettings defaults = new();
        TrainingSettings settings = new()
        {
            Data = new()
            {
                Path = One(random, "shapes", "a b", "it's", "x/y.tar.gz"), TestShare = Share(random), ValidationShare = hasGrid ? 0.05 + (random.NextDouble() / 2) : Share(random), SkipBad = random.Next(3),
                JpegDecoder = One<string?>(random, null, DataSettings.ImageSharp), ImageSize = One(random, 0, 24, 96),
            },
            Encoder = new()
            {
                Kind = One(random, [.. EncoderKind.BuiltIn]), Stem = One(random, Enum.GetValues<StemKind>()), EmbeddingDimension = random.Next(1, 300),
                PixelScale = One(random, 1, 255), PixelMean = One(random, "0", "0.485,0.456,0.406", "0.5"), PixelDeviation = One(random, "1", "0.2,0.25,0.5"),
                Init = hasFile ? "a b/resnet.pth" : null, InitSha256 = hasFile ? new string('5', 64) : null, InitWithout = hasFile ? One(random, "", "conv1,bn1") : "",
                FreezeEncoder = random.Next(3) == 0,
            },
            Batch = new() { Size = axis == SweepAxis.BatchSize ? defaults.Batch.Size : 2 * random.Next(20, 300), MicroBatch = queue == 0 && random.Next(4) == 0 ? random.Next(1, 16) : 0 },
            Loss = new()
            {
                Kind = kind, PositivePrior = Share(random), Hardness = 3 * random.NextDouble(), Shards = shards, Queue = queue, KeyMomentum = random.NextDouble(), LearnTemperature = learns,
                SigmoidBias = random.Next(2) == 0 ? null : -20 * random.NextDouble(),
                Views = queue == 0 && axis != SweepAxis.Loss && kind is not (LossKind.SingleView or LossKind.Sigmoid or LossKind.CrossEntropy) ? random.Next(2, 5) : 2,
                Negatives = axis is SweepAxis.Temperature or SweepAxis.Loss && random.Next(2) == 0 ? random.Next(1, 9) : 0,
                Temperature = axis == SweepAxis.Temperature ? defaults.Loss.Temperature : 0.01 + (random.NextDouble() * 0.9),
            },
            Optimizer = new()
            {
                Kind = One(random, Enum.GetValues<OptimizerKind>()), Epochs = hasSteps ? 100 : epochs, Steps = hasSteps ? random.Next(1, 9999) : 0, LearningRate = hasGrid ? 0 : One(random, 0, random.NextDouble(), 1e-7),
                RateScaling = One(random, Enum.GetValues<RateScaling>()), Momentum = Share(random), WeightDecay = random.NextDouble() * 1e-3, Trust = 1e-4 + random.NextDouble(),
                WarmupEpochs = hasSteps ? random.Next(-1, 1) : One(random, -1, epochs * random.NextDouble() / 3), RestartEpochs = !hasSteps && epochs > 50 && random.Next(3) == 0 ? "41,45" : "",
            },
            Views = new() { JitterStrength = random.NextDouble(), MinimumCrop = 0.05 + (0.9 * random.NextDouble()) },
            Run = new() { LogEvery = random.Next(1, 4), CheckpointEvery = random.Next(3), MonitorEvery = random.Next(3) },
            Place = new() { Threads = random.Next(4), Device = One(random, "cpu", "auto"), Precision = One(random, "bf16", "fp32") },
        };
        int[] values = axis == SweepAxis.BatchSize ? [16, 32] : axis == SweepAxis.Negatives ? [1, 7] : [0, 1];
        return new SweepManifest(
            SweepManifest.CurrentFormat, axis, values, [(ulong)random.NextInt64(), 7], settings.Resolve(One(random, [.. DataSets.Kinds])), random.Next(1, 50))
        {
            Temperatures = axis == SweepAxis.Temperature ? [0.05 + (random.NextDouble() / 10), 0.5] : null,
            Losses = axis == SweepAxis.Loss ? [LossKind.Decoupled, One(random, LossKind.Hard, LossKind.SingleView)] : null,
            LearningRates = hasGrid ? [random.NextDouble() / 3, 1.5, 1e3] : null,
        };
    }

    private static double Share(Random random) => random.Next(2) == 0 ? 0 : random.NextDouble();

    private static T One<T>(Random random, params T[] choices) => choices[random.Next(choices.Length)];

    private static string Json(SweepManifest manifest) => JsonSerializer.Serialize(manifest, StudyJson.Default.SweepManifest);
}
