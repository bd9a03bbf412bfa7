using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using NegSamples.Cli;
using NegSamples.Files;
using NegSamples.Report;
using NegSamples.Report.Comparison;
using NegSamples.Study.Comparison;
using NegSamples.Study.Foreign;
using NegSamples.Tests.Cli;
using NegSamples.Tests.Study.Foreign;
using NegSamples.Tests.Study.Sweep;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Report.Comparison;

public class ComparisonReportTests
{
    [Fact]
    public async Task ARunAndItsFeaturesSayTheSameOfTheEncoder()
    {
        using TinyRun tiny = new();
        string data = Pictures(tiny.Folder("set")), run = tiny.Folder("run"), given = tiny.Folder("given"), page = tiny.Folder("page.html");
        await Done("train", "--data", data, "--batch-size", "8", "--dim", "8", "--steps", "3", "--threads", "1", "--output", run);
        await Done("eval", run, "--linear-epochs", "2");
        await Done("features", run, "--output", given);
        Assert.Equal("test/a/00.png", JsonSerializer.Deserialize<string[]>(File.ReadAllText(Path.Combine(given, "files.val.json")))![0]);
        (int code, _, string error) = await Commands.Run("eval", "--features", given);
        Assert.Equal(ExitCode.BadData, code);
        Assert.Contains($"has features of encoder, head; name one of them: {given}:encoder", error, StringComparison.Ordinal);
        await Done("eval", "--features", given + ":encoder", "--linear-epochs", "2", "--device", "cpu");
        await Done("bound", "--features", given + ":encoder", "--negatives", "5,3", "--temperature", "0.5", "--passes", "1", "--device", "cpu");
        await Done("collision", "--features", given + ":encoder", "--temperature", "0.5", "--device", "cpu");

        (code, string output, error) = await Commands.Run("report", run, given + ":encoder", "--output", page);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("1 run and 1 set of features", output, StringComparison.Ordinal);
        Assert.Contains($"bounds not measured (negsamples bound {run})", error, StringComparison.Ordinal);
        string html = File.ReadAllText(page);
        SweepReportTests.CheckNesting(Regex.Replace(html, "<script>.*?</script>", "", RegexOptions.Singleline));
        JsonElement[] points = [.. JsonDocument.Parse(WebUtility.HtmlDecode(Regex.Match(html, "data-points=\"(.*?)\"").Groups[1].Value)).RootElement.EnumerateArray()];
        Assert.Equal(16, points.Length);
        Assert.Contains(points, point => point[2].GetString() == "test/b/03.png: b");
        Assert.DoesNotContain("--features FILE", html, StringComparison.Ordinal);

        // The encoder's features are the same numbers, whoever read them.
        string csv = ComparisonReport.Write(ComparedEntries.Load([run, given + ":encoder"]), ReportFormat.Csv);
        Dictionary<string, string> numbers = csv.Split('\n').Skip(1).Where(line => line.Length > 0).Select(line => line.Split(','))
            .ToDictionary(cells => $"{cells[0]} {cells[1]} {cells[2]}", cells => cells[3]);
        foreach (string quantity in new[] { "mean_top1_before_head", "linear_top1_before_head", "knn_top1_before_head", "rankme_before_head" })
            Assert.Equal(numbers[$"run  {quantity}"], numbers[$"given:encoder  {quantity}"]);
        Assert.Equal(["3", "5"], numbers.Keys.Select(key => key.Split(' ')).Where(key => key[^1] == "upsilon").Select(key => key[1]));
        Assert.True(double.Parse(numbers["given:encoder  collision_delta"], CultureInfo.InvariantCulture) > 0);

        string text = ComparisonReport.Write(ComparedEntries.Load([run, given + ":encoder"]), ReportFormat.Markdown, SettingNames.FlagOf);
        Assert.Contains($"negsamples eval {run} --linear-epochs 2", text, StringComparison.Ordinal);
        Assert.Contains($"negsamples eval --features {given}:encoder --linear-epochs 2", text, StringComparison.Ordinal);
        Assert.Contains($"negsamples bound --features {given}:encoder --temperature 0.5 --passes 1 --negatives 3,5", text, StringComparison.Ordinal);
        Assert.Contains("**K = 3**", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task FilesThatLieElsewhereAreReportedFromWhatWasWrittenOfThem()
    {
        using GivenFiles files = new();
        (ForeignPaths train, ForeignPaths test) = (files.Split("train", 60, 6, views: 1, seed: 1), files.Split("test", 30, 6, views: 1, seed: 2));
        string folder = Directory.CreateDirectory(files.PathOf("clip")).FullName;
        await Done(
            "eval", "--features", train.Features, "--labels", train.Labels, "--test-features", test.Features, "--test-labels", test.Labels, "--linear-epochs", "2",
            "--device", "cpu", "--output", Path.Combine(folder, "evaluation.json"));
        (int code, _, string error) = await Commands.Run("report", folder);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("--output " + Path.Combine(folder, "bound-k31.json"), error, StringComparison.Ordinal);
        string page = File.ReadAllText(Path.Combine(folder, "report.html"));
        Assert.Contains("What clip has learned", page, StringComparison.Ordinal);
        Assert.Contains("sample 0: class 0", page, StringComparison.Ordinal);
        File.Delete(test.Features);
        Assert.Null(ComparedEntries.Load([folder])[0].TestFeatures);
    }

    [Fact]
    public void RunsOfASweepAreAColumnEach()
    {
        using SyntheticSweep sweep = SyntheticSweep.Standard();
        IReadOnlyList<ComparedEntry> entries = ComparedEntries.Load([sweep.Folder]);
        Assert.Equal(5, entries.Count);
        Assert.Equal(5, entries.Select(entry => entry.Name).Distinct().Count());
        Assert.Throws<BadDataException>(() => ComparedEntries.Load([sweep.Folder, entries[0].Path]));
        string text = ComparisonReport.Write(entries, ReportFormat.Markdown);
        Assert.Contains("| batchSize | 8 | 16 | 32 | 8 | 16 |", text, StringComparison.Ordinal);
    }

    [Fact]
    public void NamesAreTheLastPartsThatTellPathsApart() =>
        Assert.Equal(["a/run", "b/run", "clip"], ComparedEntries.Names(["x/a/run", "x/b/run/", "y/clip"]));

    [Fact]
    public void WhatDoesNotCompareIsSaid()
    {
        ComparedEntry one = new("one", "one") { DataFingerprint = "a", Classes = 10, TestSamples = 1000, Chance = 0.1, Accuracies = [new("linear", false, 0.70, 0.9, null, null)] };
        ComparedEntry other = new("two", "two") { DataFingerprint = "b", Classes = 5, TestSamples = 1000, Chance = 0.2, Accuracies = [new("linear", false, 0.60, 0.9, null, null)] };
        IReadOnlyList<string> findings = ComparedFindings.Of([one, other]);
        Assert.Contains("different samples", findings[0], StringComparison.Ordinal);
        Assert.Contains("different sizes or classes", findings[1], StringComparison.Ordinal);

        // √(0.7·0.3/1000 + 0.6·0.4/1000) = 0.0212.
        Assert.Contains("The difference is 10.0 points, more than twice the standard error of so many test samples (2.1)", findings[2], StringComparison.Ordinal);
        Assert.DoesNotContain(ComparedFindings.Of([one, other with { DataFingerprint = "a", Classes = 10 }]), line => line.Contains("different", StringComparison.Ordinal));
    }

    private static async Task Done(params string[] arguments)
    {
        (int code, _, string error) = await Commands.Run(arguments);
        Assert.True(code == ExitCode.Ok, error);
    }

    /// <summary>Two classes of small pictures in both splits.</summary>
    private static string Pictures(string folder)
    {
        foreach (string split in new[] { "train", "test" })
        {
            foreach (string name in new[] { "a", "b" })
            {
                Directory.CreateDirectory(Path.Combine(folder, split, name));
                for (int i = 0; i < 8; i++)
                    File.WriteAllBytes(Path.Combine(folder, split, name, $"{i:d2}.png"), TemporaryFolder.Png(8, 8, (byte)(i * 20), (byte)(name == "a" ? 200 : 10), (byte)i));
            }
        }

        return folder;
    }
}
