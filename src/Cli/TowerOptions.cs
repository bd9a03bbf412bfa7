using System.CommandLine;
using System.Text.Json;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Similarity;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>The flags of <c>negsamples similarity</c> that measure features of two towers instead of random rows.</summary>
internal sealed class TowerOptions
{
    private static readonly (string Name, TowerLoss Value)[] Losses = [("info-nce", TowerLoss.InfoNce), ("sigmoid", TowerLoss.Sigmoid)];

    private readonly Option<string?> queries = new("--queries")
    {
        Description = "Measure features in files instead of random rows: those of the queries, (N, D) in .npy, .npz, .safetensors or .csv "
            + "(docs/bring-your-own.md), --keys those of the keys, row i the match of row i.", HelpName = "FILE",
    };

    private readonly Option<string?> loss = PlaceOptions.Choice(
        "--loss", "With --queries: info-nce both ways, as CLIP's; or sigmoid, SigLIP's [default: info-nce].", [.. Losses.Select(choice => choice.Name)]);

    private readonly Option<bool> normalised = new("--normalised")
    {
        Description = "With --queries: scale all rows to unit length first; the gradients are those of the scaled rows.",
    };

    private readonly Option<string?> output = new("--output", "-o")
    {
        Description = $"With --queries: a folder that receives the gradients, {string.Join(" and ", TowerStudy.GradientNames)}.", HelpName = "FOLDER",
    };

    public IEnumerable<Option> All => [queries, loss, normalised, output];

    /// <summary>Whether files are to be measured.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="ofRandomRows">Flags that have a meaning with random rows only.</param>
    /// <exception cref="SettingsException">A flag of the other is given.</exception>
    public bool IsAsked(ParseResult parsed, params Option[] ofRandomRows)
    {
        bool isAsked = parsed.GetValue(queries) is not null;
        foreach (Option option in isAsked ? ofRandomRows : [loss, normalised, output])
        {
            if (parsed.GetResult(option) is not { Implicit: false }) continue;
            throw new SettingsException(isAsked ? $"{option.Name} has no meaning with --queries, whose features are given."
                : $"{option.Name} needs --queries, features in a file.");
        }

        return isAsked;
    }

    /// <summary>Measures and prints.</summary>
    public int Run(Terminal terminal, Ranks ranks, ParseResult parsed, string? keys, float temperature, float? bias, TrainingSettings place, string format)
    {
        if (ranks.Collective.Size > 1) throw new SettingsException("--queries are measured by one process; start it without the launcher.");
        TowerSettings settings = new()
        {
            Queries = parsed.GetValue(queries)!,
            Keys = keys ?? throw new SettingsException("--keys is missing; expected the file of the keys beside --queries."),
            Loss = Losses.First(choice => choice.Name == (parsed.GetValue(loss) ?? Losses[0].Name)).Value, Temperature = temperature, Bias = bias,
            IsNormalised = parsed.GetValue(normalised), Threads = place.Place.Threads,
        };
        settings.Validate();
        string? folder = parsed.GetValue(output);
        if (folder is not null) OutputPlace.CheckFolder("--output", folder);
        place = ranks.Placed(terminal, place);
        TowerReport report = TowerStudy.Run(
            settings, Open, AvailableMemory.Read(), folder, terminal.Aside, terminal.Stop);
        foreach (string note in report.Notes) terminal.Note("note: " + note);
        if (format == "json") terminal.Output.WriteLine(JsonSerializer.Serialize(report, SimilarityJson.Default.TowerReport));
        else if (format == "csv") TowerPrint.WriteCsv(terminal.Output, report);
        else TowerPrint.Print(terminal, report);
        if (folder is not null) terminal.Aside($"Gradients in {folder}.");
        return ExitCode.Ok;

        // The folder of a measurement that can begin, and of no other.
        Ops Open()
        {
            Ops ops = Devices.Open(place, ranks.Collective, terminal.Note, terminal.Stop);
            try
            {
                if (folder is not null) Disk.CreateFolder(folder);
                return ops;
            }
            catch
            {
                ops.Dispose();
                throw;
            }
        }
    }
}
