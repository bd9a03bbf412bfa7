using System.CommandLine;
using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Text;
using NegSamples.Augment.Pictures;
using NegSamples.Augment.Recipes;
using NegSamples.Kernels;
using NegSamples.Study.Embeddings;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary><c>negsamples neighbours</c>.</summary>
internal static class NeighboursCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("neighbours", $"""
            Draws the nearest images of images, or finds near words.

            Of a run: draws images of its test split, each in a row with the images that the encoder puts nearest to it (cosine), and prints their files,
            classes and cosines. Of word vectors: finds the {NeighbourFile.PerWord} nearest words of each word of a text set, for train
            --text-augmentation replace.

            Examples:
              negsamples neighbours runs/cifar --output neighbours.png
              negsamples neighbours runs/cifar --count 20 --nearest 12 --head encoder
              negsamples neighbours crawl-300d-2M.vec --data ag_news_csv.tar.gz --output neighbours.tsv
              negsamples train --data ag_news_csv.tar.gz --text-augmentation replace --neighbours neighbours.tsv
            """);
        RunOptions run = new(
            terminal, command, name: "RUN|WORDS.vec",
            what: "A run folder; or word vectors as text, as fastText publishes them: a word and its numbers in each row. Words without a vector keep themselves.");
        Option<int> count = new("--count") { Description = "Of a run: images whose nearest are shown, drawn by --seed from the test split.", HelpName = "N", DefaultValueFactory = _ => 8 };
        Option<int> nearest = new("--nearest") { Description = "Of a run: how many nearest of each.", HelpName = "N", DefaultValueFactory = _ => 8 };
        Option<string> head = new("--head") { Description = "Of a run: by features before the head or after it.", DefaultValueFactory = _ => "encoder" };
        head.AcceptOnlyFromAmong("head", "encoder");
        Option<ulong> seed = new("--seed") { Description = "Of a run: key of the choice.", DefaultValueFactory = _ => new RunSettings().Seed };
        Option<string?> output = new("--output", "-o") { Description = "Of a run: the picture, RUN/neighbours.png unless it is given. Of words: a word and its nearest in each line, tabs between.", HelpName = "FILE" };
        foreach (Option option in new Option[] { count, nearest, head, seed, output, JsonOption.Create() }) command.Options.Add(option);
        command.SetAction((parsed, _) => CommandLine.Guard(terminal, () =>
        {
            string path = run.PathOf(parsed);
            string? file = parsed.GetValue(output);
            if (Directory.Exists(path))
            {
                (int rows, int columns) = (parsed.GetValue(count), parsed.GetValue(nearest));
                SettingsException.Require(rows >= 1, "count", rows, "at least 1");
                if (columns < 1) throw new SettingsException(FormattableString.Invariant($"--nearest is {columns}; expected at least 1."));
                file ??= Path.Combine(path, "neighbours.png");
                PictureFile.Check("--output", ".png", file);
                return run.Use(parsed, open => Draw(terminal, open, rows, columns, parsed.GetValue(head) == "head", parsed.GetValue(seed), file), writes: false);
            }

            string data = parsed.GetValue(run.Data) ?? throw new SettingsException("--data is missing; expected the texts whose words need neighbours.");
            return Run(terminal, path, data, file ?? throw new SettingsException("--output is missing; expected the file to write."), run.Threads(parsed));
        }));
        return command;
    }

    private static int Draw(Terminal terminal, OpenRun open, int rows, int columns, bool head, ulong seed, string output)
    {
        IImageSet images = open.Images.Test ?? open.Images.Train;
        ShownViews shown = new(open.Ops, images, open.Settings.Data.ImageSize);
        IReadOnlyList<NearestImages> found = EvaluationDisplay.Show(terminal, status => NearestImages.Of(
            open.Path, open.Ops, open.Images.Train, images, ImageChoice.Places(images.Count, rows, seed), columns, head, status, terminal.Stop));
        ContactSheet sheet = new(found.Count, 1 + found.Max(entry => entry.Nearest.Count), open.Settings.Data.ImageSize);
        List<DrawnRow> drawnRows = [];
        for (int row = 0; row < found.Count; row++)
        {
            sheet.Place(row, 0, shown.Of(found[row].Query, new PlainRecipe())[0]);
            for (int i = 0; i < found[row].Nearest.Count; i++) sheet.Place(row, 1 + i, shown.Of(found[row].Nearest[i].Image, new PlainRecipe())[0]);
            drawnRows.Add(new(found[row].Query, ViewsCommand.NameOf(images, found[row].Query),
                [.. found[row].Nearest.Select(entry => new DrawnNeighbour(entry.Image, ViewsCommand.NameOf(images, entry.Image), entry.Cosine))]));
        }

        OutputPlace.WriteBytes(output, sheet.ToPng());
        string place = head ? "after" : "before";
        terminal.Give(new DrawnRows(output, images.Name, drawnRows), CommandJson.Default.DrawnRows, drawn =>
        {
            for (int row = 0; row < drawn.Rows.Count; row++)
            {
                string near = string.Join(", ", drawn.Rows[row].Nearest!.Select(entry => FormattableString.Invariant($"{entry.Name} {entry.Cosine:F3}")));
                terminal.Say($"row {row + 1}: {drawn.Rows[row].Name}: {near}");
            }

            terminal.Say($"{output}: {found.Count} of {Counted.Of(images.Count, "image", "N0")} of {images.Name} and the nearest of each, by the cosine of the features {place} the head");
        });
        return ExitCode.Ok;
    }

    private static int Run(Terminal terminal, string vectors, string data, string output, int threads)
    {
        OutputPlace.CheckFile("--output", output);
        TrainingSettings settings = new() { Data = new() { Path = data }, Place = new() { Threads = threads } };
        settings.Validate();
        using ImageData texts = TrainCommand.Announced(terminal, DataOpening.OpenNew(terminal, settings));
        Vocabulary vocabulary = texts.Train.Vocabulary ?? throw new SettingsException($"--data is {data}, which holds images ({texts.Kind}); expected texts ({AgNewsSet.Kind}).");
        PeriodicDisplay reading = new(terminal, (done, all) => $"reading {vectors}, {done / 1e9:F2} of {all / 1e9:F2} GB");
        WordVectors words = WordVectors.Read(vectors, vocabulary, reading.Show, terminal.Stop);
        using CpuOps ops = threads > 0 ? new CpuOps(threads) : new CpuOps();
        ops.Stop = terminal.Stop;
        PeriodicDisplay searching = new(terminal, (done, all) => $"nearest words of {done} of {all}");
        int[] neighbours = words.Nearest(ops, (done, all) => searching.Show(done, all), terminal.Stop);
        OutputPlace.Write(output, () => NeighbourFile.Write(output, vocabulary, neighbours));
        FoundNeighbours result = new(output, NeighbourFile.PerWord, words.Found, vocabulary.Words.Count);
        terminal.Give(result, CommandJson.Default.FoundNeighbours, _ =>
            terminal.Say($"{output}: the {Counted.Of(NeighbourFile.PerWord, "nearest word")} of {words.Found} of {Counted.Of(vocabulary.Words.Count, "word")}; {vocabulary.Words.Count - words.Found} without a vector keep themselves."));
        return ExitCode.Ok;
    }
}
