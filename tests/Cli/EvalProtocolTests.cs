using System.Text.Json;
using NegSamples.Cli;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Cli;

public class EvalProtocolTests
{
    [Fact]
    public async Task ThePapersProtocolSaysWhatItTakesAndLeavesThePlainNumbers()
    {
        using TinyRun tiny = new();
        string path = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 60), run = tiny.Folder("run");
        (int code, _, string error) = await Commands.Run("train", "--data", path, "--epochs", "1", "--batch-size", "32", "--dim", "8", "--image-size", "8", "--device", "cpu", "--output", run);
        Assert.True(code == ExitCode.Ok, error);
        string[] eval = ["eval", run, "--linear-epochs", "2", "--device", "cpu"];
        Assert.Equal(ExitCode.Ok, (await Commands.Run(eval)).Code);
        string plain = Assert.Single(Directory.GetFiles(Path.Combine(run, "eval"))), before = File.ReadAllText(plain);

        (code, string output, error) = await Commands.Run([.. eval, "--protocol", "paper"]);
        Assert.True(code == ExitCode.Ok, error);

        // Both encoders: 300 + 60; 30 held-out images; 270 in each of two epochs.
        Assert.Contains("embeds 1,290 samples, 4.3 times as many", output, StringComparison.Ordinal);
        foreach (string words in new[] { "linear, last epoch", "linear, best by held-out", "linear, best test epoch (optimistic)", "30 held-out training samples" }) Assert.Contains(words, output, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllText(plain));
        Assert.Equal([plain, plain.Replace(".json", "-paper.json", StringComparison.Ordinal)], Directory.GetFiles(Path.Combine(run, "eval")).OrderBy(file => file.Length));

        (code, output, _) = await Commands.Run([.. eval, "--protocol", "paper", "--json"]);
        Assert.Equal(ExitCode.Ok, code);
        JsonElement[] rows = [.. JsonDocument.Parse(output).RootElement.GetProperty("rows").EnumerateArray()];
        Assert.Equal(["last", "held-out", "test", "last", "held-out", "test"], rows.Where(row => row.TryGetProperty("selection", out _)).Select(row => row.GetProperty("selection").GetString()));
        Assert.All(rows, row => Assert.Equal("paper", row.GetProperty("protocolName").GetString()));

        (code, string again, _) = await Commands.Run([.. eval, "--protocol", "plain", "--json"]);
        Assert.Equal((ExitCode.Ok, before), (code, again.TrimEnd('\n')));
    }

    [Fact]
    public async Task AnotherProtocolIsRefused()
    {
        (int code, _, string error) = await Commands.Run("eval", "run", "--protocol", "papr");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("--protocol is papr; expected one of plain, paper.", error, StringComparison.Ordinal);
    }
}
