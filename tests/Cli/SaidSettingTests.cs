using NegSamples.Cli;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Cli;

/// <summary>What a user is told of settings and places that are not what they seem.</summary>
public sealed class SaidSettingTests : IDisposable
{
    private static readonly string[] Small = ["--batch-size", "8", "--image-size", "16", "--dim", "8", "--threads", "1", "--device", "cpu", "--precision", "fp32"];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task ASettingThatChangesNothingIsSaid()
    {
        (int code, _, string error) = await Commands.Run(["train", "--steps", "1", "--hardness", "3", "--quiet", "--output", folder.PathOf("run"), .. Small]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Equal("negsamples: warning: --hardness is 3, which changes nothing here: it is for --loss hard.", error.Trim());
    }

    [Theory]
    [InlineData("sweep --batch-sizes 1,8", "--batch-sizes is 1;")]
    [InlineData("sweep --temperatures 0.1,1e-9", "--temperatures is 1E-09;")]
    [InlineData("sweep --batch-sizes 8 --learning-rates 1e39", "--learning-rates is 1E+39;")]
    [InlineData("sweep --negatives 1 --batch-size 1", "--batch-size is 1;")]
    [InlineData("embed --onnx m --data d --output o --jitter 0.2", "--jitter has no meaning without --views.")]
    [InlineData("embed --onnx m --data d --output o --min-crop 0.2", "--min-crop has no meaning without --views.")]
    [InlineData("embed --onnx m --data d --output o --choose first", "--choose has no meaning without --limit or --test-limit.")]
    [InlineData("embed --onnx m --data d --output o --split test --limit 3", "--limit has no meaning with --split test.")]
    [InlineData("embed --onnx m --data d --output o --split train --test-limit 3", "--test-limit has no meaning with --split train.")]
    [InlineData("similarity --rows 4 --keys 8 --method materialised --spill 3", "--spill has no meaning with --method materialised")]
    [InlineData("train --loss cross-entropy --learn-temperature", "--learn-temperature is true;")]
    public async Task TheFlagThatWasGivenIsNamed(string line, string expected)
    {
        (int code, _, string error) = await Commands.Run(line.Split(' '));
        Assert.Equal(ExitCode.Usage, code);
        Assert.StartsWith("negsamples: " + expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhereTheDataOfARunAreNowIsAskedFor()
    {
        string run = folder.PathOf("my run");
        foreach (string name in new[] { "set/a/0.png", "set/a/1.png", "set/b/0.png", "set/b/1.png" }) folder.Write(name, TemporaryFolder.Png(8, 8, 1, 2, 3));
        (int code, string output, string error) = await Commands.Run(
            "train", "--data", folder.PathOf("set"), "--batch-size", "2", "--image-size", "8", "--dim", "4", "--steps", "1", "--threads", "1", "--device", "cpu", "--output", run);
        Assert.True(code == ExitCode.Ok, error);
        Directory.Move(folder.PathOf("set"), folder.PathOf("moved"));
        (code, _, error) = await Commands.Run("train", "--resume", run);
        Assert.Equal(ExitCode.BadData, code);
        Assert.Contains($"where the data of {run} are now, say with --data.", error, StringComparison.Ordinal);
        (code, output, error) = await Commands.Run("train", "--resume", run, "--data", folder.PathOf("moved"));
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains($"negsamples train --init '{run}' --steps MORE", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherPrecisionIsSaid()
    {
        using TinyRun tiny = new();
        tiny.Train("run", stopAfter: 2);
        string environment = Path.Combine(tiny.Folder("run"), "environment.json");
        File.WriteAllText(environment, File.ReadAllText(environment).Replace(", fp32\"", ", bf16\"", StringComparison.Ordinal));
        (_, _, string error) = await Commands.Run("train", "--resume", tiny.Folder("run"), "--threads", "1", "--device", "cpu", "--precision", "fp32");
        Assert.Contains("was begun in bf16 and goes on in fp32: the weights will be those of neither alone. --precision bf16 goes on as it began.", error, StringComparison.Ordinal);
    }
}
