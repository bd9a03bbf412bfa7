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
    [InlineData("sweep --batch-sizes 4,1", "--batch-size is 1; expected at least 2", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --seeds 3,3", "names a seed twice", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --batch-size 8", "--batch-size has no meaning with --batch-sizes", ExitCode.Usage)]
    [InlineData("sweep --negatives 7 --batch-size 4", "--negatives is 7; expected 0 (all) to 6", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --seeds x", "--seeds is x", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --linear-epochs 0", "--linear-epochs is 0", ExitCode.Usage)]
    [InlineData("sweep --batch-sizes 4 --data nowhere", "nowhere does not exist", ExitCode.BadData)]
    [InlineData("sweep --batch-sizes 4,2000", "K = 1999 negatives has 2000 samples; shapes test has only", ExitCode.BadData)]
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
        (int code, _, string error) = await Commands.Run(["sweep", "--data", data, "--negatives", "11,19", "--batch-size", "16", "--output", sweep, .. Small]);
        Assert.True(code == ExitCode.Ok, error);
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
        File.WriteAllText(SweepFolder.ManifestPath(sweep), json.ToJsonString());
        Assert.Equal(manifest.Settings, SweepFolder.ReadManifest(sweep).Settings);
        File.WriteAllText(SweepFolder.ManifestPath(sweep), "{ \"format\": 1, ");
        Assert.Contains("does not hold a sweep", Assert.Throws<BadDataException>(() => SweepFolder.ReadManifest(sweep)).Message, StringComparison.Ordinal);
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
