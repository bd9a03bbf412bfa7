using System.Globalization;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Cli;
using NegSamples.Kernels;
using NegSamples.Tests.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Cli;

public class TalkTests
{
    [Fact]
    public async Task QuietPrintsTheResultAndVerboseTheTimes()
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 10);
        string[] arguments = ["train", "--data", data, "--batch-size", "8", "--epochs", "1", "--dim", "8", "--device", "cpu"];
        (int code, string output, string error) = await Commands.Run([.. arguments, "--output", tiny.Folder("usual")]);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains("plan: 10 classes, ", output, StringComparison.Ordinal);
        Assert.Contains(" M parameters; K = 14, a guess has the loss ln(K + 1) = 2.71; 6 steps an epoch, 6 in all; 2 images are left out, too few for a batch; peak rate 0.03125 by larc; about ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("took", error, StringComparison.Ordinal);

        (code, output, error) = await Commands.Run([.. arguments, "--output", tiny.Folder("quiet"), "--quiet"]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.All(error.Trim().Split('\n'), line => Assert.Contains("warning: ", line, StringComparison.Ordinal));
        Assert.StartsWith("Done: 6 steps", output, StringComparison.Ordinal);
        Assert.Single(output.Trim().Split('\n'));

        (code, output, error) = await Commands.Run(["--verbose", .. arguments, "--output", tiny.Folder("verbose")]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("opening the data took ", error, StringComparison.Ordinal);
        Assert.Contains("exit code 0", error, StringComparison.Ordinal);
        Assert.Contains("plan: ", output, StringComparison.Ordinal);

        (code, output, error) = await Commands.Run([.. arguments, "--output", tiny.Folder("json"), "--json", "--quiet"]);
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("\"steps\": 6", output, StringComparison.Ordinal);
    }

    /// <summary>-ln(1 / (K + 1)) is the loss of telling K + 1 rows apart by chance; the others are no such sum.</summary>
    [Theory]
    [InlineData("nt-xent", "K = 14, a guess has the loss ln(K + 1) = 2.71; ")]
    [InlineData("single-view", "K = 7, a guess has the loss ln(K + 1) = 2.08; ")]
    [InlineData("nt-xent --negatives 3", "K = 3, a guess has the loss ln(K + 1) = 1.39; ")]
    [InlineData("decoupled", "K = 14; ")]
    [InlineData("debiased", "K = 14; ")]
    [InlineData("supcon", "K = 14; ")]
    [InlineData("sigmoid", "K = 7; ")]
    [InlineData("cross-entropy", "no negatives; ")]
    public async Task ThePlanSaysWhatAGuessCostsWhereItIsKnown(string loss, string words)
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 2);
        string dimension = loss == "cross-entropy" ? "10" : "8";
        (int code, string output, string error) = await Commands.Run(
            ["train", "--data", data, "--batch-size", "8", "--steps", "1", "--dim", dimension, "--device", "cpu", "--output", tiny.Folder("run"), "--loss", .. loss.Split(' ')]);
        Assert.True(code == ExitCode.Ok, error);
        Assert.Contains(words, output, StringComparison.Ordinal);
    }

    /// <summary>The order of an epoch is drawn anew, and its last samples are left out where they do not fill a batch.</summary>
    [Theory]
    [InlineData(50, 8, 3, 0, "6 steps an epoch, 18 in all; 2 images are left out of each epoch, others in each, too few for a batch; ")]
    [InlineData(49, 8, 3, 0, "6 steps an epoch, 18 in all; 1 image is left out of each epoch, another in each, too few for a batch; ")]
    [InlineData(50, 8, 1, 0, "6 steps an epoch, 6 in all; 2 images are left out, too few for a batch; ")]
    [InlineData(48, 8, 3, 0, "6 steps an epoch, 18 in all; peak")]
    [InlineData(50, 8, 3, 5, "6 steps an epoch, 5 in all; peak")]
    [InlineData(50, 8, 3, 7, "6 steps an epoch, 7 in all; 2 images are left out of each epoch, others in each, too few for a batch; ")]
    public void ThePlanSaysWhatAnEpochLeavesOut(int images, int batch, int epochs, int steps, string words)
    {
        TrainingSettings settings = new TrainingSettings
        {
            Batch = new() { Size = batch }, Optimizer = new() { Epochs = epochs, WarmupEpochs = 0, Steps = steps },
        }.Resolve("shapes");
        ShapesSet set = new(new ShapesSettings { Seed = 1, Size = 16, TrainCount = images, TestCount = 10 }, true);
        Assert.Contains(words, TrainingPlan.Line(settings, set, MemoryPlan.From([])).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFinishedRunSaysThatNothingWasLeftToTrain()
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 2), epochs = tiny.Folder("epochs"), steps = tiny.Folder("steps");
        string[] train = ["train", "--data", data, "--batch-size", "8", "--dim", "8", "--device", "cpu"];
        await Commands.Run([.. train, "--epochs", "2", "--output", epochs]);
        await Commands.Run([.. train, "--steps", "1", "--output", steps]);
        (int code, string output, _) = await Commands.Run("train", "--resume", epochs);
        Assert.Equal(ExitCode.Ok, code);
        Assert.DoesNotContain("Done", output, StringComparison.Ordinal);
        Assert.Contains($"Nothing was left to train: the 2 steps of the run were done before, loss ", output, StringComparison.Ordinal);
        Assert.Contains($"Train it further with: negsamples train --resume {epochs} --epochs MORE, which counts its 2 too.", output, StringComparison.Ordinal);
        Assert.Contains($"negsamples train --init {steps} --steps MORE", (await Commands.Run("train", "--resume", steps)).Output, StringComparison.Ordinal);

        // What it says is so.
        Assert.Contains("Done: 3 steps", (await Commands.Run("train", "--resume", epochs, "--epochs", "3")).Output, StringComparison.Ordinal);
        Assert.Contains("Done: 2 steps", (await Commands.Run([.. train, "--init", steps, "--steps", "2", "--output", tiny.Folder("more")])).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnErrorIsPrintedInQuietToo()
    {
        (int code, string output, string error) = await Commands.Run("eval", "nowhere", "-q");
        Assert.Equal((ExitCode.BadData, ""), (code, output));
        Assert.Contains("nowhere is not a run", error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Usage, (await Commands.Run("devices", "--quiet", "--verbose")).Code);
    }

    /// <summary>They are flags of the program, so that a verb which is added has them.</summary>
    [Fact]
    public void EveryVerbHasThem() => Assert.All(
        new[] { "--quiet", "--verbose", "--help" }, flag => Assert.True(Commands.Root().Options.Single(option => option.Name == flag).Recursive));
}
