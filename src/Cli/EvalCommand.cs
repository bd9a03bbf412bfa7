using System.CommandLine;
using System.Text.Json;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary><c>negsamples eval</c>.</summary>
internal static class EvalCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("eval", $"""
            Measures what a run's newest checkpoint has learned, on the test split: mean, linear and nearest-neighbour classifiers,
            before and after the head, each beside the same encoder at initialisation. Writes eval/CHECKPOINT.json in the run folder.

            Examples:
              negsamples eval runs/cifar
              negsamples eval runs/cifar --linear-epochs 30 --json

            {ExitCode.Help}
            """);
        RunOptions run = new(terminal, command);
        Option<int> epochs = new("--linear-epochs")
        {
            Description = "Epochs of the linear classifier.",
            DefaultValueFactory = _ => new LinearSettings().Epochs,
        };
        Option<ulong> seed = new("--seed")
        {
            Description = "Key of the linear classifier's order of samples.",
            DefaultValueFactory = _ => new LinearSettings().Seed,
        };
        Option<bool> json = new("--json") { Description = "Print the report as JSON instead of a table." };
        foreach (Option option in new Option[] { epochs, seed, json }) command.Options.Add(option);
        command.SetAction((parsed, _) => CommandLine.Guard(terminal, () =>
        {
            int linearEpochs = parsed.GetValue(epochs);
            if (linearEpochs < 1) throw new SettingsException(FormattableString.Invariant($"--linear-epochs is {linearEpochs}; expected at least 1."));
            LinearSettings linear = new() { Epochs = linearEpochs, Seed = parsed.GetValue(seed) };
            return run.Use(parsed, open =>
            {
                bool quiet = parsed.GetValue(json);
                EvaluationReport report = Evaluate(terminal, open.Path, open.Ops, open.Images, linear, quiet, dataPath: open.Settings.Data.Path);
                if (quiet) terminal.Output.WriteLine(JsonSerializer.Serialize(report, SettingsJson.Default.EvaluationReport));
                else EvaluationTable.Print(terminal, report);
                return ExitCode.Ok;
            });
        }));
        return command;
    }

    /// <summary>Evaluates with a status line.</summary>
    public static EvaluationReport Evaluate(
        Terminal terminal, string run, Ops ops, ImageData images, LinearSettings linear, bool quiet, EvaluationReport? sameInitialisation = null,
        string? dataPath = null)
    {
        IImageSet test = images.Test ?? throw new BadDataException($"{images.Train.Name} has no test split; an evaluation needs one. A new run can hold one out: `testShare`.");
        return EvaluationDisplay.Show(terminal, quiet,
            status => Evaluator.Evaluate(run, ops, images.Train, test, linear, status, sameInitialisation, dataPath, terminal.Stop));
    }
}
