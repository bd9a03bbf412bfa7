using System.Reflection;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>Faults that users of such programs report, one test each where no other has them; docs/reliability.md lists all.</summary>
public class FaultTests
{
    [Fact]
    public void AWeightThatIsNotFiniteIsRefusedByName()
    {
        using TinyRun tiny = new();
        string checkpoint = tiny.Train("run", stopAfter: 1).Checkpoint, path = Path.Combine(checkpoint, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(path);
        BitConverter.TryWriteBytes(bytes.AsSpan(bytes.Length / 2 / sizeof(float) * sizeof(float)), float.NaN);
        File.WriteAllBytes(path, bytes);
        TinyRun.StoreAsFormat(checkpoint, 2); // without hashes, which would tell first
        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, TinyRun.Settings.Model, 5);
        Assert.Contains("holds a number that is not finite", Assert.Throws<BadDataException>(() => Checkpoint.LoadModel(checkpoint, model)).Message, StringComparison.Ordinal);
        Assert.All(model.Parameters.Floats.ToArray(), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void NumbersThatAreNotFiniteStopTheRunInTheirStepAndNameTheLastCheckpoint()
    {
        TrainingSettings wild = TinyRun.Settings with
        {
            Optimizer = TinyRun.Settings.Optimizer with { Kind = OptimizerKind.Sgd, LearningRate = 1e8, WarmupEpochs = 0, Epochs = 30 },
            Run = TinyRun.Settings.Run with { CheckpointEvery = 1 },
        };
        using TinyRun tiny = new();
        string message = Assert.ThrowsAny<Exception>(() => tiny.Train("run", settings: wild)).Message;
        Assert.Matches("not finite|NaN|holds", message);
        Assert.Matches("The last good checkpoint is|There is no checkpoint yet", message);
        foreach (string checkpoint in Checkpoint.All(RunFolder.CheckpointsOf(tiny.Folder("run"))))
        {
            SafetensorsFile weights = SafetensorsFile.Read(Path.Combine(checkpoint, "model.safetensors"));
            Assert.All(weights.Names.Where(name => !name.EndsWith("num_batches_tracked", StringComparison.Ordinal)),
                name => Assert.True(Array.TrueForAll(weights.Floats(name), float.IsFinite), name));
        }
    }

    [Fact]
    public void ASecondProcessIsRefusedAndALeftLockIsTakenOver()
    {
        using TinyRun tiny = new();
        string folder = tiny.Folder("run");
        using (RunFolder.Create(folder, TinyRun.Settings, "none"))
            Assert.Throws<SettingsException>(() => RunFolder.Open(folder));
        File.WriteAllText(Path.Combine(folder, ".lock"), "");
        RunFolder.Open(folder).Dispose();
    }

    [Fact]
    public void ALineThatCannotBeWrittenIsCountedAndTheRunGoesOn()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full.");
        FileStream full = new("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        using MetricsLog log = (MetricsLog)Activator.CreateInstance(typeof(MetricsLog), BindingFlags.NonPublic | BindingFlags.Instance, null, [full, 0, 0.0], null)!;
        for (int step = 1; step <= 3; step++) log.Write(new Metrics(step, step, 1, 0.1, 5, step));
        Assert.Equal(3, log.LostLines);
    }
}
