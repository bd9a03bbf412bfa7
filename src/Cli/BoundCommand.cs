using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Study;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Foreign;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary><c>negsamples bound</c>.</summary>
internal static class BoundCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("bound", $"""
            Measures the bounds of a run and their terms.

            Measures the terms of the coupon-collector and CURL bounds on a run's newest checkpoint, by the protocol of arXiv:2102.06866, and puts every
            upper bound of the supervised loss side by side. Class means are from augmented views of the training split; shuffled batches of K + 1 run over the
            test split. Coverage and collisions are printed beside their exact values. Writes bound/CHECKPOINT-kK.json in the run folder, and
            CHECKPOINT-kK.bounds.json in the shape of the paper's own file.

            With --features the same of views that any model embedded, as files of arrays: --test-features has two views or more of each sample, (N, V, D) or a
            file for each view, with commas between. Rows are scaled to unit length. No data set and no run is opened (docs/bring-your-own.md).

            Examples:
              negsamples bound runs/cifar
              negsamples bound runs/cifar --negatives 31,63,127,255,511
              mpirun -n 4 negsamples bound /shared/runs/cifar
              negsamples bound --features features/clip --negatives 31,255 --temperature 0.5
              negsamples bound --features train.npy --labels y.npy --test-features v0.npy,v1.npy --test-labels z.npy --negatives 255 --temperature 0.5
            """);
        RunOptions run = new(terminal, command, orFeatures: true);
        ForeignOptions foreign = new(terminal, command, run, "(N, D), or (N, V, D) with V views of each sample", hasTest: true);
        Option<double?> temperature = ForeignOptions.Temperature();
        BoundSettings defaults = new();
        Option<int[]> negatives = new("--negatives")
        {
            Description = "K, or several with commas: a batch has K + 1 samples [default: the run's own: those it draws, else the keys of its queue, else the other samples of a shard, N/S - 1].", HelpName = "K,K,...",
                CustomParser = Numbers,
        };
        Option<int> augmentations = new(
            "--augmentations") { Description = "Augmented views of each sample in the means; embedding them is nearly all of the cost.",
            DefaultValueFactory = _ => defaults.Augmentations };
        Option<int> passes = new("--passes") { Description = "Passes of shuffled batches over the test split.", DefaultValueFactory = _ => defaults.Passes };
        Option<int> subclasses = new("--subclasses")
        {
            Description = "M: k-means splits every class into so many parts on the training samples, and the bounds are of these C·M classes; "
                + "writes CHECKPOINT-kK-mM.json.",
            HelpName = "M", DefaultValueFactory = _ => defaults.Subclasses,
        };
        Option<ulong> seed = new("--seed") { Description = "Key of the views and of the order.", DefaultValueFactory = _ => defaults.Seed };
        foreach (Option option in new Option[] { temperature, negatives, augmentations, passes, subclasses, seed, JsonOption.Create() }) command.Options.Add(option);
        CommandLine.ServeRanks(terminal, command, (parsed, ranks) =>
        {
            BoundSettings settings = new()
            {
                Negatives = parsed.GetValue(negatives)
                    ?? [], Augmentations = parsed.GetValue(augmentations), Passes = parsed.GetValue(passes), Seed = parsed.GetValue(seed),
                Subclasses = parsed.GetValue(subclasses),
            };
            settings.Validate();
            if (foreign.IsAsked(parsed, ofRun: [augmentations], ofFeatures: [temperature]))
            {
                if (settings.Negatives.Count == 0) throw new SettingsException("--negatives is missing; a run has a K of its own, features have none.");
                double t = ForeignOptions.Given(parsed, temperature);
                int[] counts = [];
                return foreign.Measure(parsed, ranks, (ops, status, notes) =>
                {
                    using ForeignPair pair = ForeignPair.Open(foreign.Train(parsed), foreign.Test(parsed), terminal.Stop);
                    counts = pair.Test.Sizes(pair.Classes);
                    settings = settings with { Threads = ops is CpuOps cpu ? cpu.Threads : 0 };
                    IReadOnlyList<BoundReport> reports = ForeignBounds.Measure(pair, ops, t, settings, status, terminal.Stop);
                    notes.AddRange(ForeignBounds.Notes(pair.Train, pair.Test));
                    return reports;
                }, reports => reports.Select(report => (FormattableString.Invariant($"bound-k{report.Negatives}{(settings.Subclasses > 1 ? $"-m{settings.Subclasses}" : "")}"), (object)report)), reports =>
                {
                    foreach (BoundReport report in reports) BoundPrint.Print(terminal, report, counts);
                });
            }

            return run.Use(parsed, open =>
            {
                IImageSet test = open.Test("the bound");
                settings = settings with { Threads = open.Settings.Place.Threads };
                if (!open.Leads)
                {
                    BoundStudy.Assist(open.Path, open.Ops, open.Images.Train, test, settings, terminal.Stop);
                    return ExitCode.Ok;
                }

                                IReadOnlyList<BoundReport> reports = EvaluationDisplay.Show(terminal, status =>
                    BoundStudy.Run(open.Path, open.Ops, open.Images.Train, test, settings, status, terminal.Stop));
                int[] counts = new int[test.ClassNames.Count];
                for (int i = 0; i < test.Count; i++) counts[test.Label(i)]++;
                terminal.Give(reports, JsonOption.Type<IReadOnlyList<BoundReport>>(StudyJson.Default), given =>
                {
                    foreach (BoundReport report in given) BoundPrint.Print(terminal, report, counts);
                });
                return ExitCode.Ok;
            }, ranks);
        });
        return command;
    }

    private static int[] Numbers(ArgumentResult result)
    {
        List<int> numbers = [];
        foreach (string word in result.Tokens.SelectMany(token => token.Value.Split(',')))
        {
            if (int.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int number)) numbers.Add(number);
            else result.AddError(
                $"--negatives is {string.Join(' ', result.Tokens.Select(token => token.Value))}; expected a number, or several with commas: 31,63.");
        }

        return [.. numbers];
    }
}
