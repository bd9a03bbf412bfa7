using NegSamples.Cli;
using NegSamples.Report;
using NegSamples.Report.Comparison;
using NegSamples.Study.Comparison;
using NegSamples.Study.Foreign;
using NegSamples.Tests.Cli;
using NegSamples.Tests.Study.Foreign;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Report.Comparison;

/// <summary>The commands that a comparison lists, given to the program, make every file again that the comparison is of.</summary>
public class ComparedCommandTests
{
    [Fact]
    public async Task TheListedCommandsMeasureFilesThatLieElsewhereAgain()
    {
        using GivenFiles files = new();
        (ForeignPaths train, ForeignPaths test) = (files.Split("it's train", 60, 6, views: 1, seed: 1), files.Split("test", 30, 6, views: 1, seed: 2));
        (ForeignPaths trainViews, ForeignPaths testViews) = (files.Split("views of train", 60, 6, views: 2, seed: 3), files.Split("views of test", 30, 6, views: 4, seed: 4));
        string folder = Directory.CreateDirectory(files.PathOf("their features")).FullName;
        await Done("eval", [.. Inputs(train, test), "--normalised", "--linear-epochs", "2", "--seed", "5", "--output", Report("evaluation.json")]);
        await Done("bound", [.. Inputs(trainViews, testViews), "--negatives", "3,5", "--temperature", "0.5", "--passes", "2", "--output", Report("bound-k3.json")]);
        await Done("bound", [.. Inputs(trainViews, testViews), "--negatives", "7", "--temperature", "0.25", "--seed", "9", "--subclasses", "2", "--output", Report("bound-k7.json")]);
        await Done("collision", ["--features", trainViews.Features, "--labels", trainViews.Labels, "--temperature", "0.5", "--output", Report("collision.json")]);
        await AreMadeAgain([folder], Directory.GetFiles(folder));

        string Report(string name) => Path.Combine(folder, name);
    }

    [Fact]
    public async Task TheListedCommandsMeasureAFolderOfFeaturesAgain()
    {
        using GivenFiles files = new();
        string folder = Directory.CreateDirectory(files.PathOf("clip")).FullName;
        foreach (string view in new[] { "", "0.", "1." })
        {
            int seed = view.Length == 0 ? 1 : view[0];
            files.Split($"clip/a.feature.{view}train", 60, 6, views: 1, seed);
            files.Split($"clip/a.feature.{view}val", 30, 6, views: 1, seed + 100);
        }

        foreach (string split in new[] { "train", "val" }) File.Move(Path.Combine(folder, $"a.feature.{split}-labels.npy"), Path.Combine(folder, $"a.label.{split}.npy"));
        foreach (string rest in Directory.GetFiles(folder, "*-labels.npy")) File.Delete(rest);
        await Done("eval", ["--features", folder, "--linear-epochs", "2"]);
        await Done("bound", ["--features", folder, "--negatives", "3,5", "--temperature", "0.5", "--passes", "2"]);
        await Done("collision", ["--features", folder, "--temperature", "0.5"]);
        string[] reports = Directory.GetFiles(folder, "*.json");
        Assert.Equal(4, reports.Length);
        await AreMadeAgain([folder], reports);
    }

    [Fact]
    public async Task TheListedCommandsTrainAndMeasureARunAgain()
    {
        using TinyRun tiny = new();
        string run = tiny.Folder("a run");
        await Done("train", ["--data", "shapes", "--image-size", "8", "--batch-size", "250", "--dim", "8", "--steps", "2", "--threads", "1", "--output", run]);
        await Done("eval", [run, "--linear-epochs", "1"]);
        await Done("bound", [run, "--negatives", "3,5", "--augmentations", "2", "--passes", "1", "--seed", "8"]);
        await Done("collision", [run, "--seed", "9"]);
        await Done("features", [run]);
        string[] measured = [.. Directory.EnumerateFiles(run, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(Path.GetDirectoryName(path)!) is "eval" or "bound" or "collision")];
        Assert.True(measured.Length >= 4, string.Join('\n', measured));
        await AreMadeAgain([run], measured, () => Directory.Delete(run, recursive: true));
    }

    private static async Task AreMadeAgain(string[] folders, string[] reports, Action? remove = null)
    {
        IReadOnlyList<string> lines = Lines(folders);
        Dictionary<string, byte[]> before = reports.ToDictionary(path => path, File.ReadAllBytes);
        foreach (string report in reports) File.Delete(report);
        remove?.Invoke();
        foreach (string line in lines.SkipLast(1))
        {
            string[] words = ShellWords.Of(line);
            await Done(words[1], words[2..]);
        }

        Assert.All(before, pair => Assert.True(File.Exists(pair.Key) && pair.Value.AsSpan().SequenceEqual(File.ReadAllBytes(pair.Key)), $"{pair.Key}\n{string.Join('\n', lines)}"));
        Assert.Equal(lines, Lines(folders));
    }

    private static IReadOnlyList<string> Lines(string[] folders) => [.. ComparedCommands.Of(ComparedEntries.Load(folders), ReportFormat.Html, SettingNames.FlagOf)];

    private static string[] Inputs(ForeignPaths train, ForeignPaths test) =>
        ["--features", train.Features, "--labels", train.Labels, "--test-features", test.Features, "--test-labels", test.Labels];

    private static async Task Done(string verb, string[] arguments)
    {
        (int code, _, string error) = await Commands.Run([verb, .. arguments, "--device", "cpu"]);
        Assert.True(code == ExitCode.Ok, $"{verb} {string.Join(' ', arguments)}: {error}");
    }
}
