using System.Diagnostics;
using NegSamples.Augment.Data;
using NegSamples.Study.Sweep;
using NegSamples.Training;

namespace NegSamples.Cli;

/// <summary>What a sweep is about to do, and how long the rest of it takes by what was done.</summary>
/// <param name="runs">All runs.</param>
/// <param name="images">The training images.</param>
internal sealed class SweepForecast(IReadOnlyList<SweepRun> runs, IImageSet images)
{
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private double done;
    private double past;

    /// <summary>", about 4:28 left"; nothing before a run is done in this process.</summary>
    public string Left => done == 0 ? "" : $", about {RemainingTime.Text(clock.Elapsed * ((runs.Sum(Views) - past) / done))} left";

    /// <summary>The line.</summary>
    public string Text(SweepManifest manifest)
    {
        string rates = manifest.LearningRates is { Count: > 1 } grid ? FormattableString.Invariant($" x {grid.Count} rates") : "";
        return FormattableString.Invariant(
            $"{Counted.Of(runs.Count, "run")}, {Counted.Of(manifest.Values.Count, "value")} x {manifest.Seeds.Count} seeds{rates}; {Counted.Of(runs.Sum(Steps), "step", "N0")} in all; each is evaluated and its bounds are measured");
    }

    /// <summary>A run is done; one that was done before takes no time.</summary>
    public void Done(SweepRun run)
    {
        past += Views(run);
        if (clock.Elapsed.TotalSeconds > 1) done += Views(run);
    }

    private long Steps(SweepRun run) => run.Settings.Optimizer.TotalSteps(TrainingPlan.ImagesTrainedOn(run.Settings, images) / run.Settings.Batch.Size);

    private double Views(SweepRun run) => (double)Steps(run) * run.Settings.Batch.Size;
}
