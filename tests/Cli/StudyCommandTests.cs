using NegSamples.Cli;
using NegSamples.Tests.Training;
using NegSamples.Training;

namespace NegSamples.Tests.Cli;

public class StudyCommandTests
{
    [Theory]
    [InlineData("bound nowhere", "nowhere is not a run", ExitCode.BadData)]
    [InlineData("collision nowhere", "nowhere is not a run", ExitCode.BadData)]
    [InlineData("features nowhere", "nowhere is not a run", ExitCode.BadData)]
    [InlineData("bound nowhere --negatives 0", "--negatives is 0; expected at least 1", ExitCode.Usage)]
    [InlineData("bound nowhere --negatives 3,many", "--negatives is 3,many; expected a number", ExitCode.Usage)]
    [InlineData("bound nowhere --augmentations 1", "--augmentations is 1; expected at least 2", ExitCode.Usage)]
    [InlineData("bound nowhere --passes 0", "--passes is 0; expected at least 1", ExitCode.Usage)]
    [InlineData("features nowhere --head tail", "tail", ExitCode.Usage)]
    public async Task WrongFlagsAreNamed(string arguments, string expected, int code)
    {
        (int exit, _, string error) = await Run(arguments.Split(' '));
        Assert.Equal(code, exit);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bound", Data.Whole, "has no checkpoint")]
    [InlineData("collision", Data.Whole, "has no checkpoint")]
    [InlineData("features", Data.Whole, "has no checkpoint")]
    [InlineData("bound --negatives 10", Data.Whole, "A batch of K = 10 negatives has 11 samples; cifar10 test has only 10. Choose --negatives up to 9.")]
    [InlineData("bound", Data.EmptyClasses, "cifar10 train has no sample of the classes dog, frog, horse, ship, truck; the bounds need at least one of each of its 10 classes.")]
    [InlineData("collision", Data.EmptyClasses, "cifar10 train has no sample of the classes dog")]
    [InlineData("bound", Data.NoAirplaneInTest, "cifar10 test has no sample of the class 'airplane'")]
    [InlineData("bound", Data.OneClass, "has one class only; the bounds need at least two")]
    [InlineData("bound", Data.Unlabelled, "has no labels and so no test split")]
    [InlineData("features", Data.Unlabelled, "has no labels and so no test split")]
    [InlineData("collision", Data.Unlabelled, "has no labels; the collision bound needs them")]
    public async Task DataThatCannotBeMeasuredAreNamedAndNothingIsWritten(string command, Data data, string expected)
    {
        using TinyRun tiny = new();
        string path = Write(tiny.Folder("data"), data), run = tiny.Folder("run");
        using (RunFolder.Create(run, (TinyRun.Settings with { Data = TinyRun.Settings.Data with { Path = path, Kind = null } }).Resolve(data >= Data.OneClass ? "folder" : "cifar10"), "test"))
        {
        }

        string[] words = command.Split(' '), before = Directory.GetFileSystemEntries(run);
        (int exit, _, string error) = await Run([words[0], run, .. words[1..]]);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadData, exit);
        Assert.Equal(before, Directory.GetFileSystemEntries(run));
    }

    [Fact]
    public async Task EveryCommandSpeaksAndWritesItsFiles()
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 20), run = tiny.Folder("run"), features = tiny.Folder("features");
        async Task<string> Ok(params string[] arguments)
        {
            (int code, string output, string error) = await Run(arguments);
            Assert.True(code == ExitCode.Ok, error);
            return output;
        }

        await Ok("train", "--data", data, "--batch-size", "10", "--epochs", "1", "--dim", "8", "--output", run, "--threads", "1");
        string text = await Ok("bound", run, "--negatives", "5,15", "--augmentations", "2", "--passes", "2");
        foreach (string word in new[] { "upsilon", "exact without replacement", "coupon-collector-block", "vacuous", "embedding cifar10 train", "K = 15" })
            Assert.Contains(word, text, StringComparison.Ordinal);
        Assert.DoesNotContain("read them with care", text, StringComparison.Ordinal);
        text = await Ok("bound", run, "--augmentations", "2", "--passes", "1", "--json");
        Assert.StartsWith("[", text, StringComparison.Ordinal);
        Assert.Equal(
            ["step-000000010-k15.bounds.json", "step-000000010-k15.json", "step-000000010-k5.bounds.json", "step-000000010-k5.json", "step-000000010-k9.bounds.json", "step-000000010-k9.json"],
            Directory.GetFiles(Path.Combine(run, "bound")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.Contains("bound, m = 8", await Ok("collision", run), StringComparison.Ordinal);
        Assert.StartsWith("{", await Ok("collision", run, "--json"), StringComparison.Ordinal);
        text = await Ok("features", run, "--head", "head", "--output", features);
        Assert.Contains("head (8) features", text, StringComparison.Ordinal);
        Assert.Contains("takes 0.0 MB", text, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(features, "head.feature.0.val.npy")));

        // Other images than those of the training, and features of other weights, are refused.
        string other = TinyImages.WriteCifar10(tiny.Folder("other"), recordsPerFile: 30);
        foreach (string command in new[] { "bound", "collision", "features" })
        {
            (int code, _, string error) = await Run(command, run, "--data", other);
            Assert.Equal(ExitCode.BadData, code);
            Assert.Contains("was trained on other images", error, StringComparison.Ordinal);
        }

        await Ok("train", "--data", data, "--batch-size", "10", "--epochs", "1", "--dim", "8", "--seed", "8", "--output", tiny.Folder("second"));
        (int refused, _, string message) = await Run("features", tiny.Folder("second"), "--output", features);
        Assert.Equal(ExitCode.BadData, refused);
        Assert.Contains("holds features of other weights", message, StringComparison.Ordinal);
    }

    /// <summary>What the data lack.</summary>
    public enum Data
    {
        Whole,
        EmptyClasses,
        NoAirplaneInTest,
        OneClass,
        Unlabelled,
    }

    private static string Write(string folder, Data data)
    {
        byte[] png = TemporaryFolder.Png(8, 8, 1, 2, 3);
        switch (data)
        {
            case Data.EmptyClasses:
                return TinyImages.WriteCifar10(folder, recordsPerFile: 5);
            case Data.NoAirplaneInTest:
                TinyImages.WriteCifar10(folder, recordsPerFile: 20);
                string test = Path.Combine(folder, "test_batch.bin");
                byte[] records = File.ReadAllBytes(test);
                for (int i = 0; i < records.Length; i += 3073) records[i] = Math.Max((byte)1, records[i]);
                File.WriteAllBytes(test, records);
                return folder;
            case Data.OneClass or Data.Unlabelled:
                foreach (string place in data == Data.OneClass ? ["train/cat", "test/cat"] : new[] { "." })
                {
                    Directory.CreateDirectory(Path.Combine(folder, place));
                    for (int i = 0; i < 12; i++) File.WriteAllBytes(Path.Combine(folder, place, $"{i:D2}.png"), png);
                }

                return folder;
            default:
                return TinyImages.WriteCifar10(folder, recordsPerFile: 10);
        }
    }

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        StringWriter output = new(), error = new();
        int code = await CommandLine.RunAsync(arguments, output, error);
        return (code, output.ToString(), error.ToString());
    }
}
