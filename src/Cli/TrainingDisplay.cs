using System.Diagnostics;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>Shows a run while it trains: a bar on a terminal, a plain line every few seconds elsewhere.</summary>
internal static class TrainingDisplay
{
    private const double SecondsBetweenLines = 10;

    // Columns of the bar, and of what stands beside it.
    private const int Beside = 62, LeastBar = 6, MostBar = 40;

    // The first steps also compile; what is over within a minute needs no forecast.
    private const int StepsToJudge = 5;
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);

    public static TrainingOutcome Show(Terminal terminal, Func<Action<TrainingProgress>, TrainingOutcome> train) =>
        terminal.IsInteractive ? ShowBar(terminal, train) : ShowLines(terminal, train);

    private static TrainingOutcome ShowBar(Terminal terminal, Func<Action<TrainingProgress>, TrainingOutcome> train) => terminal.Console.Progress()
        .HideCompleted(false)
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn { Width = Math.Clamp(terminal.Console.Profile.Width - Beside, LeastBar, MostBar) }, new PercentageColumn())
        .Start(context =>
        {
            ProgressTask task = context.AddTask("preparing");
            return train(progress =>
            {
                task.MaxValue = progress.TotalSteps;
                task.Value = progress.Step;
                task.Description = Markup.Escape(Text(progress));
            });
        });

    private static TrainingOutcome ShowLines(Terminal terminal, Func<Action<TrainingProgress>, TrainingOutcome> train)
    {
        Stopwatch clock = Stopwatch.StartNew();
        double next = 0;
        long first = -1;
        return train(progress =>
        {
            if (first < 0) first = progress.Step;
            if (progress.Step == first + StepsToJudge && clock.Elapsed + progress.Remaining > Long) terminal.Tell($"about {RemainingTime.Text(clock.Elapsed + progress.Remaining)} in all");
            if (clock.Elapsed.TotalSeconds < next && progress.Step != progress.TotalSteps) return;
            next = clock.Elapsed.TotalSeconds + SecondsBetweenLines;
            terminal.Tell($"step {progress.Step}/{progress.TotalSteps}  {Text(progress)}");
        });
    }

    private static string Text(TrainingProgress progress) => FormattableString.Invariant(
        $"epoch {progress.Epoch}/{progress.Epochs}  loss {progress.Loss:F4}  {progress.ImagesPerSecond:F0} samples/s  about {RemainingTime.Text(progress.Remaining)} left{Measured(progress.Representation)}");

    private static string Measured(Representation? of) => of is null ? ""
        : FormattableString.Invariant($"  {(of.Knn is { } knn ? FormattableString.Invariant($"neighbours {100 * knn:F1} %, ") : "")}rank {of.RankMe:F1}");
}
