using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training.Checkpoints;

/// <summary>The checkpoints of a run while it trains: saved under what the run is, old ones removed.</summary>
/// <param name="run">The run folder.</param>
/// <param name="trainer">What is saved.</param>
/// <param name="settings">The run's settings.</param>
/// <param name="images">The training images.</param>
/// <param name="resumed">Where the run went on with other settings or images.</param>
/// <param name="warn">Is told of what does not end the run.</param>
internal sealed class RunCheckpoints(
    RunFolder run, Trainer trainer, TrainingSettings settings, IImageSet images, IReadOnlyList<string> resumed, Action<string> warn)
{
    // Two are kept to resume from: the newest, and the one before should the newest be damaged.
    private const int Kept = 2;

    /// <summary>Saves, and forgives the disk: the checkpoint before is untouched, and the next one may find room again.</summary>
    /// <returns>The checkpoint; null where it could not be written.</returns>
    public string? SaveOrWarn(double? loss)
    {
        try
        {
            return Save(loss);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            warn($"The checkpoint of step {trainer.NextStep} could not be written: {exception.Message}");
            return null;
        }
    }

    /// <summary>Saves where a run ends, which is not forgiven.</summary>
    /// <param name="loss">Of the last step.</param>
    /// <param name="before">The checkpoint before, for the message.</param>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public string SaveLast(double? loss, string? before)
    {
        try
        {
            return Save(loss);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The checkpoint of step {trainer.NextStep} could not be written: {exception.Message} "
                + (before is null ? "There is no other." : $"The last one is {before}; continue from it with: `training.resume` {ShellWord.OfPath(run.FolderPath)}"), exception);
        }
    }

    /// <summary>Rank 0 saves, and all ranks know whether it could.</summary>
    private string Save(double? loss)
    {
        Collective collective = trainer.Model.Ops.Collective;
        if (collective.Size == 1) return SaveAlone(loss, null);
        float[]? keys = trainer.Queue?.GatherKeys();
        Exception? fault = null;
        try
        {
            if (collective.Rank == 0) SaveAlone(loss, keys);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            fault = exception;
        }

        if (collective.Sum(fault is null ? 0 : 1) > 0) throw fault ?? new IOException("rank 0 could not write it.");
        return Path.Combine(run.Checkpoints, Checkpoint.NameOf(trainer.NextStep));
    }

    private string SaveAlone(double? loss, float[]? keys)
    {
        CheckpointState state = new(CheckpointState.CurrentFormat, trainer.NextStep, trainer.TotalSteps, trainer.StepsPerEpoch, settings.Run.Seed,
            images.Fingerprint, loss, RunIdentity.Of(settings), RunEnvironment.ProgramVersion)
        {
            Resumed = resumed.Count > 0 ? resumed : null, Ranks = CheckpointState.RanksOf(settings, trainer.Model.Ops.Collective),
        };
        string saved = Checkpoint.Save(run.Checkpoints, trainer.Model, trainer.Optimizer, state, trainer.Queue, keys);
        foreach (string old in Checkpoint.All(run.Checkpoints).SkipLast(Kept))
        {
            try
            {
                Disk.DeleteFolder(old);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                warn($"The checkpoint {saved} is written; the old one {old} could not be removed: {exception.Message}");
            }
        }

        return saved;
    }
}
