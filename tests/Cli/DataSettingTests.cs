using NegSamples.Cli;
using NegSamples.Tests.Training;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.PixelFormats;

namespace NegSamples.Tests.Cli;

/// <summary>What a run does with the settings of its data, from its start to its evaluation.</summary>
public sealed class DataSettingTests : IDisposable
{
    private static readonly string[] Small = ["--batch-size", "4", "--image-size", "16", "--dim", "8", "--threads", "1", "--device", "cpu", "--epochs", "1"];

    private readonly TemporaryFolder folder = new();

    private string Run => folder.PathOf("run");

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task AHeldOutSplitIsEvaluated()
    {
        Write();
        (int code, _, string error) = await Commands.Run(["train", "--data", folder.PathOf("set"), "--output", Run, .. Small]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("--test-share 0.1 holds out", error, StringComparison.Ordinal);
        (code, _, error) = await Commands.Run("eval", Run);
        Assert.Equal(ExitCode.BadData, code);
        Assert.Contains("--test-share", error, StringComparison.Ordinal);
        Directory.Delete(Run, recursive: true);

        (code, _, error) = await Commands.Run(["train", "--data", folder.PathOf("set"), "--output", Run, "--test-share", "0.4", .. Small]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("4 of the 12 images", error, StringComparison.Ordinal);
        Assert.Contains("\"testShare\": 0.4", await File.ReadAllTextAsync(Path.Combine(Run, "config.json"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        (code, string output, error) = await Commands.Run("eval", Run, "--linear-epochs", "1", "--threads", "1", "--device", "cpu", "--json");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("\"testImages\": 4", output, StringComparison.Ordinal);
    }

    /// <summary>A run keeps its pixels: one that began before there was a choice goes on with the decoder that was the only one.</summary>
    [Fact]
    public async Task ARunKeepsItsDecoder()
    {
        Write();
        using (Image<Rgb24> image = new(16, 16))
        {
            for (int x = 0; x < 16; x++) image[x, x] = new Rgb24(250, 3, 9);
            using MemoryStream stream = new();
            image.Save(stream, new JpegEncoder { ColorType = JpegColorType.YCbCrRatio420 });
            foreach (string name in new[] { "cat", "dog" }) folder.Write($"set/{name}/x.jpg", stream.ToArray());
        }

        foreach ((string run, string[] flags) in new[] { ("new", Array.Empty<string>()), ("old", ["--jpeg-decoder", "imagesharp"]), ("other", ["--jpeg-decoder", "libjpeg-turbo"]) })
        {
            (int code, _, string error) = await Commands.Run(
                ["train", "--data", folder.PathOf("set"), "--output", folder.PathOf(run), "--checkpoint-every", "1", .. Small[..^1], "2", .. flags]);
            Assert.True(code == ExitCode.Ok, error);
        }

        Assert.Equal(Weights("new"), Weights("other"));
        Assert.NotEqual(Weights("new"), Weights("old"));
        foreach ((string run, string decoder, int expected) in new[] { ("old", "imagesharp", ExitCode.Ok), ("new", "libjpeg-turbo", ExitCode.BadData) })
        {
            string config = folder.PathOf(run + "/config.json"), text = File.ReadAllText(config), line = $"  \"jpegDecoder\": \"{decoder}\",\n";
            Assert.Contains(line, text, StringComparison.Ordinal);
            File.WriteAllText(config, text.Replace(line, "", StringComparison.Ordinal));
            foreach (string checkpoint in Directory.GetDirectories(folder.PathOf(run + "/checkpoints"))) TinyRun.StoreAsFormat(checkpoint, 2);
            (int code, string output, string error) = await Commands.Run("verify", folder.PathOf(run), "--replay");
            Assert.True(code == expected, output + error);
            if (expected != ExitCode.Ok) Assert.Contains("came out with other bits", output, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task TheCopyOfAPublishedSetIsSaidToBeOne()
    {
        string data = TinyImages.WriteCifar10(folder.PathOf("cifar"), recordsPerFile: 2);
        (int code, string output, string error) = await Commands.Run(["train", "--data", data, "--output", Run, .. Small]);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("cifar10 train (10 images; unknown copy", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AShareOfWhatHasATestSplitIsRefused()
    {
        Write("train/");
        Write("test/");
        (int code, _, string error) = await Commands.Run(["train", "--data", folder.PathOf("set"), "--output", Run, "--test-share", "0.4", .. Small]);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains($"--test-share is 0.4; expected none, for {folder.PathOf("set/test")} is the test split", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Run));
        (code, _, error) = await Commands.Run(["train", "--data", folder.PathOf("set"), "--output", Run, "--test-share", "1", .. Small]);
        Assert.Equal(ExitCode.Usage, code);
        (code, _, error) = await Commands.Run("sweep", "--data", folder.PathOf("set"), "--batch-sizes", "2,4", "--seeds", "1,2", "--test-share", "0.4");
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("Give one seed", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ARunKeepsToTheImagesThatItBeganWith()
    {
        Write();
        string bad = folder.Write("set/cat/bad.png", [1, 2, 3]), worse = folder.PathOf("set/dog/0.png");
        (int code, _, string error) = await Commands.Run(["train", "--data", folder.PathOf("set"), "--output", Run, .. Small]);
        Assert.Equal(ExitCode.BadData, code);
        Assert.Contains($"1 of the 13 images cannot be read:\n{bad}", error, StringComparison.Ordinal);
        (code, _, error) = await Commands.Run(["train", "--data", folder.PathOf("set"), "--output", Run, "--skip-bad", "1", .. Small]);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains($"1 of the 13 images cannot be read and are left out:\n{bad}", error, StringComparison.Ordinal);
        string list = Path.Combine(Run, "left-out.json"), text = await File.ReadAllTextAsync(list, TestContext.Current.CancellationToken);
        Assert.Contains("cat/bad.png", text, StringComparison.Ordinal);

        (code, _, error) = await Commands.Run("train", "--resume", Run);
        Assert.True(code == ExitCode.Ok, error);
        byte[] sound = await File.ReadAllBytesAsync(worse, TestContext.Current.CancellationToken);
        folder.Write("set/dog/0.png", [1, 2, 3]);
        (code, _, error) = await Commands.Run("train", "--resume", Run);
        Assert.Equal(ExitCode.BadData, code);
        Assert.Contains(worse, error, StringComparison.Ordinal);
        folder.Write("set/dog/0.png", sound);
        foreach (string damage in new[] { "{}", "[1]", "[null]", "", "[" })
        {
            await File.WriteAllTextAsync(list, damage, TestContext.Current.CancellationToken);
            (code, _, error) = await Commands.Run("train", "--resume", Run);
            Assert.Equal(ExitCode.BadData, code);
            Assert.Contains("left-out.json does not hold a list of paths", error, StringComparison.Ordinal);
        }

        File.Delete(list);
        (code, _, error) = await Commands.Run("train", "--resume", Run);
        Assert.Equal(ExitCode.BadData, code);
        Assert.Contains("left-out.json is missing", error, StringComparison.Ordinal);
        (code, _, error) = await Commands.Run(["train", "--data", folder.PathOf("set"), "--output", folder.PathOf("other"), "--skip-bad", "-1", .. Small]);
        Assert.Equal(ExitCode.Usage, code);
    }

    /// <summary>The advice of the message is a flag of every verb that opens images of no run.</summary>
    [Theory]
    [InlineData("views --data SET --count 1 --views 1 --output OUT.png")]
    [InlineData("embed --onnx MODEL --data SET --test-share 0.4 --output OUT")]
    [InlineData("eval --encoder WEIGHTS --data SET --test-share 0.4 --image-size 16 --linear-epochs 1 --device cpu")]
    [InlineData("export RUN --onnx OUT --data SET")]
    public async Task EveryVerbLeavesOutWhatTheMessageSays(string line)
    {
        Write();
        await Commands.Run(["train", "--data", folder.PathOf("set"), "--output", Run, .. Small]);
        await Commands.Run("export", Run, "--onnx", folder.PathOf("model.onnx"));
        string bad = folder.Write("set/cat/bad.png", [1, 2, 3]), weights = Directory.GetFiles(Run, "model.safetensors", SearchOption.AllDirectories)[0];
        string[] words = [.. line.Split(' ').Select(word => word.Replace("SET", folder.PathOf("set"), StringComparison.Ordinal).Replace("OUT", folder.PathOf("out"), StringComparison.Ordinal)
            .Replace("MODEL", folder.PathOf("model.onnx"), StringComparison.Ordinal).Replace("WEIGHTS", weights, StringComparison.Ordinal).Replace("RUN", Run, StringComparison.Ordinal))];
        (int code, _, string error) = await Commands.Run(words);
        Assert.True(code == ExitCode.BadData, error);
        Assert.Contains("leave them out: --skip-bad 1", error, StringComparison.Ordinal);
        (code, _, error) = await Commands.Run([.. words, "--skip-bad", "-1"]);
        Assert.True(code == ExitCode.Usage, error);
        (code, _, error) = await Commands.Run([.. words, "--skip-bad", "1"]);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains($"1 of the 13 images cannot be read and are left out:\n{bad}", error, StringComparison.Ordinal);
    }

    /// <summary>Two sets whose paths have what paths may have: the run keeps both, whatever measures it or goes on.</summary>
    [Fact]
    public async Task SeveralDataSetsAreOneRun()
    {
        Write();
        string second = folder.PathOf("more, and other");
        Directory.Move(folder.PathOf("set"), second);
        Write("train/");
        Write("test/");
        string[] data = ["--data", folder.PathOf("set"), "--data", second];
        (int code, string output, string error) = await Commands.Run(["train", .. data, "--output", Run, .. Small]);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("set train and more, and other train (24 images)", output, StringComparison.Ordinal);
        Assert.Contains($"The test split is that of {folder.PathOf("set")}, the first that has one.", error, StringComparison.Ordinal);
        Assert.Contains($"\"data\": \"{folder.PathOf("set")};{second}\",", File.ReadAllText(folder.PathOf("run/config.json")), StringComparison.Ordinal);
        (code, output, error) = await Commands.Run("eval", Run, "--linear-epochs", "1", "--threads", "1", "--device", "cpu", "--json");
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("\"trainImages\": 24", output, StringComparison.Ordinal);
        (code, _, error) = await Commands.Run(["train", "--resume", Run, .. data]);
        Assert.True(code == ExitCode.Ok, error);
        (code, _, error) = await Commands.Run("train", "--resume", Run, "--data", second);
        Assert.Equal(ExitCode.BadData, code);
        (code, _, error) = await Commands.Run(["train", "--data", "a;b", "--data", second, "--output", folder.PathOf("other"), .. Small]);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("a;b has a semicolon", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACacheChangesNoNumber()
    {
        Write();
        foreach (string cache in new[] { "off", "memory", "disk" })
        {
            (int code, _, string error) = await Commands.Run(
                ["train", "--data", folder.PathOf("set"), "--output", folder.PathOf(cache), "--cache", cache, .. Small[..^1], "2"]);
            Assert.True(code == ExitCode.Ok, error);
            Assert.Contains($"\"cache\": \"{cache}\"", File.ReadAllText(folder.PathOf(cache + "/config.json")), StringComparison.Ordinal);
            Assert.Equal(Weights("off"), Weights(cache));
        }
    }

    private byte[] Weights(string run) =>
        File.ReadAllBytes(Directory.GetFiles(folder.PathOf(run), "model.safetensors", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Last());

    private void Write(string prefix = "")
    {
        foreach (string name in new[] { "cat", "dog" })
            for (int i = 0; i < 6; i++) folder.Write($"set/{prefix}{name}/{i}.png", TemporaryFolder.Png(16, 16, (byte)(i * 40), (byte)name[0], 3));
    }
}
