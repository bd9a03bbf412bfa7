using System.Diagnostics;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Evaluation;
using NegSamples.Training.InitialWeights;
using NegSamples.Training.Schedules;
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
/// <param name="Representation">What the representation was like when it was measured last; null where it was not.</param>
/// <param name="Line">The line of metrics of this step; null where it has none.</param>
/// <param name="EndsEpoch">Whether the step was the last of its epoch.</param>
public readonly record struct TrainingProgress(
    long Step, long TotalSteps, int Epoch, int Epochs, double Loss, double ImagesPerSecond, TimeSpan Remaining, Representation? Representation = null,
    Metrics? Line = null, bool EndsEpoch = false)
{
    /// <summary>What the representation is like after this step; null after those that do not measure it, see <see cref="RunSettings.MonitorEvery"/>.</summary>
    public Representation? Measured => Line?.Representation;
}

/// <summary>How a run ended.</summary>
/// <param name="Steps">Steps done, those before a resume included.</param>
/// <param name="Completed">Whether all steps are done; false after an interruption.</param>
/// <param name="LastLoss">The loss of the last step; null when there was none.</param>
/// <param name="Checkpoint">The newest checkpoint.</param>
/// <param name="Seconds">Seconds of training in this process.</param>
public sealed record TrainingOutcome(long Steps, bool Completed, double? LastLoss, string Checkpoint, double Seconds)
{
    /// <summary>Steps that were done before, by the run that this one continues.</summary>
    public long StepsBefore { get; init; }
}

/// <summary>How an existing run goes on.</summary>
/// <param name="Epochs">All epochs, for a run that is to have more than it began with; null leaves them. See <see cref="WarmRestarts"/>.</param>
/// <param name="Anyway">Goes on though settings or images are other ones than before; the checkpoints then say so.</param>
internal sealed record ResumeOptions(int? Epochs = null, bool Anyway = false);

/// <summary>Trains in a run folder: steps, metrics, checkpoints, until the end or until asked to stop.</summary>
public static class TrainingRun
{
    // Of the weights of all ranks: a hash of 11 million takes a hundredth of a second.
    private const int StepsBetweenComparisons = 100;

    /// <summary>Trains a run in a folder: a new one where there is none, otherwise the run that is there, from where it stands.</summary>
    /// <param name="folder">A new or empty folder, or that of a run.</param>
    /// <param name="settings">What to train; what is left at its default is decided by the images, see <see cref="TrainingSettings.ResolveFor"/>.</param>
    /// <param name="ops">The device; it stays the caller's.</param>
    /// <param name="images">The training images.</param>
    /// <param name="progress">Is told after each step: its loss, its line of metrics, and what the representation is like where it was measured.</param>
    /// <param name="warn">Is told of what went wrong but does not end the run.</param>
    /// <param name="stop">Ends the run after the present step, with a checkpoint.</param>
    /// <exception cref="SettingsException">A setting is out of its range, or the folder holds something else or a run of other settings.</exception>
    /// <exception cref="BadDataException">The images are not those of the run, or one cannot be read.</exception>
    /// <exception cref="DeviceMemoryException">The run does not fit the CPU's memory; nothing was taken, and there is no folder.</exception>
    /// <exception cref="NonFiniteLossException">The loss is NaN or infinite; see <see cref="DivergedStep"/>.</exception>
    public static TrainingOutcome Train(
        string folder, TrainingSettings settings, Ops ops, IImageSet images, Action<TrainingProgress>? progress = null, Action<string>? warn = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(ops);
        settings = settings.ResolveFor(images);
        settings.Validate();
        Trainer.CheckImages(settings, images);
        if (ops is CpuOps cpu) HostMemory.RequireTraining(settings, images, cpu);
        using RunFolder run = RunFolder.IsOne(folder) ? RunFolder.Open(folder) : RunFolder.Create(folder, settings, ops.Description);
        return Train(run, settings, ops, images, progress ?? (_ => { }), warn ?? (_ => { }), stop);
    }

    /// <summary>Trains from where the folder stands.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="settings">Its resolved settings.</param>
    /// <param name="ops">The device.</param>
    /// <param name="images">The training images.</param>
    /// <param name="progress">Is told after each step.</param>
    /// <param name="warn">Is told of what went wrong but does not end the run.</param>
    /// <param name="stop">Ends the run after the present step, with a checkpoint.</param>
    /// <param name="resume">How a run that was begun before goes on.</param>
    /// <exception cref="BadDataException">The newest checkpoint does not belong to these settings or images.</exception>
    /// <exception cref="SettingsException">The settings are not those of the newest checkpoint, or ask for fewer epochs than before.</exception>
    /// <exception cref="NonFiniteLossException">The loss is NaN or infinite; see <see cref="DivergedStep"/>.</exception>
    /// <exception cref="DeviceException">The device failed. Where that was before the first step ended, a folder that was made for this run is gone again.</exception>
    internal static TrainingOutcome Train(
        RunFolder run, TrainingSettings settings, Ops ops, IImageSet images, Action<TrainingProgress> progress, Action<string> warn, CancellationToken stop,
        ResumeOptions? resume = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(progress);
        bool hasBegun = false;
        void Withdraw(object? sender, EventArgs exit)
        {
            if (!hasBegun) run.Withdraw();
        }

        AppDomain.CurrentDomain.ProcessExit += Withdraw; // a first step that hangs is ended with the process
        try
        {
            return Continue(run, settings, ops, images, shown =>
            {
                hasBegun = true;
                if (ops.Collective.Rank == 0) progress(shown);
            }, warn, resume, stop);
        }
        catch (Exception fault) when (fault is DeviceException or OutOfMemoryException && !hasBegun && run.IsNew)
        {
            run.Withdraw();
            throw;
        }
        finally
        {
            AppDomain.CurrentDomain.ProcessExit -= Withdraw;
        }
    }

    private static TrainingOutcome Continue(
        RunFolder run, TrainingSettings settings, Ops ops, IImageSet images, Action<TrainingProgress> progress, Action<string> warn, ResumeOptions? resume,
        CancellationToken stop)
    {
        if (resume?.Epochs is { } epochs) settings = settings with { Optimizer = settings.Optimizer.ContinuedTo(epochs) };
        Collective collective = ops.Collective;
        bool leads = collective.Rank == 0;
        if (!leads) warn = _ => { };
        RankAgreement.Require(ops, settings, images);
        if (leads) Checkpoint.RemoveUnfinished(run.Checkpoints);
        collective.Barrier();
        string? checkpoint = Checkpoint.NewestSound(run.Checkpoints, warn);
        CheckpointState? from = checkpoint is null ? null : Checkpoint.ReadState(checkpoint);
        long start = from?.Step ?? 0;
        using Trainer trainer = new(ops, settings, images, start);
        List<string> resumed = [.. from?.Resumed ?? []];
        if (from is not null)
        {
            foreach (ResumeFault fault in ResumeCheck.Faults(checkpoint!, from, trainer, settings, images, run, warn))
            {
                if (resume is not { Anyway: true }) throw fault.Refusal;
                resumed.Add(FormattableString.Invariant($"from step {start} on {fault.Difference}"));
                warn($"{checkpoint} is continued all the same: {fault.Difference}. Every later checkpoint says so.");
            }

            Checkpoint.LoadSound(checkpoint!, trainer.Model, trainer.Optimizer, trainer.Queue);
        }

        bool beginsFromFile = from is null && settings.Encoder.Init is not null;
        if (beginsFromFile)
        {
            WeightSource.Load(settings, trainer.Model);
            trainer.Queue?.StartFrom(trainer.Model);
        }

        if (resume?.Epochs is not null && leads) run.Continue(settings.Optimizer);
        RunCheckpoints checkpoints = new(run, trainer, settings, images, resumed, warn);
        using MetricsLog? metrics = leads ? MetricsLog.Open(run.MetricsPath, start) : null;
        RankAgreement agreement = new(trainer.Model);
        agreement.RequireSameWeights(start);
        if (beginsFromFile) checkpoint = checkpoints.SaveOrWarn(loss: null); // from here on the run needs the file no more
        if (metrics?.UnreadableLines > 0) warn($"{Counted.Of(metrics.UnreadableLines, "line")} of {run.MetricsPath} could not be read and were left out.");
        using RepresentationMonitor? monitor = leads && settings.Run.MonitorEvery > 0 ? new(ops, settings, images) : null;
        Representation? representation = null;
        bool hasCollapsed = false;
        Stopwatch clock = Stopwatch.StartNew();
        double lastLine = 0, speed = 0, lastStep = 0;
        double? loss = from?.LastLoss;
        long sinceLine = 0, stepsPerCheckpoint = settings.Run.CheckpointEvery > 0
            ? (long)trainer.StepsPerEpoch * settings.Run.CheckpointEvery : Math.Max(1, trainer.TotalSteps / 10);
        int epochsOfRun = (int)Math.Min(int.MaxValue, (trainer.TotalSteps + trainer.StepsPerEpoch - 1) / trainer.StepsPerEpoch);
        try
        {
            while (trainer.NextStep < trainer.TotalSteps && !Stopped(collective, stop))
            {
                StepResult result = trainer.Step();
                if (result.Step == start && ops is CudaOps gpu) FirstLoss.Require(settings, gpu, result);
                loss = result.Loss;
                sinceLine++;
                double now = clock.Elapsed.TotalSeconds, ofStep = settings.Batch.Size / Math.Max(1e-9, now - lastStep);
                lastStep = now;

                // A smoothed speed for the display; the first step also compiles and grows its workspace.
                speed = trainer.NextStep <= start + 2 ? ofStep : (0.9 * speed) + (0.1 * ofStep);
                bool last = trainer.NextStep == trainer.TotalSteps;
                if (last || trainer.NextStep % StepsBetweenComparisons == 0) agreement.RequireSameWeights(trainer.NextStep);
                Representation? measured = null;
                if (monitor is not null && settings.Run.Monitors(trainer.NextStep, trainer.StepsPerEpoch, last)) measured = Measure(monitor, trainer, warn, stop);
                representation = measured ?? representation;
                Metrics? line = null;
                if (last || measured is not null || trainer.NextStep % settings.Run.LogEvery == 0)
                {
                    double imagesPerSecond = sinceLine * settings.Batch.Size / Math.Max(1e-9, now - lastLine);
                    line = new Metrics(
                        trainer.NextStep, (double)trainer.NextStep / trainer.StepsPerEpoch, result.Loss, result.LearningRate, Math.Round(imagesPerSecond, 1),
                        Math.Round((metrics?.SecondsBefore ?? 0) + now, 3),
                        settings.Loss.LearnTemperature ? result.Temperature : null, measured, settings.Loss.LearnsBias ? result.Bias : null);
                    metrics?.Write(line);
                    lastLine = now;
                    sinceLine = 0;
                }

                if (measured is not null)
                {
                    // The time of measuring is not the training's.
                    lastLine = lastStep = clock.Elapsed.TotalSeconds;
                    string? collapse = monitor!.Collapse(measured, trainer.NextStep);
                    if (collapse is not null && !hasCollapsed)
                        warn($"step {trainer.NextStep}: the representation has collapsed: {collapse}. Try a lower `learningRate`, a longer `warmupEpochs` or more negatives.");
                    hasCollapsed = collapse is not null;
                }

                double remaining = (trainer.TotalSteps - trainer.NextStep) * settings.Batch.Size / speed;
                progress(new TrainingProgress(trainer.NextStep, trainer.TotalSteps, result.Epoch + 1, epochsOfRun, result.Loss, speed,
                    TimeSpan.FromSeconds(remaining), representation, line, trainer.NextStep % trainer.StepsPerEpoch == 0));
                if (!last && trainer.NextStep % stepsPerCheckpoint == 0) checkpoint = checkpoints.SaveOrWarn(loss) ?? checkpoint;
            }

            checkpoint = checkpoints.SaveLast(loss, checkpoint);
        }
        catch (NonFiniteLossException exception)
        {
            string good = checkpoint is null ? "There is no checkpoint yet." : $"The last good checkpoint is {checkpoint}.";
            string device = ops is CudaOps && trainer.NextStep == 0 ? " In a first step it may also be the GPU: `gpu.check` tests its kernels." : "";
            throw new NonFiniteLossException($"{exception.Message}{device} {good} {DivergedStep.Keep(run, trainer, settings, images, exception.Message)}", exception);
        }
        catch (DeviceException fault) when (fault is DeviceMemoryException || fault.GetType() == typeof(DeviceException))
        {
            string message = $"{fault.Message} {(checkpoint is null ? "There is no checkpoint yet." : $"The last checkpoint is {checkpoint}.")}";
            throw fault is DeviceMemoryException ? new DeviceMemoryException(message, fault) : new DeviceException(message, fault);
        }
        catch (BadDataException fault)
        {
            // An image that cannot be read ends the run; the steps before it are kept, but where other ranks wait in the midst of a step.
            if (collective.Size > 1) throw;
            throw new BadDataException($"{fault.Message}\nThe run ends here; the steps before are saved in {checkpoints.SaveLast(loss, checkpoint)}.", fault);
        }

        if (metrics?.LostLines > 0) warn($"{Counted.Of(metrics.LostLines, "line")} of {run.MetricsPath} could not be written.");
        return new TrainingOutcome(trainer.NextStep, trainer.NextStep == trainer.TotalSteps, loss, checkpoint, clock.Elapsed.TotalSeconds) { StepsBefore = start };
    }

    /// <summary>Whether any rank was asked to stop: all of them end after the same step.</summary>
    private static bool Stopped(Collective collective, CancellationToken stop) => collective.Sum(stop.IsCancellationRequested ? 1 : 0) > 0;

    /// <summary>What the representation is like; null where the run was asked to stop meanwhile, or where it cannot be measured.</summary>
    private static Representation? Measure(RepresentationMonitor monitor, Trainer trainer, Action<string> warn, CancellationToken stop)
    {
        try
        {
            Representation? measured = monitor.Measure(trainer.Model, stop);
            if (measured is null) warn($"step {trainer.NextStep}: the features of plain samples are not finite, so that the representation was not measured.");
            return measured;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
    }
}
