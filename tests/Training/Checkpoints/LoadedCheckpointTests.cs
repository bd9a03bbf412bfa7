using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training.Checkpoints;

/// <summary>Readers beside a run that saves and removes checkpoints.</summary>
public class LoadedCheckpointTests
{
    [Fact]
    public void AReaderNeverMeetsACheckpointThatIsGone()
    {
        using TinyRun tiny = new();
        TrainingOutcome outcome = tiny.Train("run", stopAfter: 1);
        string run = tiny.Folder("run"), checkpoints = RunFolder.CheckpointsOf(run);
        CheckpointState first = Checkpoint.ReadState(outcome.Checkpoint);
        using CancellationTokenSource done = new();
        long saved = 0;
        Thread writer = new(() =>
        {
            using CpuOps ops = new(1);
            using Trainer trainer = new(ops, TinyRun.Settings, TinyRun.Images());
            for (long step = 2; !done.IsCancellationRequested; step++)
            {
                Checkpoint.Save(checkpoints, trainer.Model, trainer.Optimizer, first with { Step = step, TotalSteps = 1_000_000 });
                foreach (string old in Checkpoint.All(checkpoints).SkipLast(2)) Disk.DeleteFolder(old);
                Volatile.Write(ref saved, step);
            }
        });
        writer.Start();
        try
        {
            using CpuOps ops = new(1);
            long last = 0;
            // Until both have done enough, whichever of them the machine lets run more often.
            for (int i = 0; (i < 60 || Volatile.Read(ref saved) <= 50) && writer.IsAlive; i++)
            {
                using LoadedCheckpoint loaded = LoadedCheckpoint.Open(run, TinyRun.Settings, ops, TinyRun.Images());
                Assert.Equal(Checkpoint.NameOf(loaded.State.Step), loaded.Name);
                Assert.True(loaded.State.Step >= last);
                last = loaded.State.Step;
                Assert.DoesNotContain(RunVerification.Check(run, TestContext.Current.CancellationToken), part => part.Fault is not null);
            }
        }
        finally
        {
            done.Cancel();
            writer.Join();
        }

        Assert.True(saved > 50, $"the writer ended after {saved} checkpoints");
    }

    [Fact]
    public void ADamagedNewestIsNoRemovedOne()
    {
        using TinyRun tiny = new();
        TrainingOutcome outcome = tiny.Train("run", stopAfter: 1);
        File.Delete(Path.Combine(outcome.Checkpoint, "model.safetensors"));
        using CpuOps ops = new(1);
        BadDataException exception = Assert.Throws<BadDataException>(() => LoadedCheckpoint.Open(tiny.Folder("run"), TinyRun.Settings, ops, TinyRun.Images()));
        Assert.Contains("model.safetensors is missing", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ARunWithoutACheckpointIsToldInOneWay()
    {
        using TinyRun tiny = new();
        using CpuOps ops = new(1);
        using (RunFolder.Create(tiny.Folder("run"), TinyRun.Settings, "a test"))
        {
        }

        string one = Assert.Throws<BadDataException>(() => LoadedCheckpoint.Open(tiny.Folder("run"), TinyRun.Settings, ops, TinyRun.Images())).Message;
        string other = Assert.Throws<BadDataException>(() => Evaluator.Evaluate(tiny.Folder("run"), ops, TinyRun.Images(), TinyRun.Images(train: false), new LinearSettings(), _ => { })).Message;
        Assert.Equal(one, other);
        Assert.Contains("has no checkpoint", one, StringComparison.Ordinal);
    }
}
