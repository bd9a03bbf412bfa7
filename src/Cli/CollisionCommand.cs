using System.CommandLine;
using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Study;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Foreign;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary><c>negsamples collision</c>.</summary>
internal static class CollisionCommand
{
    // Numbers of duplicates in the table.
    private static readonly int[] Duplicates = [1, 2, 4, 8, 16, 32];

    public static Command Create(Terminal terminal)
    {
        Command command = new("collision", $"""
            Measures how near samples of a class are to colliding.

            Measures how far two samples of one class are from a true collision, on a run's newest checkpoint: the mean over all pairs of training samples of a
            class of |z·(z' - z+)| (arXiv:2102.06866), z of one augmented view, z' and z+ of the other. With m negatives of the anchor's class, the collision
            term is at most ln(1 + m) + (m/t) times that. Writes collision/CHECKPOINT.json in the run folder.

            With --features the same of views that any model embedded, as files of arrays: two views of each sample, (N, V, D) or a file for each view, with
            commas between. Rows are scaled to unit length. No data set and no run is opened (docs/bring-your-own.md).

            Examples:
              negsamples collision runs/cifar
              negsamples collision runs/cifar --json
              mpirun -n 4 negsamples collision /shared/runs/cifar
              negsamples collision --features view0.npy,view1.npy --labels labels.npy --temperature 0.5
            """);
        RunOptions run = new(terminal, command, orFeatures: true);
        ForeignOptions foreign = new(terminal, command, run, "(N, V, D) with V views of each sample", hasTest: false);
        Option<double?> temperature = ForeignOptions.Temperature();
        Option<ulong> seed = new("--seed") { Description = "Key of the views.", DefaultValueFactory = _ => new CollisionSettings().Seed };
        command.Options.Add(temperature);
        command.Options.Add(seed);
        command.Options.Add(JsonOption.Create());
        CommandLine.ServeRanks(terminal, command, (parsed, ranks) => foreign.IsAsked(parsed, ofRun: [seed], ofFeatures: [temperature])
            ? MeasureFeatures(parsed, ranks) : MeasureRun(parsed, ranks));
        return command;

        int MeasureFeatures(ParseResult parsed, Ranks ranks)
        {
            double t = ForeignOptions.Given(parsed, temperature);
            return foreign.Measure(parsed, ranks, (ops, status, notes) =>
            {
                using ForeignSplit train = ForeignSplit.Open(foreign.Train(parsed), terminal.Stop);
                CollisionReport report = ForeignCollision.Measure(train, ops, t, ops is CpuOps cpu ? cpu.Threads : 0, status, terminal.Stop);
                notes.AddRange(ForeignBounds.Notes(train));
                return report;
            }, report => [("collision", report)], report => Print(terminal, report));
        }

        int MeasureRun(ParseResult parsed, Ranks ranks) => run.Use(parsed, open =>
        {
            CollisionSettings settings = new() { Seed = parsed.GetValue(seed), Threads = open.Settings.Place.Threads };
            if (!open.Leads)
            {
                CollisionStudy.Assist(open.Path, open.Ops, open.Images.Train, settings, terminal.Stop);
                return ExitCode.Ok;
            }

            CollisionReport report = EvaluationDisplay.Show(terminal, status =>
                CollisionStudy.Run(open.Path, open.Ops, open.Images.Train, settings, status, terminal.Stop));
            terminal.Give(report, JsonOption.Type<CollisionReport>(StudyJson.Default), given => Print(terminal, given));
            return ExitCode.Ok;
        }, ranks);
    }

    private static void Print(Terminal terminal, CollisionReport report)
    {
        terminal.Say($"{report.Checkpoint} on {report.Data}, {Counted.Of(report.Images, "sample", "N0")} of the {report.Split} split, t = {report.Temperature}: mean |z·(z' - z+)| = {report.Delta:G6} (with the anchor of the paper's notebook {report.PublishedDelta:G6})");
        Table table = terminal.NewTable();
        table.AddColumn("class");
        table.AddColumn(new TableColumn("mean |z·(z' - z+)|").RightAligned());
        foreach (int m in Duplicates) table.AddColumn(new TableColumn(FormattableString.Invariant($"bound, m = {m}")).RightAligned());
        Row("all", report.Delta);
        for (int c = 0; c < report.ClassNames.Count; c++) Row(report.ClassNames[c], report.ClassDeltas[c]);
        terminal.Show(table);
        terminal.Say($"The bound on the collision term is ln(1 + m) + (m/t)·mean, for m negatives of the anchor's class; ln(1 + m) alone is what a collapsed class has.");

        void Row(string name, double delta) => table.AddRow(
            [Markup.Escape(name), Number(delta), .. Duplicates.Select(m => Number(Math.Log(1.0 + m) + (m / report.Temperature * delta)))]);
    }

    private static string Number(double value) => double.IsNaN(value) ? "-" : value.ToString("G6", CultureInfo.InvariantCulture);
}
