using System.CommandLine;
using NegSamples.Files;
using NegSamples.Report;
using NegSamples.Study.Sweep;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary><c>negsamples report</c>.</summary>
internal static class ReportCommand
{
    private static readonly Dictionary<string, ReportFormat> Formats = new(StringComparer.Ordinal)
    {
        ["html"] = ReportFormat.Html, ["md"] = ReportFormat.Markdown, ["latex"] = ReportFormat.Latex, ["csv"] = ReportFormat.Csv,
    };

    public static Command Create(Terminal terminal)
    {
        Command command = new("report", $"""
            Puts the runs of a sweep side by side: accuracies, bounds and their terms against K, training curves, a map of the embeddings.
            One HTML page that needs no network; the tables also in Markdown and LaTeX, and every number of every run as CSV.
            Runs that are unfinished, or lack a part, are listed; the report is made from the rest.

            Examples:
              negsamples report sweeps/cifar
              negsamples report sweeps/cifar --format latex --output paper/tables.tex
              negsamples report sweeps/cifar --baseline runs/supervised-7 --baseline runs/supervised-11

            {ExitCode.Help}
            """);
        Argument<string> sweep = new("SWEEP") { Description = "The sweep's folder." };
        Option<string> format = new("--format") { Description = "How the report is written.", HelpName = string.Join('|', Formats.Keys),
            DefaultValueFactory = _ => "html" };
        Option<string?> output = new("--output", "-o") { Description = "The file [default: report.html, .md, .tex or .csv in the sweep's folder].",
            HelpName = "FILE" };
        Option<string[]> baseline = new("--baseline")
        {
            Description = "A run to compare with, evaluated and of the same images, such as one of train --loss cross-entropy: a line in the figures, rows in the "
                + "table of accuracies. May be given several times; runs that differ by their seed alone are averaged.",
            HelpName = "RUN", DefaultValueFactory = _ => [],
        };
        command.Arguments.Add(sweep);
        command.Options.Add(format);
        command.Options.Add(output);
        command.Options.Add(baseline);
        command.SetAction((parsed, _) => CommandLine.Guard(terminal, () =>
        {
            PlaceOptions.CheckPath("SWEEP", parsed.GetValue(sweep));
            PlaceOptions.CheckPath("--output", parsed.GetValue(output));
            string name = parsed.GetValue(format)!;
            if (!Formats.TryGetValue(name, out ReportFormat chosen))
                throw new SettingsException($"--format is {name}; expected one of {string.Join(", ", Formats.Keys)}.");
            string[] baselines = parsed.GetValue(baseline)!;
            foreach (string run in baselines) PlaceOptions.CheckPath("--baseline", run);
            Write(terminal, parsed.GetValue(sweep)!, chosen, parsed.GetValue(output), baselines);
            return ExitCode.Ok;
        }));
        return command;
    }

    /// <summary>Writes a report and says where.</summary>
    /// <param name="terminal">Where to say it.</param>
    /// <param name="sweep">The sweep's folder.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="output">The file; null for one in the sweep's folder.</param>
    /// <param name="baselines">Runs to compare with; null for none.</param>
    public static void Write(Terminal terminal, string sweep, ReportFormat format, string? output, IReadOnlyList<string>? baselines = null)
    {
        SweepData data = SweepData.Load(sweep, baselines);
        string path = output ?? Path.Combine(sweep, "report" + SweepReport.Extension(format));
        if (Directory.Exists(path) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(path))))
            throw new SettingsException($"--output is {path}; expected a file in a folder that exists.");
        AtomicFile.WriteText(path, SweepReport.Write(data, format, SettingNames.FlagOf, terminal.Stop));
        foreach (string missing in data.Missing) terminal.Fail("warning: " + missing);
        terminal.Say($"{data.Runs.Count} of {data.Manifest.Values.Count * data.Manifest.Seeds.Count} runs; the report is {path}");
    }
}
