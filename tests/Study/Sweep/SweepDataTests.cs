using NegSamples.Training.Settings;
using NegSamples.Training.Checkpoints;
using NegSamples.Files;
using NegSamples.Report;
using NegSamples.Study.Sweep;

namespace NegSamples.Tests.Study.Sweep;

public class SweepDataTests
{
    private const string First = "batch-00008-seed-7";

    [Fact]
    public void WhatIsMissingIsListedAndTheRestIsThere()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        SweepData data = sweep.Load();
        Assert.Equal(["batch-00016-seed-11: collision bound not measured", "batch-00032-seed-11: training not finished"], data.Missing.Select(line => line.Split(" (")[0]));
        Assert.Contains("negsamples collision", data.Missing[0], StringComparison.Ordinal);
        Assert.Equal(5, data.Runs.Count);
        Assert.Equal([8, 16, 32], data.Values);
        Assert.Equal([7ul, 11ul], data.Seeds);
        Assert.Equal(4, data.Classes);
    }

    [Fact]
    public void ARunThatHasNotBegunAndPartsThatLackAreListed()
    {
        using SyntheticSweep sweep = new();
        sweep.WriteRun(sweep.Run(First));
        SweepData data = sweep.Load();
        Assert.Single(data.Runs);
        Assert.Contains("batch-00016-seed-7: training not begun", data.Missing);
        Assert.Equal(3, data.Missing.Count(line => line.StartsWith(First, StringComparison.Ordinal)));
        Assert.Contains("<h1>", SweepReport.Write(data, ReportFormat.Html), StringComparison.Ordinal);
        Assert.Contains("negsamples eval", SweepReport.Write(data, ReportFormat.Markdown), StringComparison.Ordinal);
    }

    [Fact]
    public void SecondsOfAResumedRunAddUp()
    {
        using SyntheticSweep sweep = new();
        sweep.WriteRun(sweep.Run(First), lines: 0);
        File.WriteAllLines(sweep.PathOf(First, "metrics.jsonl"), new[] { 5.0, 9.0, 2.0, 4.5 }.Select((seconds, i) =>
            FormattableString.Invariant($$"""{"step":{{i + 1}},"epoch":1,"loss":1,"learningRate":1,"imagesPerSecond":1,"seconds":{{seconds}}}""")));
        Assert.Equal(13.5, sweep.Load().Runs[0].TrainingSeconds);
    }

    [Fact]
    public void NoSweepAndNothingFinishedAreRefused()
    {
        using SyntheticSweep sweep = new();
        Assert.Contains("has no sweep.json", Refused(Path.Combine(sweep.Folder, "nowhere")), StringComparison.Ordinal);
        Assert.Contains("has no finished run yet (batch-00008-seed-7: training not begun;", Refused(sweep.Folder), StringComparison.Ordinal);
        sweep.WriteRun(sweep.Run(First), isFinished: false);
        Assert.Contains("batch-00008-seed-7: training not finished", Refused(sweep.Folder), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("evaluation", "is of checkpoint step-000000006; expected step-000000012")]
    [InlineData("bound", "is of checkpoint step-000000006")]
    [InlineData("bound images", "was measured with other samples: their fingerprint is other")]
    [InlineData("bound K", "is of K = 9 and temperature 0.5; expected 7 and 0.5")]
    [InlineData("bound unknown", "'no_such_loss' is not one of SimCLR_loss, ")]
    [InlineData("collision", "is of checkpoint step-000000006")]
    [InlineData("collision images", "was measured with other samples")]
    [InlineData("run images", "was trained on other samples than")]
    [InlineData("settings", "was trained with other settings than the sweep's")]
    [InlineData("damaged", "does not hold an evaluation")]
    [InlineData("classes", "was measured with 5 classes")]
    public void WhatDoesNotBelongIsRefused(string what, string expected)
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        SweepRun run = sweep.Run("batch-00008-seed-11");
        const string other = "step-000000006";
        switch (what)
        {
            case "evaluation": sweep.WriteEvaluation(run, other); break;
            case "bound": sweep.WriteBound(run, other); break;
            case "bound images": sweep.WriteBound(run, fingerprint: "other"); break;
            case "bound K": sweep.WriteBound(run, negatives: 9); break;
            case "bound unknown":
                string bound = SweepFolder.BoundPath(sweep.PathOf(run.Name), SyntheticSweep.Checkpoint, run.BoundNegatives);
                File.WriteAllText(bound, File.ReadAllText(bound).Replace("\"jensen_loss\"", "\"no_such_loss\"", StringComparison.Ordinal));
                break;
            case "collision": sweep.WriteCollision(run, other); break;
            case "collision images": sweep.WriteCollision(run, fingerprint: "other"); break;
            case "run images":
                Directory.Delete(sweep.PathOf(run.Name), recursive: true);
                sweep.WriteRun(run, fingerprint: "other");
                break;
            case "settings":
                string config = sweep.PathOf(run.Name, "config.json");
                File.WriteAllText(config, File.ReadAllText(config).Replace("\"temperature\": 0.5", "\"temperature\": 0.25", StringComparison.Ordinal));
                break;
            case "damaged": File.WriteAllText(sweep.PathOf(run.Name, "eval", SyntheticSweep.Checkpoint + ".json"), "{ \"checkpoint\": "); break;
            default:
                string evaluation = sweep.PathOf(run.Name, "eval", SyntheticSweep.Checkpoint + ".json");
                File.WriteAllText(evaluation, File.ReadAllText(evaluation).Replace("\"classes\": 4", "\"classes\": 5", StringComparison.Ordinal));
                break;
        }

        Assert.Contains(expected, Refused(sweep.Folder), StringComparison.Ordinal);
    }

    [Fact]
    public void FeaturesOfOtherImagesAreRefused()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        sweep.WriteFeatures(sweep.Run("batch-00032-seed-7"), fingerprint: "other");
        Assert.Contains("other samples", Assert.Throws<BadDataException>(() => SweepReport.Write(sweep.Load(), ReportFormat.Html)).Message, StringComparison.Ordinal);
    }

    private static string Refused(string folder) => Assert.Throws<BadDataException>(() => SweepData.Load(folder)).Message;

    /// <summary>K is that of the loss that was trained: of a shard, of a queue, or drawn.</summary>
    [Theory]
    [InlineData(4, 0, 31, 63, "K + 1 = 32 (batch 128 in 4 shards)", "K + 1 (samples in one of 4 shards)")]
    [InlineData(1, 0, 127, 255, "K + 1 = 128", "K + 1 (samples in a batch)")]
    [InlineData(1, 512, 512, 512, "N = 128", "N (samples in a batch; K = 512 keys of a queue)")]
    public void KIsThatOfTheLoss(int shards, int queue, int first, int second, string name, string title)
    {
        TrainingSettings settings = new TrainingSettings { Loss = new() { Shards = shards, Queue = queue } }.Resolve("shapes");
        SweepManifest manifest = new(SweepManifest.CurrentFormat, SweepAxis.BatchSize, [128, 256], [7], settings, 100);
        SweepRun[] runs = [.. manifest.Runs];
        Assert.Equal([first, second], runs.Select(run => run.BoundNegatives));
        Assert.Equal("batch-00128-seed-7", runs[0].Name);
        CheckpointState state = new(CheckpointState.CurrentFormat, 1, 1, 1, 7, "images", null);
        SweepData data = new("sweep", manifest, [.. runs.Select(run => new RunData(run, "run", "step", state, null, [], null, null, null))], []);
        Assert.Equal(name, data.Name(128));
        Assert.Equal(title, data.AxisTitle);
        Assert.Equal(first + 1, data.Samples(128));
    }

    [Theory]
    [InlineData(0, 0, 1, 63)]
    [InlineData(0, 0, 4, 15)]
    [InlineData(7, 0, 4, 7)]
    [InlineData(0, 512, 1, 512)]
    [InlineData(31, 512, 1, 31)]
    public void KOfARunIsWhatItsLossTakes(int negatives, int queue, int shards, int expected) => Assert.Equal(
        expected, new TrainingSettings { Batch = new() { Size = 64 }, Loss = new() { Negatives = negatives, Queue = queue, Shards = shards } }.BoundNegatives);
}
