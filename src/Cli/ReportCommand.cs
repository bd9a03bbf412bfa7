using System.CommandLine;
using NegSamples.Cli.Help;
using NegSamples.Report;
using NegSamples.Report.Comparison;
using NegSamples.Study.Comparison;
using NegSamples.Study.Sweep;
using NegSamples.TensorBoard;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary><c>negsamples report</c>.</summary>
internal static class ReportCommand
{
    private static readonly Dictionary<string, ReportFormat> Formats = new(StringComparer.Ordinal)
    {
        ["html"] = ReportFormat.Html, ["md"] = ReportFormat.Markdown, ["latex"] = ReportFormat.Latex, ["csv"] = ReportFormat.Csv,
    };

    private const string Events = "tensorboard";

    public static Command Create(Terminal terminal)
    {
        Command command = new("report", $"""
            Puts runs side by side on one page.

            Of a sweep: accuracies, bounds and their terms against K, training curves, a map of the embeddings.
            Of runs, sweeps and folders of features in any mixture, each is a column: accuracies, bounds, measures, loss curves, settings that differ, maps.
            One HTML page that needs no network; the tables also in Markdown and LaTeX, and every number of every run as CSV.
            What is unfinished, or lacks a part, is listed with the command that makes it; the report is made from the rest.

            Examples:
              negsamples report sweeps/cifar
              negsamples report runs/cifar
              negsamples report runs/cifar features/clip features/dino --output comparison.html
              negsamples report runs/cifar runs/other --format tensorboard --output events
              negsamples report sweeps/cifar --format latex --output paper/tables.tex
              negsamples report sweeps/cifar --baseline runs/supervised-7 --baseline runs/supervised-11
            """);
        Argument<string[]> paths = new("PATH") { Description = "Folders of runs, sweeps or features (of embed, or of features; FOLDER:KEY where one has several).",
            Arity = ArgumentArity.OneOrMore };
        Option<string> format = new("--format") { Description = "How the report is written; tensorboard: a folder of loss curves, figures and embeddings that TensorBoard opens.",
            DefaultValueFactory = _ => "html" };
        SymbolChoices.Set(format, [.. Formats.Keys, Events]);
        Option<string?> output = new("--output", "-o") { Description = "The file [default: report.html, .md, .tex or .csv in the folder; of several folders comparison.html here; of tensorboard a folder].",
            HelpName = "FILE" };
        Option<string[]> baseline = new("--baseline")
        {
            Description = "With one sweep: a run to compare with, evaluated and of the same samples, such as one of train --loss cross-entropy: a line in the figures, rows in the "
                + "table of accuracies. May be given several times; runs that differ by their seed alone are averaged.",
            HelpName = "RUN", DefaultValueFactory = _ => [],
        };
        command.Arguments.Add(paths);
        command.Options.Add(format);
        command.Options.Add(output);
        command.Options.Add(baseline);
        command.Options.Add(JsonOption.Create());
        command.SetAction((parsed, _) => CommandLine.Guard(terminal, () =>
        {
            string[] folders = parsed.GetValue(paths)!;
            foreach (string folder in folders) PlaceOptions.CheckPath("PATH", folder);
            PlaceOptions.CheckPath("--output", parsed.GetValue(output));
            string name = parsed.GetValue(format)!;
            if (!Formats.TryGetValue(name, out ReportFormat chosen) && name != Events)
                throw new SettingsException($"--format is {name}; expected one of {string.Join(", ", Formats.Keys)}, {Events}.");
            string[] baselines = parsed.GetValue(baseline)!;
            foreach (string run in baselines) PlaceOptions.CheckPath("--baseline", run);
            if (name == Events && baselines.Length == 0) WriteEvents(terminal, folders, parsed.GetValue(output));
            else if (folders is [string sweep] && (File.Exists(SweepFolder.ManifestPath(sweep)) || baselines.Length > 0)) GiveFile(terminal, Write(terminal, sweep, chosen, parsed.GetValue(output), baselines));
            else if (baselines.Length > 0) throw new SettingsException("--baseline compares with one sweep; name the run beside the other folders instead.");
            else Compare(terminal, folders, chosen, parsed.GetValue(output));
            return ExitCode.Ok;
        }));
        return command;
    }

    /// <summary>Writes a report; where it is, and what there is to say of it.</summary>
    /// <param name="terminal">Is told what is missing.</param>
    /// <param name="sweep">The sweep's folder.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="output">The file; null for one in the sweep's folder.</param>
    /// <param name="baselines">Runs to compare with; null for none.</param>
    public static (string Path, FormattableString Line) Write(Terminal terminal, string sweep, ReportFormat format, string? output, IReadOnlyList<string>? baselines = null)
    {
        SweepData data = SweepData.Load(sweep, baselines);
        string path = output ?? Path.Combine(sweep, "report" + SweepReport.Extension(format));
        OutputPlace.CheckFile("--output", path);
        OutputPlace.WriteText(path, SweepReport.Write(data, format, SettingNames.FlagOf, terminal.Stop));
        foreach (string missing in data.Missing) terminal.Fail("warning: " + missing);
        return (path, $"{data.Runs.Count} of {Counted.Of(data.Manifest.Values.Count * data.Manifest.Seeds.Count, "run")}; the report is {path}");
    }

    private static void Compare(Terminal terminal, string[] folders, ReportFormat format, string? output)
    {
        IReadOnlyList<ComparedEntry> entries = ComparedEntries.Load(folders);
        string ending = SweepReport.Extension(format), path = output
            ?? (folders.Length == 1 && Directory.Exists(folders[0]) ? Path.Combine(folders[0], "report" + ending) : "comparison" + ending);
        OutputPlace.CheckFile("--output", path);
        OutputPlace.WriteText(path, ComparisonReport.Write(entries, format, SettingNames.FlagOf, terminal.Stop));
        foreach (string missing in entries.SelectMany(entry => entry.Missing)) terminal.Fail("warning: " + missing);
        int runs = entries.Count(entry => entry.Run is not null), given = entries.Count - runs;
        GiveFile(terminal, (path, $"{Counted.Of(runs, "run")} and {Counted.Of(given, "set")} of features; the report is {path}"));
    }

    private static void WriteEvents(Terminal terminal, string[] folders, string? output)
    {
        string path = output ?? (folders.Length == 1 && Directory.Exists(folders[0]) ? Path.Combine(folders[0], "report-tensorboard") : "comparison-tensorboard");
        OutputPlace.CheckReplaced("--output", path);
        ReportEvents.Write(path, ComparedEntries.Load(folders), terminal.Stop);
        GiveFile(terminal, (path, $"{path} has loss curves, figures and embeddings; open it with: tensorboard --logdir {path}"));
    }

    private static void GiveFile(Terminal terminal, (string Path, FormattableString Line) written) =>
        terminal.Give(new WrittenFile(written.Path), CommandJson.Default.WrittenFile, _ => terminal.Say(written.Line));
}
