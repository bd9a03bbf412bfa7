using System.Diagnostics;
using System.Text.Json.Nodes;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>What a display shows while a run trains.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="TotalSteps">Steps of the run.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Epochs">Epochs of the run.</param>
/// <param name="Loss">The mean loss of the last step.</param>
/// <param name="ImagesPerSecond">Images a second over the last steps.</param>
/// <param name="Remaining">The time that the rest will take at this speed.</param>
public readonly record struct TrainingProgress(long Step, long TotalSteps, int Epoch, int Epochs, double Loss, double ImagesPerSecond, TimeSpan Remaining);

/// <summary>How a run ended.</summary>
/// <param name="Steps">Steps done, those before a resume included.</param>
/// <param name="Completed">Whether all steps are done; false after an interruption.</param>
/// <param name="LastLoss">The loss of the last step; null when there was none.</param>
/// <param name="Checkpoint">The newest checkpoint.</param>
/// <param name="Seconds">Seconds of training in this process.</param>
public sealed record TrainingOutcome(long Steps, bool Completed, double? LastLoss, string Checkpoint, double Seconds);

/// <summary>Trains in a run folder: steps, metrics, checkpoints, until the end or until asked to stop.</summary>
public static class TrainingRun
{
    // Two are kept to resume from: the newest, and the one before should the newest be damaged.
    private const int KeptCheckpoints = 2;

    /// <summary>Trains from where the folder stands.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="settings">Its resolved settings.</param>
    /// <param name="ops">The device.</param>
    /// <param name="images">The training images.</param>
    /// <param name="progress">Is told after each step.</param>
    /// <param name="warn">Is told of what went wrong but does not end the run.</param>
    /// <param name="stop">Ends the run after the present step, with a checkpoint.</param>
    /// <exception cref="BadDataException">The newest checkpoint does not belong to these settings or images.</exception>
    /// <exception cref="NonFiniteLossException">The loss is NaN or infinite.</exception>
    public static TrainingOutcome Train(
        RunFolder run, TrainingSettings settings, Ops ops, IImageSet images, Action<TrainingProgress> progress, Action<string> warn, CancellationToken stop)
    {
        Checkpoint.RemoveUnfinished(run.Checkpoints);
        string? checkpoint = Checkpoint.NewestSound(run.Checkpoints, warn);
        CheckpointState? from = checkpoint is null ? null : Checkpoint.ReadState(checkpoint);
        long start = from?.Step ?? 0;
        using Trainer trainer = new(ops, settings, images, start);
        if (from is not null)
        {
            CheckFits(checkpoint!, from, trainer, settings, images, run, warn);
            Checkpoint.LoadSound(checkpoint!, trainer.Model, trainer.Optimizer, trainer.Queue);
        }

        using MetricsLog metrics = MetricsLog.Open(run.MetricsPath, start);
        if (metrics.UnreadableLines > 0) warn($"{metrics.UnreadableLines} lines of {run.MetricsPath} could not be read and were left out.");
        Stopwatch clock = Stopwatch.StartNew();
        double lastLine = 0, speed = 0, lastStep = 0;
        double? loss = from?.LastLoss;
        long sinceLine = 0, stepsPerCheckpoint = (long)trainer.StepsPerEpoch * settings.Run.CheckpointEvery;
        Func<StepResult> nextStep = trainer.Step;
        while (trainer.NextStep < trainer.TotalSteps && !stop.IsCancellationRequested)
        {
            StepResult result = OrSave(
                () => OrExplain(nextStep, checkpoint), () => SaveLast(run, trainer, settings, images, loss, checkpoint, warn));
            loss = result.Loss;
            sinceLine++;
            double now = clock.Elapsed.TotalSeconds, ofStep = settings.Batch.Size / Math.Max(1e-9, now - lastStep);
            lastStep = now;

            // A smoothed speed for the display; the first step also compiles and grows its workspace.
            speed = trainer.NextStep <= start + 2 ? ofStep : (0.9 * speed) + (0.1 * ofStep);
            bool last = trainer.NextStep == trainer.TotalSteps;
            if (last || trainer.NextStep % settings.Run.LogEvery == 0)
            {
                double imagesPerSecond = sinceLine * settings.Batch.Size / Math.Max(1e-9, now - lastLine);
                metrics.Write(new Metrics(
                    trainer.NextStep, (double)trainer.NextStep / trainer.StepsPerEpoch, result.Loss, result.LearningRate, Math.Round(imagesPerSecond, 1),
                    Math.Round(now, 3),
                    settings.Loss.LearnTemperature ? result.Temperature : null));
                lastLine = now;
                sinceLine = 0;
            }

            double remaining = (trainer.TotalSteps - trainer.NextStep) * settings.Batch.Size / speed;
            progress(new TrainingProgress(trainer.NextStep, trainer.TotalSteps, result.Epoch + 1, settings.Optimizer.Epochs, result.Loss, speed,
                TimeSpan.FromSeconds(remaining)));
            if (!last && trainer.NextStep % stepsPerCheckpoint == 0) checkpoint = SaveOrWarn(run, trainer, settings, images, loss, warn) ?? checkpoint;
        }

        checkpoint = SaveLast(run, trainer, settings, images, loss, checkpoint, warn);
        if (metrics.LostLines > 0) warn($"{metrics.LostLines} lines of {run.MetricsPath} could not be written.");
        return new TrainingOutcome(trainer.NextStep, trainer.NextStep == trainer.TotalSteps, loss, checkpoint, clock.Elapsed.TotalSeconds);
    }

    private static T OrExplain<T>(Func<T> work, string? checkpoint)
    {
        try
        {
            return work();
        }
        catch (NonFiniteLossException exception)
        {
            throw new NonFiniteLossException(
                $"{exception.Message} {(checkpoint is null ? "There is no checkpoint yet." : $"The last good checkpoint is {checkpoint}.")}", exception);
        }
    }

    /// <summary>An image that cannot be read ends the run; the steps before it are kept.</summary>
    private static StepResult OrSave(Func<StepResult> step, Func<string> save)
    {
        try
        {
            return step();
        }
        catch (BadDataException fault)
        {
            throw new BadDataException($"{fault.Message}\nThe run ends here; the steps before are saved in {save()}.", fault);
        }
    }

    private static string Save(RunFolder run, Trainer trainer, TrainingSettings settings, IImageSet images, double? loss, Action<string> warn)
    {
        CheckpointState state = new(CheckpointState.CurrentFormat, trainer.NextStep, trainer.TotalSteps, trainer.StepsPerEpoch, settings.Run.Seed,
            images.Fingerprint, loss, RunIdentity.Of(settings), RunEnvironment.ProgramVersion);
        string saved = OrExplain(() => Checkpoint.Save(run.Checkpoints, trainer.Model, trainer.Optimizer, state, trainer.Queue), Checkpoint.Newest(run.Checkpoints));
        foreach (string old in Checkpoint.All(run.Checkpoints).SkipLast(KeptCheckpoints))
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

    private static string SaveLast(
        RunFolder run, Trainer trainer, TrainingSettings settings, IImageSet images, double? loss, string? before, Action<string> warn)
    {
        try
        {
            return Save(run, trainer, settings, images, loss, warn);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The checkpoint of step {trainer.NextStep} could not be written: {exception.Message} "
                + (before is null ? "There is no other." : $"The last one is {before}; continue from it with: `training.resume` {run.FolderPath}"), exception);
        }
    }

    private static string? SaveOrWarn(RunFolder run, Trainer trainer, TrainingSettings settings, IImageSet images, double? loss, Action<string> warn)
    {
        try
        {
            return Save(run, trainer, settings, images, loss, warn);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The checkpoint before is untouched; the next one may find room again. The last one of a run is not forgiven.
            warn($"The checkpoint of step {trainer.NextStep} could not be written: {exception.Message}");
            return null;
        }
    }

    private static void CheckFits(string checkpoint, CheckpointState state, Trainer trainer, TrainingSettings settings, IImageSet images, RunFolder run, Action<string> warn)
    {
        // Format 1 summed these in another order: the same loss, but not the bits of a run that was never stopped.
        bool isOfSingleView = settings.Loss.Kind == LossKind.SingleView && settings.Loss.Queue == 0;
        bool keptLogits = JsonNode.Parse(File.ReadAllText(run.ConfigPath))?[FlatSettings.FormerSetting]?.ToString() == "materialised";
        if (state.FormatVersion < 2 && (isOfSingleView || keptLogits || settings.Loss.Negatives > 0))
        {
            throw new BadDataException(
                $"{checkpoint} was written by version 0.1 (format {state.FormatVersion}), which summed the single-view loss, drawn negatives and stored logits in "
                + "another order: resumed by this version the run would not have the bits of one that was never stopped. Finish it with version 0.1, or train anew; "
                + "it can be evaluated as it is.");
        }

        if (state.Version is not null && state.Version != RunEnvironment.ProgramVersion)
            warn($"{checkpoint} was written by version {state.Version}; this is {RunEnvironment.ProgramVersion}.");
        if (RunIdentity.Difference(state, settings, run.ConfigPath) is { } difference)
            throw new SettingsException($"{checkpoint} {difference}. A resumed run goes on as it began: put the settings back, or train anew.");

        if (state.Seed != settings.Run.Seed || state.TotalSteps != trainer.TotalSteps || state.StepsPerEpoch != trainer.StepsPerEpoch)
            throw new BadDataException(FormattableString.Invariant($"{checkpoint} is of a run with seed {state.Seed} and {state.TotalSteps} steps, {state.StepsPerEpoch} an epoch; these settings and {images.Name} give seed {settings.Run.Seed} and {trainer.TotalSteps} steps, {trainer.StepsPerEpoch} an epoch."));
        state.CheckImages(checkpoint, images);
    }
}
