using System.CommandLine;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Sweep;

namespace NegSamples.Cli;

/// <summary><c>negsamples features</c>.</summary>
internal static class FeaturesCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("features", $"""
            Writes the features of a run as .npy files.

            Those of its newest checkpoint, under the names of the paper's notebooks (arXiv:2102.06866): plain samples and two
            augmented views of both splits, float32 [samples, dimension], not scaled to unit length, with labels, int64 [samples]. KEY is "encoder" (before the
            head) or "head" (after it), and val is the test split:
              KEY.feature.train.npy      KEY.feature.val.npy      plain samples
              KEY.feature.0.train.npy    KEY.feature.0.val.npy    augmented view 0
              KEY.feature.1.train.npy    KEY.feature.1.val.npy    augmented view 1
              KEY.label.train.npy        KEY.label.val.npy        labels
              features.json                                       checkpoint, data, seed and dimensions
            They appear in features/CHECKPOINT of the run folder, all or none. A folder that holds other features is refused.

            Examples:
              negsamples features runs/cifar
              negsamples features runs/cifar --head encoder --output features/cifar
              mpirun -n 4 negsamples features /shared/runs/cifar
            """);
        RunOptions run = new(terminal, command);
        Option<string> head = new("--head") { Description = "Features before the head, after it, or both.", DefaultValueFactory = _ => "both" };
        head.AcceptOnlyFromAmong("both", "head", "encoder");
        Option<string?> output = new("--output", "-o") { Description = "The folder [default: RUN/features/CHECKPOINT].", HelpName = "FOLDER" };
        Option<ulong> seed = new("--seed") { Description = "Key of the augmented views.", DefaultValueFactory = _ => new FeatureSettings().Seed };
        foreach (Option option in new Option[] { head, output, seed, JsonOption.Create() }) command.Options.Add(option);
        CommandLine.ServeRanks(terminal, command, (parsed, ranks) =>
        {
            if (parsed.GetValue(output) is { } asked && ranks.Collective.Rank == 0) OutputPlace.CheckReplaced("--output", asked);
            return run.Use(parsed, open => Write(parsed, open), ranks, writes: parsed.GetValue(output) is null);
        });
        return command;

        int Write(ParseResult parsed, OpenRun open)
        {
            string which = parsed.GetValue(head)!;
            FeatureSettings settings = new() { Head = which != "encoder", Encoder = which != "head", Output = parsed.GetValue(output),
                Seed = parsed.GetValue(seed) };
            if (!open.Leads)
            {
                FeatureFiles.Assist(open.Path, open.Ops, open.Images.Train, open.Test("the features' val split"), settings, terminal.Stop);
                return ExitCode.Ok;
            }

            FeatureReport report = EvaluationDisplay.Show(terminal, status =>
                FeatureFiles.Write(open.Path, open.Ops, open.Images.Train, open.Test("the features' val split"), settings, status, terminal.Stop));
            string folder = settings.Output ?? SweepFolder.FeaturesPath(open.Path, report.Checkpoint);
            terminal.Give(new WrittenFeatures(folder, report), CommandJson.Default.WrittenFeatures, _ =>
                terminal.Say($"{folder} holds {string.Join(" and ", report.Keys.Select(key => $"{key.Key} ({key.Dimension})"))} features of {report.Checkpoint}: {Counted.Of(report.TrainImages, "training sample", "N0")}, {Counted.Of(report.TestImages, "test sample", "N0")}, {FeatureFiles.Bytes(report) / 1e6:N1} MB"));
            return ExitCode.Ok;
        }
    }
}
