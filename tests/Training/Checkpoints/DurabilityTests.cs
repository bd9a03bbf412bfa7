using NegSamples.Augment.Data.Shapes;
using NegSamples.Files;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training.Checkpoints;

/// <summary>Whatever call of the disk fails, a run ends in a whole checkpoint, and the fault is said.</summary>
public class DurabilityTests
{
    private static readonly string[] Files = ["model.safetensors", "optimizer.safetensors", "state.json"];

    private static readonly TrainingSettings Short = TinyRun.Settings with
    {
        Optimizer = TinyRun.Settings.Optimizer with { Epochs = 3 }, Run = TinyRun.Settings.Run with { CheckpointEvery = 1 }, Batch = TinyRun.Settings.Batch with { Size = 2 },
    };

    // One batch an epoch: what counts here is what is written, not what is learned.
    private static ShapesSet Images() => new(new ShapesSettings { Seed = 1, Size = 16, TrainCount = 3, TestCount = 20 }, train: true);

    // The files of a run that never failed.
    private static readonly Lazy<byte[][]> Whole = new(() =>
    {
        using TinyRun tiny = new();
        TrainingOutcome outcome = tiny.Train("whole", settings: Short, images: Images());
        return [.. Files.Select(file => TinyRun.Bytes(outcome, file))];
    });

    public static TheoryData<string> Calls => [.. Enum.GetNames<DiskCall>()];

    /// <summary>Fails the n-th call of a kind for growing n until a run has no n-th one; each ends warned or typed, and resumes to the same bytes.</summary>
    [Theory]
    [MemberData(nameof(Calls))]
    public void AFailedCallIsSaidAndTheRunResumesToTheSameBytes(string name) => Sweep(Enum.Parse<DiskCall>(name), n => (6 * n) + 1);

    /// <summary>As the other, with every n.</summary>
    [Theory(Explicit = true)]
    [MemberData(nameof(Calls))]
    public void EveryFailedCallIsSaidAndTheRunResumesToTheSameBytes(string name) => Sweep(Enum.Parse<DiskCall>(name), n => n + 1);

    private static void Sweep(DiskCall failing, Func<int, int> next)
    {
        using TinyRun tiny = new();
        byte[][] whole = Whole.Value;
        for (int n = 1; ; n = next(n))
        {
            string run = "run" + n;
            (int calls, List<string> said) = TrainWithFault(tiny, run, failing, n);
            if (calls < n)
            {
                Assert.True(n > 1, $"A run makes no call {failing}.");
                return;
            }

            Assert.True(said.Count > 0, $"{failing} {n} failed without a word.");
            TrainingOutcome rest = tiny.Train(run, settings: Short, images: Images());
            AssertAre(whole, rest);
            Assert.DoesNotContain(Directory.GetFileSystemEntries(tiny.Folder(run), "*", SearchOption.AllDirectories), path => path.EndsWith(".tmp", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("model.safetensors", true)]
    [InlineData("optimizer.safetensors", true)]
    [InlineData("state.json", true)]
    [InlineData("model.safetensors", false)]
    [InlineData("optimizer.safetensors", false)]
    [InlineData("state.json", false)]
    public void TheCheckpointBeforeADamagedOneIsTaken(string file, bool removed)
    {
        using TinyRun tiny = new();
        TrainingOutcome whole = tiny.Train("run", settings: Short, images: Images());
        byte[][] expected = [.. Files.Select(one => TinyRun.Bytes(whole, one))];
        string path = Path.Combine(whole.Checkpoint, file);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[^(bytes.Length / 3)] ^= 1;
        if (removed) File.Delete(path);
        else File.WriteAllBytes(path, bytes);

        List<string> warnings = [];
        TrainingOutcome again = Resume(tiny, "run", warnings);
        Assert.Contains(warnings, warning => warning.Contains(whole.Checkpoint, StringComparison.Ordinal) && warning.Contains("damaged", StringComparison.Ordinal));
        AssertAre(expected, again);
    }

    [Fact]
    public void WithoutASoundCheckpointTheRunIsRefused()
    {
        using TinyRun tiny = new();
        string run = Path.GetDirectoryName(tiny.Train("run", settings: Short, images: Images()).Checkpoint)!;
        foreach (string checkpoint in Checkpoint.All(run)) File.Delete(Path.Combine(checkpoint, "model.safetensors"));
        Assert.Contains("no other", Assert.Throws<BadDataException>(() => tiny.Train("run", settings: Short, images: Images())).Message, StringComparison.Ordinal);
    }

    /// <summary>Another kind than <see cref="IdentityTests"/>: nothing is edited, a finished run is only resumed.</summary>
    [Fact]
    public void AFinishedRunIsNotSavedAgain()
    {
        using TinyRun tiny = new();
        string state = Path.Combine(tiny.Train("run", settings: Short, images: Images()).Checkpoint, "state.json");
        DateTime written = File.GetLastWriteTimeUtc(state);
        (int renames, _) = TrainWithFault(tiny, "run", DiskCall.Rename, int.MaxValue);
        Assert.Equal(written, File.GetLastWriteTimeUtc(state));
        Assert.Equal(1, renames); // metrics.jsonl, cut to the checkpoint
    }

    // Byte by byte the assertion on arrays takes longer than the runs.
    private static void AssertAre(byte[][] expected, TrainingOutcome run) =>
        Assert.All(Files.Zip(expected), pair => Assert.True(pair.Second.AsSpan().SequenceEqual(TinyRun.Bytes(run, pair.First)), $"{pair.First} has other bytes."));

    private static TrainingOutcome Resume(TinyRun tiny, string name, List<string> warnings)
    {
        using NegSamples.Kernels.CpuOps ops = new(1);
        using RunFolder run = RunFolder.Open(tiny.Folder(name));
        return TrainingRun.Train(run, Short, ops, Images(), _ => { }, warnings.Add, default);
    }

    /// <summary>Trains where the n-th call of a kind is refused; returns how many there were and what was said, and leaves the folder for a resume.</summary>
    private static (int Calls, List<string> Said) TrainWithFault(TinyRun tiny, string name, DiskCall failing, int n)
    {
        int calls = 0;
        List<string> said = [];
        Disk.Fault.Value = (call, path) =>
        {
            if (call == failing && ++calls == n) throw new IOException($"{path}: no space left on device");
        };
        try
        {
            using NegSamples.Kernels.CpuOps ops = new(1);
            string folder = tiny.Folder(name);
            using RunFolder run = Directory.Exists(folder) ? RunFolder.Open(folder) : RunFolder.Create(folder, Short, ops.Description);
            TrainingRun.Train(run, Short, ops, Images(), _ => { }, said.Add, default);
        }
        catch (Exception exception) when (exception is IOException or SettingsException)
        {
            said.Add(exception.Message);
        }
        finally
        {
            Disk.Fault.Value = null;
        }

        return (calls, said);
    }
}
