using System.Text.Json.Nodes;
using NegSamples.Cli;
using NegSamples.Files;
using NegSamples.Study.Sweep;
using NegSamples.Tests.Training;
using NegSamples.Training;
using NegSamples.Training.Evaluation;

namespace NegSamples.Tests.Cli;

public class SweepCommandTests
{
    private static readonly string[] Small = ["--epochs", "2", "--dim", "8", "--linear-epochs", "1", "--threads", "1"];

    [Theory]
    [InlineData("sweep", "Give either --batch-sizes", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --negatives 2", "Give either --batch-sizes", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4,1", "--batch-sizes is 1; expected at least 2", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --seeds 3,3", "names a seed twice", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --batch-size 8", "--batch-size has no meaning with --batch-sizes", ExitCode.Usage)]
    [InlineData("sweep --negatives 7 --batch-size 4", "--negatives is 7; expected 0 (all) to 6", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --seeds x", "--seeds is x", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --linear-epochs 0", "--linear-epochs is 0", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --data nowhere", "nowhere does not exist", ExitCode.BadData)]
    [InlineData("sweep --batch-sizes 4,2000", "K = 1999 negatives has 2000 samples; shapes test has only", ExitCode.BadData)]
    [InlineData("sweep --temperatures 0.5 --batch-sizes 4", "Give either --batch-sizes", ExitCode.Usage)]
    [InlineData("sweep --temperatures 0.5,0.5", "--temperatures is 0.5,0.5, which names a number twice", ExitCode.Usage)]
    [InlineData("sweep --temperatures 0.1 --temperature 0.2", "--temperature has no meaning", ExitCode.Usage)]
    [InlineData("sweep --losses nt-xent,other", "--losses is nt-xent,other; expected some of nt-xent", ExitCode.Usage)]
    [InlineData("sweep --losses nt-xent --negatives 2,3", "--negatives is 2,3; expected one number", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --learning-rates 0,1", "--learning-rates is 0,1; expected numbers above 0", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --learning-rates 1,2 --learning-rate 1", "--learning-rate has no meaning", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --learning-rates 1,2 --validation-share 0", "--validation-share is 0; expected a share above 0", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --learning-rates 1,2 --validation-share 0.0001", "--validation-share is 0.0001; expected a share of which some", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --steps 5 --epochs 2", "--epochs and --steps both give the length", ExitCode.Usage)]
    [InlineData("sweep --resume nowhere --epochs 5", "--epochs cannot be changed with --resume", ExitCode.Usage)]
    [InlineData("sweep --resume nowhere --learning-rates 5", "--learning-rates cannot be changed with --resume", ExitCode.Usage)]
    [InlineData("sweep --resume nowhere", "nowhere is not a sweep", ExitCode.BadData)]
    [InlineData("sweep --resume nowhere --seeds 7", "--seeds cannot be changed with --resume", ExitCode.Usage)]
    public async Task BadInputIsNamedAndLeavesNothing(string arguments, string expected, int code)
    {
        using TinyRun tiny = new();
        string sweep = tiny.Folder("sweep");
        string[] words = arguments.Split(' ');
        (int exit, _, string error) = await Commands.Run(words.Contains("--resume") ? words : [.. words, "--output", sweep]);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Equal(code, exit);
        Assert.False(Directory.Exists(sweep));
    }

    [Fact]
    public async Task ASweepGoesOnWhereItWasKilledAndKeepsWhatIsFinished()
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 20), whole = tiny.Folder("whole"), torn = tiny.Folder("torn");
        (int code, _, string error) = await Commands.Run(["sweep", "--data", data, "--batch-sizes", "12,16", "--seeds", "3,5", "--output", whole, .. Small]);
        Assert.True(code == ExitCode.Ok, error);
        SweepManifest manifest = SweepFolder.ReadManifest(whole);
        Assert.Equal([(12, 3ul), (16, 3ul), (12, 5ul), (16, 5ul)], manifest.Runs.Select(run => (run.Value, run.Seed)));
        Assert.Equal([11, 15], manifest.Runs.Take(2).Select(run => run.BoundNegatives));

        // The state that a killed process leaves: one run finished, one without its evaluation, one in the middle of training, one begun without its settings.
        CopyFolder(whole, torn);
        string[] runs = [.. manifest.Runs.Select(run => SweepFolder.RunPath(torn, run))];
        string kept = Directory.GetFiles(RunFolder.EvaluationsOf(runs[0])).Single();
        DateTime written = File.GetLastWriteTimeUtc(kept);
        Directory.Delete(RunFolder.EvaluationsOf(runs[1]), recursive: true);
        string[] checkpoints = [.. Directory.GetDirectories(RunFolder.CheckpointsOf(runs[2])).Order(StringComparer.Ordinal)];
        Assert.Equal(2, checkpoints.Length);
        Directory.Delete(checkpoints[1], recursive: true);
        Directory.Delete(RunFolder.EvaluationsOf(runs[2]), recursive: true);
        Directory.Delete(runs[3], recursive: true);
        Directory.CreateDirectory(runs[3]);
        File.WriteAllText(Path.Combine(runs[3], ".lock"), "");

        (code, _, error) = await Commands.Run("sweep", "--resume", torn);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Equal(written, File.GetLastWriteTimeUtc(kept));
        foreach (SweepRun run in manifest.Runs)
        {
            string first = SweepFolder.RunPath(whole, run), second = SweepFolder.RunPath(torn, run), checkpoint = SweepFolder.FinishedCheckpoint(first)!;
            Assert.Equal(checkpoint, SweepFolder.FinishedCheckpoint(second));
            string weights = Path.Combine("checkpoints", checkpoint, "model.safetensors");
            Assert.Equal(File.ReadAllBytes(Path.Combine(first, weights)), File.ReadAllBytes(Path.Combine(second, weights)));
            Assert.Equal(Evaluator.ReadReport(first, checkpoint)!.Rows, Evaluator.ReadReport(second, checkpoint)!.Rows);
        }
    }

    [Fact]
    public async Task NegativesOfAFileAreNotIgnored()
    {
        using TinyRun tiny = new();
        File.WriteAllText(tiny.Folder("settings.json"), """{"negatives": 2, "epochs": 1}""");
        (int code, _, string error) = await Commands.Run("sweep", "--config", tiny.Folder("settings.json"), "--batch-sizes", "4,8", "--output", tiny.Folder("sweep"));
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("settings.json: negatives is 2, which has no meaning with --batch-sizes", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(tiny.Folder("sweep")));
    }

    [Fact]
    public async Task NegativesVaryAtOneBatchSize()
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 20), sweep = tiny.Folder("sweep");
        (int code, string output, string error) = await Commands.Run(["sweep", "--data", data, "--negatives", "11,19", "--batch-size", "16", "--output", sweep, .. Small]);
        Assert.True(code == ExitCode.Ok, error);
        Assert.DoesNotContain("Nothing is left to train", output, StringComparison.Ordinal);
        (code, output, error) = await Commands.Run("sweep", "--resume", sweep);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("Nothing is left to train", output, StringComparison.Ordinal);
        SweepRun[] runs = [.. SweepFolder.ReadManifest(sweep).Runs];
        Assert.Equal([(16, 11, 11), (16, 19, 19)], runs.Select(run => (run.Settings.Batch.Size, run.Settings.Loss.Negatives, run.BoundNegatives)));
        Assert.All(runs, run => Assert.Equal(run.Settings, RunFolder.ReadSettings(SweepFolder.RunPath(sweep, run))));

        (code, _, error) = await Commands.Run(["sweep", "--data", data, "--negatives", "11", "--batch-size", "16", "--output", sweep, .. Small]);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains($"continue it with --resume {sweep}", error, StringComparison.Ordinal);

        // A run of another sweep in its place is refused, not continued.
        string path = SweepFolder.RunPath(sweep, runs[0]);
        Directory.Delete(path, recursive: true);
        CopyFolder(SweepFolder.RunPath(sweep, runs[1]), path);
        Directory.Delete(RunFolder.CheckpointsOf(path), recursive: true);
        (code, _, error) = await Commands.Run("sweep", "--resume", sweep);
        Assert.Equal(ExitCode.BadData, code);
        Assert.Contains("was trained with other settings than the sweep's", error, StringComparison.Ordinal);
    }

    /// <summary>A supervised run has a logit for each class whatever D its neighbours have, and every value of the first seed has its features drawn.</summary>
    [Fact]
    public async Task CrossEntropyStandsAmongTheLosses()
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 20), sweep = tiny.Folder("sweep");
        (int code, _, string error) = await Commands.Run(["sweep", "--data", data, "--losses", "nt-xent,cross-entropy", "--batch-size", "16", "--output", sweep, .. Small]);
        Assert.True(code == ExitCode.Ok, error);
        SweepRun[] runs = [.. SweepFolder.ReadManifest(sweep).Runs];
        Assert.Equal([8, 10], runs.Select(run => run.Settings.Encoder.EmbeddingDimension));
        foreach (SweepRun run in runs)
        {
            string path = SweepFolder.RunPath(sweep, run), features = SweepFolder.TestFeaturesPath(path, SweepFolder.FinishedCheckpoint(path)!);
            Assert.Equal(["encoder.feature.val.npy", "encoder.label.val.npy", "features.json", "head.feature.val.npy", "head.label.val.npy"],
                Directory.GetFiles(features).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.Equal(run.Settings.Encoder.EmbeddingDimension, Npy.ReadFloats(Path.Combine(features, "head.feature.val.npy")).Shape[1]);
        }

        (code, _, error) = await Commands.Run("sweep", "--data", data, "--batch-sizes", "16", "--loss", "cross-entropy", "--dim", "8", "--output", tiny.Folder("other"));
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("--dim is 8; expected 10 with --loss cross-entropy", error, StringComparison.Ordinal);
    }

    [Fact]
    public void ASweepOfAnEarlierVersionHasTheDefaultsOfLaterKeys()
    {
        using TinyRun tiny = new();
        string sweep = tiny.Folder("sweep");
        SweepManifest manifest = new(SweepManifest.CurrentFormat, SweepAxis.Negatives, [2, 4], [7], TinyRun.Settings, 3);
        SweepFolder.Create(sweep, manifest);
        JsonNode json = JsonNode.Parse(File.ReadAllText(SweepFolder.ManifestPath(sweep)))!;
        JsonObject settings = json["settings"]!.AsObject();
        Assert.True(settings.Remove("shards") && settings.Remove("keyMomentum") && settings.Remove("positivePrior"));
        json["format"] = SweepManifest.FirstFormat;
        File.WriteAllText(SweepFolder.ManifestPath(sweep), json.ToJsonString());
        Assert.Equal(manifest.Settings, SweepFolder.ReadManifest(sweep).Settings);
        File.WriteAllText(SweepFolder.ManifestPath(sweep), "{ \"format\": 1, ");
        Assert.Contains("does not hold a sweep", Assert.Throws<BadDataException>(() => SweepFolder.ReadManifest(sweep)).Message, StringComparison.Ordinal);
    }

    /// <summary>Of two rates the one that is better on the held-out part is kept and measured; what is there already is not done again.</summary>
    [Fact]
    public async Task EachValueKeepsTheRateThatIsBestOnTheHeldOutPart()
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 20), sweep = tiny.Folder("sweep");
        string[] small = ["--data", data, "--batch-size", "16", "--steps", "3", "--dim", "8", "--linear-epochs", "1", "--threads", "1", "--validation-share", "0.2"];
        (int code, _, string error) = await Commands.Run(["sweep", "--temperatures", "0.5,0.2", "--learning-rates", "2,0.5", "--output", sweep, .. small]);
        Assert.True(code == ExitCode.Ok, error);
        SweepManifest manifest = SweepFolder.ReadManifest(sweep);
        Assert.Equal(["temperature-0.2-rate-0.5-seed-7", "temperature-0.2-rate-2-seed-7", "temperature-0.5-rate-0.5-seed-7", "temperature-0.5-rate-2-seed-7"], manifest.Runs.Select(run => run.Name));
        SweepData all = SweepData.Load(sweep);
        Assert.Equal((2, 2), (all.Runs.Count, all.Choices.Count));
        foreach (RateChoice choice in all.Choices)
        {
            Assert.True(choice.IsAtEdge); // two rates are nothing but edges
            Assert.All(choice.Grid, rate => Assert.Equal((20, 80), (rate.Report.HeldOutImages, rate.Report.TrainImages)));
            Assert.Equal(choice.Grid.Max(rate => rate.Report.Top1), choice.Grid.Single(rate => rate.Run == choice.Chosen).Report.Top1);
            foreach (RateResult rate in choice.Grid)
            {
                string run = SweepFolder.RunPath(sweep, rate.Run);
                Assert.Equal(rate.Run == choice.Chosen, Directory.Exists(RunFolder.EvaluationsOf(run)));
                Assert.Equal(3, MetricsLog.Read(RunFolder.MetricsOf(run)).Count);
            }
        }

        string report = File.ReadAllText(Path.Combine(sweep, "report.html"));
        Assert.Contains("kept, at the edge", report, StringComparison.Ordinal);
        Assert.Contains("Updates of the weights", report, StringComparison.Ordinal);

        // Killed after the training of the last run; a rate that diverged is not trained again and not chosen.
        string last = SweepFolder.RunPath(sweep, manifest.Runs.Last()), validation = SweepFolder.ValidationPath(last), text = File.ReadAllText(validation);
        File.Delete(validation);
        Assert.Contains("temperature-0.5-rate-2-seed-7: not measured on the held-out part", SweepData.Load(sweep).Missing);
        (code, _, error) = await Commands.Run("sweep", "--resume", sweep);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Equal(text, File.ReadAllText(validation));
        JsonNode diverged = JsonNode.Parse(text)!;
        (diverged["top1"], diverged["checkpoint"], diverged["diverged"]) = (null, null, "The loss of step 2 is NaN.");
        File.WriteAllText(validation, diverged.ToJsonString());
        Assert.Equal(0.5, SweepData.Load(sweep).Choices[1].Chosen.Rate);
    }

    [Fact]
    public async Task LossesVaryAtOneK()
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 20), sweep = tiny.Folder("sweep");
        (int code, string output, string error) = await Commands.Run(["sweep", "--data", data, "--losses", "nt-xent,supcon", "--batch-size", "16", "--output", sweep, .. Small]);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Equal(["loss-nt-xent-seed-7", "loss-supcon-seed-7"], SweepFolder.ReadManifest(sweep).Runs.Select(run => run.Name));
        Assert.Contains("supcon", output, StringComparison.Ordinal);
        Assert.Contains("loss = supcon", File.ReadAllText(Path.Combine(sweep, "report.html")), StringComparison.Ordinal);
    }

    private static void CopyFolder(string from, string to)
    {
        foreach (string file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            string target = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
    }
}
