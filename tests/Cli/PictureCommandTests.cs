using NegSamples.Augment.Decoding;
using NegSamples.Cli;
using NegSamples.Tests.Training;
using NegSamples.Training;

namespace NegSamples.Tests.Cli;

/// <summary>The verbs that draw images: <c>views</c>, and <c>neighbours</c> of a run.</summary>
public class PictureCommandTests
{
    [Fact]
    public async Task ViewsAndNeighboursAreDrawn()
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 8), run = tiny.Folder("run"), sheet = tiny.Folder("sheet.png");
        string output = await Done("views", "--data", data, "--count", "3", "--views", "4", "--output", sheet);
        int third = ImageChoice.Places(40, 3, 7)[2];
        string[] names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse"]; // labels 0 to 7 in each of five files
        Assert.Contains($"row 3: image {third} ({names[third % 8]})", output, StringComparison.Ordinal);
        Assert.Equal(((3 * 100) + 4, (5 * 100) + 4 + 16), Size(sheet));

        await Done("train", "--data", data, "--batch-size", "8", "--dim", "8", "--steps", "2", "--threads", "1", "--output", run);
        output = await Done("neighbours", run, "--count", "2", "--nearest", "3");
        Assert.Matches(@"row 2: image \d \(\w+\): image \d \(\w+\) [01]\.\d{3}, ", output);
        Assert.Equal(((2 * 100) + 4, (4 * 100) + 4 + 16), Size(Path.Combine(run, "neighbours.png")));
    }

    [Fact]
    public async Task ABadPictureIsNamedAndCanBeLeftOut()
    {
        using TemporaryFolder folder = new();
        for (int i = 0; i < 4; i++) folder.Write($"set/bee/{i}.png", TemporaryFolder.Png(8, 8, (byte)(40 * i), 90, 20));
        folder.Write("set/bee/bad.png", [1, 2, 3]);
        string[] line = ["views", "--data", folder.PathOf("set"), "--count", "4", "--output", folder.PathOf("views.png")];
        (int code, _, string error) = await Commands.Run(line);
        Assert.Equal(ExitCode.BadData, code);
        Assert.Contains("leave them out: --skip-bad 1", error, StringComparison.Ordinal);
        await Done([.. line, "--skip-bad", "1"]);
        Assert.True(File.Exists(folder.PathOf("views.png")));
    }

    [Theory]
    [InlineData("views --count 0", "--count is 0; expected at least 1")]
    [InlineData("views --output views.jpg", "expected a file that ends in .png")]
    [InlineData("views --output /dev/null/views.png", "which cannot be written")]
    [InlineData("views --jitter 0,5", "--jitter")]
    [InlineData("neighbours words.vec --output near.tsv", "--data is missing")]
    [InlineData("neighbours words.vec --data shapes", "--output is missing")]
    public async Task WhatCannotBeDrawnIsNamed(string arguments, string words)
    {
        (int code, _, string error) = await Commands.Run(arguments.Split(' '));
        Assert.Contains(words, error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, code);
    }

    private static async Task<string> Done(params string[] arguments)
    {
        (int code, string output, string error) = await Commands.Run(arguments);
        Assert.True(code == ExitCode.Ok, error);
        return output;
    }

    private static (int Height, int Width) Size(string path)
    {
        byte[] pixels = [];
        return new ImageSharpDecoder().Decode(File.ReadAllBytes(path), path, ref pixels);
    }
}
