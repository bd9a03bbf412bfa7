using NegSamples.Cli;
using NegSamples.Tests.Kernels;
using NegSamples.Tests.Training;
using NegSamples.Training;

namespace NegSamples.Tests.Cli;

/// <summary>Measurements under a real launcher.</summary>
[Collection("launchers")]
public class RankMeasurementTests
{
    /// <summary>Plain images are two batches, so that each rank has one.</summary>
    [Fact]
    public async Task AnEvaluationHasTheBytesOfOneProcess()
    {
        using TinyRun tiny = new();
        string data = TinyImages.WriteCifar10(tiny.Folder("cifar"), recordsPerFile: 60), run = tiny.Folder("run");
        (int code, string output, string error) = await Commands.Run("train", "--data", data, "--batch-size", "16", "--steps", "2", "--dim", "16", "--output", run);
        Assert.True(code == ExitCode.Ok, error);
        string[] words = ["eval", run, "--linear-epochs", "1", "--threads", "1"];
        (code, string alone, error) = await Commands.Run(words);
        Assert.True(code == ExitCode.Ok, error);
        string report = Directory.GetFiles(RunFolder.EvaluationsOf(run)).Single();
        byte[] expected = File.ReadAllBytes(report);
        File.Delete(report);
        (code, output, error) = Mpirun.Of("Open MPI").Run(2, typeof(CommandLine).Assembly.Location, words);
        Assert.True(code == ExitCode.Ok, output + error);
        Assert.Equal(expected, File.ReadAllBytes(report));
        Assert.Equal(Table(alone), Table(output));
    }

    [Fact]
    public void KeysOfSimilaritiesLieOnTheRanks()
    {
        (int code, string output, string error) = Mpirun.Of("MPICH").Run(
            2, typeof(CommandLine).Assembly.Location, ["similarity", "--rows", "16", "--keys", "65", "--dim", "8", "--repetitions", "1", "--threads", "1"]);
        Assert.True(code == ExitCode.Ok, output + error);
        Assert.Single(output.Split('\n'), line => line.Contains("The keys lie on 2 ranks, K = 65: 32 or 33 on each", StringComparison.Ordinal));
        Assert.Contains("2 ranks on 1 host", output, StringComparison.Ordinal);
    }

    private static string Table(string output) => output[output.IndexOf("| classifier ", StringComparison.Ordinal)..].ReplaceLineEndings("\n").Trim();
}
