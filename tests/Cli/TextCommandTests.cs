using NegSamples.Cli;
using NegSamples.Tests.Augment.Data.Text;

namespace NegSamples.Tests.Cli;

public sealed class TextCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task EveryCommandWorksOnTexts()
    {
        string data = TinyTexts.Write(At("ag_news_csv")), near = At("near.tsv"), run = At("run");
        string[] words = ["goal", "match", "team", "coach", "stock", "market", "price", "bank"];
        File.WriteAllLines(At("words.vec"), words.Select((word, i) => $"{word} {i} {i * i} 1"));
        await Ok("neighbours", At("words.vec"), "--data", data, "--output", near);
        string said = await Ok("train", "--data", data, "--epochs", "2", "--batch-size", "8", "--dim", "16", "--text-augmentation", "replace", "--neighbours", near, "--device", "cpu", "--output", run);
        foreach (string verb in new[] { "eval", "bound", "collision" }) said += await Ok(verb, run, "--device", "cpu");
        said += await Ok("features", run, "--device", "cpu", "--output", At("features"));
        said += await Ok("verify", run, "--replay", "--device", "cpu");
        said += await Ok("sweep", "--data", data, "--epochs", "1", "--batch-sizes", "4,8", "--seeds", "1", "--linear-epochs", "2", "--dim", "16", "--device", "cpu", "--output", At("sweep"));
        said += await Ok("report", At("sweep"), "--format", "md", "--output", At("report.md"));
        said += File.ReadAllText(At("report.md"));
        string[] ofImages = [.. said.Split('\n').Concat(File.ReadAllLines(At("sweep/report.html"))).Where(line => line.Contains("image", StringComparison.OrdinalIgnoreCase))];
        Assert.True(ofImages.Length == 0, string.Join('\n', ofImages));
        Assert.Contains("mean of word vectors", File.ReadAllText(At("sweep/report.html")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("train", ExitCode.BadData, "row 1 has 2 columns")]
    [InlineData("neighbours", ExitCode.BadData, "row 2 has 1 number")]
    [InlineData("images", ExitCode.Usage, "which holds images (shapes)")]
    [InlineData("encoder", ExitCode.Usage, "--encoder is embedding-bag, which is for texts")]
    [InlineData("replace", ExitCode.Usage, "--neighbours is missing; --text-augmentation replace needs the file that negsamples neighbours writes")]
    public async Task BadInputsHaveTheirExitCode(string what, int code, string message)
    {
        string data = TinyTexts.Write(At("ag_news_csv"));
        File.WriteAllText(At("words.vec"), "goal 1 2\nteam 1\n");
        if (what == "train") File.WriteAllText(Path.Combine(data, "test.csv"), "\"1\",\"goal\"\n");
        string[] line = what switch
        {
            "neighbours" => ["neighbours", At("words.vec"), "--data", data, "--output", At("near.tsv")],
            "images" => ["neighbours", At("words.vec"), "--data", "shapes", "--output", At("near.tsv")],
            "encoder" => ["train", "--encoder", "embedding-bag", "--output", At("run")],
            "replace" => ["train", "--data", data, "--batch-size", "8", "--text-augmentation", "replace", "--output", At("run")],
            _ => ["train", "--data", data, "--output", At("run")],
        };
        (int exit, string _, string error) = await Commands.Run(line);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.Equal(code, exit);
        Assert.False(File.Exists(At("near.tsv")));
    }

    public void Dispose() => folder.Dispose();

    private string At(string name) => Path.Combine(folder.Root, name);

    private static async Task<string> Ok(params string[] line)
    {
        (int exit, string output, string error) = await Commands.Run(line);
        Assert.True(exit == ExitCode.Ok, $"{string.Join(' ', line)}: {error}");
        return output + error;
    }
}
