using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Training.InitialWeights;
using NegSamples.Training.Settings;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>Looks into the file that a new run's first weights come from, and says what will become of it.</summary>
internal static class WeightsOpening
{
    /// <summary>The settings with the file's hash, after it was seen to fit.</summary>
    /// <param name="terminal">Is told what was taken, left and missing.</param>
    /// <param name="settings">Resolved settings.</param>
    /// <param name="images">The training images.</param>
    public static TrainingSettings OpenNew(Terminal terminal, TrainingSettings settings, IImageSet images)
    {
        if (settings.Encoder.Init is null)
        {
            if (settings.Encoder.FreezeEncoder) terminal.Note("note: --freeze-encoder without --init: the encoder stays as the seed draws it.");
            return settings;
        }

        PlaceOptions.CheckPath("--init", settings.Encoder.Init);
        bool isRun = Directory.Exists(settings.Encoder.Init); // which has its own pixels in its settings
        settings = WeightSource.Resolve(settings, warning => terminal.Fail("warning: " + warning));
        Print(terminal, settings, WeightSource.Plan(settings, images));
        if (!isRun) AdvisePixels(terminal, settings.Encoder);
        return settings;
    }

    /// <summary>Prints what becomes of the tensors of a file and of a model.</summary>
    public static void Print(Terminal terminal, TrainingSettings settings, WeightImport import)
    {
        if (terminal.IsJson || terminal.Talk == Talk.Quiet) return;
        terminal.Say($"First weights: {settings.Encoder.Init}{(import.From.Length > 0 ? $", {import.From}" : "")}; sha256 {settings.Encoder.InitSha256}");
        Table table = terminal.NewTable().AddColumns("", "part", "tensors", "");
        table.Columns[2].RightAligned();
        foreach (WeightRow row in import.Rows)
            table.AddRow(row.Fate.ToString().ToLowerInvariant(), Markup.Escape(row.Part), FormattableString.Invariant($"{row.Tensors}"), Markup.Escape(row.Note));
        terminal.Show(table);
    }

    /// <summary>Says what pixels weights want, where nothing was said of them.</summary>
    public static void AdvisePixels(Terminal terminal, EncoderSettings encoder)
    {
        if (encoder.Pixels == PixelRange.Unit && encoder.Kind != Training.EncoderKind.EmbeddingBag)
            terminal.Note("note: the pixels are 0..1. Weights are right for the pixels that they were trained with alone: those of torchvision and timm want "
                + "--pixel-mean 0.485,0.456,0.406 --pixel-deviation 0.229,0.224,0.225");
    }
}
