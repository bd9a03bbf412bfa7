using NegSamples.Cli;
using NegSamples.Tests.Training;

namespace NegSamples.Tests.Cli;

/// <summary>No command writes over what it reads, nor two things into one file.</summary>
public sealed class OutputGuardTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public OutputGuardTests()
    {
        folder.Write("f.npy", [1, 2, 3]);
        folder.Write("l.npy", [4]);
        folder.Write("set/train/a/0.png", TemporaryFolder.Png(8, 8, 1, 2, 3));
        folder.Write("run/config.json", "{}"u8.ToArray());
        folder.Write("run/metrics.jsonl", "{}"u8.ToArray());
        folder.Write("run/checkpoints/step-000000001/model.safetensors", [5]);
        folder.Write("features/x.feature.train.npy", [6]);
        folder.Write("counts.svg", "1\n2\n"u8.ToArray());
        folder.Write("g/dq.npy", [7]);
        File.CreateSymbolicLink(folder.PathOf("link.json"), folder.PathOf("f.npy"));
    }

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("eval --features F/f.npy --labels F/l.npy --test-features F/f.npy --test-labels F/l.npy --output F/f.npy", "--features reads")]
    [InlineData("eval --features F/f.npy --labels F/l.npy --test-features F/f.npy --test-labels F/l.npy --output F/set/../f.npy", "--features reads")]
    [InlineData("eval --features F/f.npy --labels F/l.npy --test-features F/f.npy --test-labels F/l.npy -o F/link.json", "--features reads")]
    [InlineData("bound --features F/l.npy,F/f.npy:x --labels F/l.npy --test-features F/l.npy --test-labels F/l.npy --output F/f.npy", "--features reads")]
    [InlineData("collision --features F/features --temperature 1 --output F/features/x.feature.train.npy", "--features reads")]
    [InlineData("views --data F/set --output F/set/train/a/0.png", "--data reads")]
    [InlineData("export F/run --onnx F/run/config.json", "the command reads")]
    [InlineData("export F/run --safetensors F/run/checkpoints/step-000000001/model.safetensors", "the command reads")]
    [InlineData("export F/run --onnx F/x --safetensors F/x", "expected two files")]
    [InlineData("report F/run --format csv --output F/run/metrics.jsonl", "the command reads")]
    [InlineData("report F/run --output -", "is -; expected a path")]
    [InlineData("similarity --queries F/g/dq.npy --keys F/f.npy --output F/g", "--queries reads")]
    [InlineData("coupon --class-counts F/counts.svg --draws 4 --plot F/counts.svg", "--class-counts reads")]
    [InlineData("train --config F/f.npy --output F/f.npy", "--config reads")]
    public async Task WhatIsReadStays(string line, string expected)
    {
        string[] files = Directory.GetFiles(folder.Root, "*", SearchOption.AllDirectories);
        string[] before = [.. files.Select(Contents)];
        (int code, _, string error) = await Commands.Run([.. line.Replace("F/", folder.Root + "/", StringComparison.Ordinal).Split(' ')]);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Equal(files.Order(), Directory.GetFiles(folder.Root, "*", SearchOption.AllDirectories).Order());
        Assert.Equal(before, files.Select(Contents));
    }

    [Fact]
    public async Task ResultsAreMadeAnewInTheFolderOfTheirRun()
    {
        using TinyRun tiny = new();
        tiny.Train("run");
        string run = tiny.Folder("run");
        foreach (string line in (string[])["report F --output F/report.html", "report F --format csv --output F/summary.json", "export F --safetensors F/weights.safetensors"])
        {
            for (int time = 0; time < 2; time++)
            {
                (int code, _, string error) = await Commands.Run([.. line.Split(' ').Select(word => word.Replace("F", run, StringComparison.Ordinal))]);
                Assert.True(code == ExitCode.Ok, error);
            }
        }
    }

    [Fact]
    public async Task APathMayBeginWithAnAt()
    {
        folder.Write("@words", "--classes"u8.ToArray());
        (int code, _, string error) = await Commands.Run("coupon", "--class-counts", "@words", "--draws", "4");
        Assert.Equal(ExitCode.BadData, code);
        Assert.Contains("@words", error, StringComparison.Ordinal);
    }

    private static string Contents(string file) => Convert.ToHexString(File.ReadAllBytes(file));
}
