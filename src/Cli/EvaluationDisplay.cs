using System.Diagnostics;
using NegSamples.Training.Evaluation;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>Shows what a measurement is doing: a status on a terminal, a plain line every few seconds elsewhere.</summary>
internal static class EvaluationDisplay
{
    private const double SecondsBetweenLines = 10;

    public static T Show<T>(Terminal terminal, Func<Action<EvaluationProgress>, T> measure)
    {
        if (terminal.IsInteractive)
            return terminal.Console.Status().Spinner(Spinner.Known.Dots)
                .Start("loading", context => measure(progress => context.Status = Markup.Escape(Text(progress))));

        Stopwatch clock = Stopwatch.StartNew();
        double next = 0;
        return measure(progress =>
        {
            if (clock.Elapsed.TotalSeconds < next) return;
            next = clock.Elapsed.TotalSeconds + SecondsBetweenLines;
            terminal.Tell($"{Text(progress)}");
        });
    }

    private static string Text(EvaluationProgress progress) =>
        progress.ImagesDone == 0 ? progress.Stage : FormattableString.Invariant($"{progress.Stage}, {Counted.Of(progress.ImagesDone, "sample")}");
}
