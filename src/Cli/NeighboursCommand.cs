using System.CommandLine;
using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Text;
using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary><c>negsamples neighbours</c>.</summary>
internal static class NeighboursCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("neighbours", $"""
            Finds the {NeighbourFile.PerWord} nearest words of each word of a text set by the cosine of their vectors, for train --text-augmentation replace.

            Example:
              negsamples neighbours crawl-300d-2M.vec --data ag_news_csv.tar.gz --output neighbours.tsv
              negsamples train --data ag_news_csv.tar.gz --text-augmentation replace --neighbours neighbours.tsv

            {ExitCode.Help}
            """);
        Argument<string> vectors = new("WORDS.vec") { Description = "Word vectors as text, as fastText publishes them: a word and its numbers in each row. Words without a vector keep themselves." };
        Option<string> data = new("--data") { Description = "The texts (ag_news_csv as folder or .tar.gz).", HelpName = "PATH", Required = true };
        Option<string> output = new("--output", "-o") { Description = "The file that is written: a word and its nearest in each line, tabs between.", HelpName = "FILE", Required = true };
        Option<int?> threads = new("--threads") { Description = "CPU threads; they never change the numbers [default: one per core]." };
        command.Arguments.Add(vectors);
        command.Options.Add(data);
        command.Options.Add(output);
        command.Options.Add(threads);
        command.SetAction((parsed, _) => CommandLine.Guard(terminal, () => Run(
            terminal, parsed.GetValue(vectors)!, parsed.GetValue(data)!, parsed.GetValue(output)!, PlaceOptions.Threads(terminal, parsed.GetValue(threads) ?? 0))));
        return command;
    }

    private static int Run(Terminal terminal, string vectors, string data, string output, int threads)
    {
        PlaceOptions.CheckPath("WORDS.vec", vectors);
        PlaceOptions.CheckPath("--output", output);
        TrainingSettings settings = new() { Data = new() { Path = data }, Place = new() { Threads = threads } };
        settings.Validate();
        using ImageData texts = DataOpening.OpenNew(terminal, settings);
        Vocabulary vocabulary = texts.Train.Vocabulary ?? throw new SettingsException($"--data is {data}, which holds images ({texts.Kind}); expected texts ({AgNewsSet.Kind}).");
        PeriodicDisplay reading = new(terminal, (done, all) => $"reading {vectors}, {done / 1e9:F2} of {all / 1e9:F2} GB");
        WordVectors words = WordVectors.Read(vectors, vocabulary, reading.Show, terminal.Stop);
        using CpuOps ops = threads > 0 ? new CpuOps(threads) : new CpuOps();
        ops.Stop = terminal.Stop;
        PeriodicDisplay searching = new(terminal, (done, all) => $"nearest words of {done} of {all}");
        int[] neighbours = words.Nearest(ops, (done, all) => searching.Show(done, all), terminal.Stop);
        NeighbourFile.Write(output, vocabulary, neighbours);
        terminal.Say($"{output}: the {NeighbourFile.PerWord} nearest words of {words.Found} of {vocabulary.Words.Count} words; {vocabulary.Words.Count - words.Found} without a vector keep themselves.");
        return ExitCode.Ok;
    }
}
