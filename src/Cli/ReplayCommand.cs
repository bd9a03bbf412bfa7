using System.CommandLine;
using System.Globalization;
using NegSamples.Training;
using NegSamples.Training.Settings;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary><c>negsamples replay</c>.</summary>
internal static class ReplayCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("replay", $"""
            Does the step again in which a run diverged.

            Does the step again in which a run's loss, gradients or weights stopped being finite, and shows every layer of it. The run is not changed.

            Examples:
              negsamples replay runs/cifar
              negsamples replay runs/cifar --device cpu
            """);
        RunOptions run = new(terminal, command);
        command.Options.Add(JsonOption.Create());
        command.SetAction((parsed, _) => CommandLine.Guard(terminal, () =>
        {
            DivergedStepRecord kept = DivergedStep.Read(run.PathOf(parsed));
            return run.Use(parsed, open => Show(terminal, kept, DivergedStep.Replay(
                open.Path, kept, kept.Settings.At(open.Settings), open.Ops, open.Images.Train)));
        }));
        return command;
    }

    private static int Show(Terminal terminal, DivergedStepRecord kept, DivergedStepRecord again)
    {
        terminal.Give(again, SettingsJson.Default.DivergedStepRecord, _ => Print(terminal, kept, again));
        return again.Fault.Length == 0 ? ExitCode.Ok : ExitCode.NonFiniteLoss;
    }

    private static void Print(Terminal terminal, DivergedStepRecord kept, DivergedStepRecord again)
    {
        Table table = terminal.NewTable().AddColumns("layer", "numbers", "weight norm", "not finite", "gradient norm", "not finite");
        foreach (TableColumn column in table.Columns.Skip(1)) column.RightAligned();
        foreach (LayerNorms layer in again.Layers)
        {
            table.AddRow(
                Markup.Escape(layer.Name), Whole(layer.Numbers), Norm(layer.WeightNorm), Whole(layer.WeightsNotFinite), Norm(layer.GradientNorm),
                Whole(layer.GradientsNotFinite));
        }

        terminal.Show(table);
        terminal.Say($"Step {kept.Step}, learning rate {kept.LearningRate}, temperature {kept.Temperature}, images {string.Join(' ', again.Images)}");
        terminal.Say($"Then: {kept.Fault}");
        terminal.Say($"Again: {(again.Fault.Length == 0 ? "every number is finite." : again.Fault)}");
    }

    private static string Whole(int? value) => value is { } number ? number.ToString("N0", CultureInfo.InvariantCulture) : "-";

    private static string Norm(double? value) => value is { } number ? number.ToString("G5", CultureInfo.InvariantCulture) : "-";
}
