using System.Text.Json;
using NegSamples.Cli;
using NegSamples.Study.Foreign;
using NegSamples.Tests.Study.Foreign;

namespace NegSamples.Tests.Cli;

public class ForeignCommandTests
{
    [Theory]
    [InlineData("eval run --features f.npy", "RUN and --features are both given; expected one of them.")]
    [InlineData("eval run --test-labels l.npy", "RUN and --features are both given")]
    [InlineData("eval --features f.npy", "--labels, --test-features, --test-labels are missing; expected --features, --labels, --test-features, --test-labels.")]
    [InlineData("eval --test-features f.npy --labels l.npy --features g.npy", "--test-labels is missing")]
    [InlineData("eval run --normalised", "--normalised needs --features")]
    [InlineData("eval run --output report.json", "--output needs --features")]
    [InlineData("eval --features f.npy --protocol paper", "--protocol has no meaning with --features")]
    [InlineData("eval --features f.npy --data shapes", "--data has no meaning with --features")]
    [InlineData("eval --features f --labels l --test-features t --test-labels m --output /dev/null/report.json", "which cannot be written")]
    [InlineData("bound", "RUN is missing; expected a run folder, or features of your own by --features.")]
    [InlineData("bound run --temperature 0.5", "--temperature needs --features")]
    [InlineData("bound --features f.npy --temperature 0.5", "--negatives is missing")]
    [InlineData("bound --features f.npy --negatives 3", "--temperature is missing")]
    [InlineData("bound --features f.npy --augmentations 2", "--augmentations has no meaning with --features")]
    [InlineData("collision run --temperature 0.5", "--temperature needs --features")]
    [InlineData("collision --features f.npy --labels l.npy", "--temperature is missing")]
    [InlineData("collision --features f.npy --temperature 0.5", "--labels is missing; expected --features, --labels.")]
    [InlineData("collision --features f.npy --labels l.npy --temperature 0.5 --seed 3", "--seed has no meaning with --features")]
    public async Task MissingAndContradictingFlagsAreNamed(string arguments, string words)
    {
        (int code, string output, string error) = await Commands.Run(arguments.Split(' '));
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.Equal((ExitCode.Usage, ""), (code, output));
    }

    [Fact]
    public async Task FeaturesAreMeasuredWithoutARun()
    {
        using GivenFiles files = new();
        ForeignPaths train = files.Split("train", 60, 6, views: 1, seed: 1), test = files.Split("test", 30, 6, views: 1, seed: 2);
        string[] pair = ["--features", train.Features, "--labels", train.Labels, "--test-features", test.Features, "--test-labels", test.Labels, "--device", "cpu"];
        string report = files.PathOf("report.json");
        (int code, string output, string error) = await Commands.Run(["eval", .. pair, "--linear-epochs", "3", "--output", report]);
        Assert.True(code == ExitCode.Ok, error);
        foreach (string words in new[] { "Features as given, 6 a sample", "mean", "linear", "knn", "rankme", "Not measured: the same encoder at initialisation" })
            Assert.Contains(words, output, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("note: " + train.Features + ": rows have lengths from", error, StringComparison.Ordinal);
        Assert.Contains("(--normalised scales them for all)", error, StringComparison.Ordinal);
        (code, output, _) = await Commands.Run(["eval", .. pair, "--linear-epochs", "3", "--json"]);
        Assert.Equal((ExitCode.Ok, File.ReadAllText(report)), (code, output.TrimEnd('\n')));
        JsonElement[] rows = [.. JsonDocument.Parse(output).RootElement.GetProperty("rows").EnumerateArray()];
        Assert.Equal(["mean", "linear", "knn"], rows.Select(row => row.GetProperty("classifier").GetString()));
        Assert.All(rows, row => Assert.InRange(row.GetProperty("top1").GetDouble(), 0.8, 1));

        (code, _, error) = await Commands.Run(["eval", "--features", train.Labels, "--labels", train.Features, .. pair[4..]]);
        Assert.Equal(ExitCode.BadData, code);
        Assert.Contains("Are --features and --labels exchanged?", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ViewsAreHeldAgainstTheTheoryWithoutARun()
    {
        using GivenFiles files = new();
        ForeignPaths train = files.Split("train", 60, 6, views: 2, seed: 1), test = files.Split("test", 30, 6, views: 4, seed: 2);
        string[] pair = ["--features", train.Features, "--labels", train.Labels, "--test-features", test.Features, "--test-labels", test.Labels, "--device", "cpu"];
        (int code, string output, string error) = await Commands.Run(["bound", .. pair, "--negatives", "5,11", "--temperature", "0.5", "--passes", "2"]);
        Assert.True(code == ExitCode.Ok, error);
        foreach (string words in new[] { "features as given on ", "K = 11, t = 0.5, 3 classes", "60 training samples, 2 views of each", "coupon-collector-block" })
            Assert.Contains(words, output, StringComparison.Ordinal);
        Assert.Contains("they are scaled to unit length", error, StringComparison.Ordinal);
        (code, output, _) = await Commands.Run(["bound", .. pair, "--negatives", "5", "--temperature", "0.5", "--json", "--output", files.PathOf("bound.json")]);
        Assert.Equal((ExitCode.Ok, File.ReadAllText(files.PathOf("bound.json"))), (code, output.TrimEnd('\n')));
        Assert.Equal(4, JsonDocument.Parse(output).RootElement[0].GetProperty("augmentations").GetInt32());

        (code, output, error) = await Commands.Run("collision", "--features", train.Features, "--labels", train.Labels, "--temperature", "0.5", "--device", "cpu");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("bound, m = 8", output, StringComparison.Ordinal);
        (code, _, error) = await Commands.Run(["bound", .. pair, "--negatives", "30", "--temperature", "0.5"]);
        Assert.Equal(ExitCode.BadData, code);
        Assert.Contains("Choose --negatives up to 29.", error, StringComparison.Ordinal);
        (code, _, error) = await Commands.Run(["bound", .. pair, "--negatives", "3", "--temperature", "-1"]);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("--temperature is -1; expected a number above 0, 1e-30 to 1e30.", error, StringComparison.Ordinal);
    }
}
