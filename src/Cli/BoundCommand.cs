using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using NegSamples.Augment.Data;
using NegSamples.Study;
using NegSamples.Study.Embeddings;

namespace NegSamples.Cli;

/// <summary><c>negsamples bound</c>.</summary>
internal static class BoundCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("bound", $"""
            Measures the terms of the coupon-collector and CURL bounds on a run's newest checkpoint, by the protocol of arXiv:2102.06866, and puts every
            upper bound of the supervised loss side by side. Class means are from augmented views of the training split; shuffled batches of K + 1 run over the
            test split. Coverage and collisions are printed beside their exact values. Writes bound/CHECKPOINT-kK.json in the run folder, and
            CHECKPOINT-kK.bounds.json in the shape of the paper's own file.

            Examples:
              negsamples bound runs/cifar
              negsamples bound runs/cifar --negatives 31,63,127,255,511
              mpirun -n 4 negsamples bound /shared/runs/cifar

            {ExitCode.Help}
            """);
        RunOptions run = new(terminal, command);
        BoundSettings defaults = new();
        Option<int[]> negatives = new("--negatives")
        {
            Description = "K, or several with commas: a batch has K + 1 samples [default: the run's own: those it draws, else the keys of its queue, else the other samples of a shard, N/S - 1].", HelpName = "K,K,...",
                CustomParser = Numbers,
        };
        Option<int> augmentations = new(
            "--augmentations") { Description = "Augmented views of each image in the means; embedding them is nearly all of the cost.",
            DefaultValueFactory = _ => defaults.Augmentations };
        Option<int> passes = new("--passes") { Description = "Passes of shuffled batches over the test split.", DefaultValueFactory = _ => defaults.Passes };
        Option<int> subclasses = new("--subclasses")
        {
            Description = "M: k-means splits every class into so many parts on the training images, and the bounds are of these C·M classes; "
                + "writes CHECKPOINT-kK-mM.json.",
            HelpName = "M", DefaultValueFactory = _ => defaults.Subclasses,
        };
        Option<ulong> seed = new("--seed") { Description = "Key of the views and of the order.", DefaultValueFactory = _ => defaults.Seed };
        Option<bool> json = new("--json") { Description = "Print the reports as a JSON array instead of tables." };
        foreach (Option option in new Option[] { negatives, augmentations, passes, subclasses, seed, json }) command.Options.Add(option);
        CommandLine.ServeRanks(terminal, command, (parsed, ranks) =>
        {
            BoundSettings settings = new()
            {
                Negatives = parsed.GetValue(negatives)
                    ?? [], Augmentations = parsed.GetValue(augmentations), Passes = parsed.GetValue(passes), Seed = parsed.GetValue(seed),
                Subclasses = parsed.GetValue(subclasses),
            };
            settings.Validate();
            return run.Use(parsed, open =>
            {
                IImageSet test = open.Test("the bound");
                settings = settings with { Threads = open.Settings.Place.Threads };
                if (!open.Leads)
                {
                    BoundStudy.Assist(open.Path, open.Ops, open.Images.Train, test, settings, terminal.Stop);
                    return ExitCode.Ok;
                }

                bool quiet = parsed.GetValue(json);
                IReadOnlyList<BoundReport> reports = EvaluationDisplay.Show(terminal, quiet, status =>
                    BoundStudy.Run(open.Path, open.Ops, open.Images.Train, test, settings, status, terminal.Stop));
                if (quiet)
                {
                    terminal.Output.WriteLine(JsonSerializer.Serialize(reports, typeof(IReadOnlyList<BoundReport>), StudyJson.Default));
                    return ExitCode.Ok;
                }

                foreach (BoundReport report in reports) BoundPrint.Print(terminal, report, test);
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
