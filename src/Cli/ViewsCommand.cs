using System.CommandLine;
using NegSamples.Augment.Data;
using NegSamples.Augment.Pictures;
using NegSamples.Augment.Recipes;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary><c>negsamples views</c>.</summary>
internal static class ViewsCommand
{
    public static Command Create(Terminal terminal)
    {
        ViewSettings defaults = new();
        Command command = new("views", $"""
            Draws the augmented views that an encoder sees.

            Draws what an encoder gets to see: in each row an image as it is, then augmented views of it, as train with the same --seed makes them in its
            first epoch. Small images are enlarged pixel by pixel.

            Examples:
              negsamples views --data photos/ --output views.png
              negsamples views --data cifar-10-binary.tar.gz --count 12 --views 8 --jitter 1 --min-crop 0.2
            """);
        Option<string?> data = PlaceOptions.Paths("--data", "Images, as of train [default: shapes].");
        Option<int?> skipBad = PlaceOptions.SkipBad();
        Option<int> count = new("--count") { Description = "Images, drawn by --seed from the training split.", HelpName = "N", DefaultValueFactory = _ => 8 };
        Option<int> views = new("--views") { Description = "Views of each.", HelpName = "V", DefaultValueFactory = _ => 6 };
        Option<int?> side = new("--image-size") { Description = "Side of the views in pixels [default: as of train].", HelpName = "PIXELS" };
        Option<double> jitter = new("--jitter") { Description = "s, the strength of the colour jitter, 0 to 1.", DefaultValueFactory = _ => defaults.JitterStrength };
        Option<double> crop = new("--min-crop") { Description = "Least share of the area that a random crop keeps.", DefaultValueFactory = _ => defaults.MinimumCrop };
        Option<ulong> seed = new("--seed") { Description = "Key of the choice and of the views.", DefaultValueFactory = _ => new RunSettings().Seed };
        Option<string> output = new("--output", "-o") { Description = "The picture.", HelpName = "FILE.png", DefaultValueFactory = _ => "views.png" };
        foreach (Option option in new Option[] { data, skipBad, count, views, side, jitter, crop, seed, output, JsonOption.Create() }) command.Options.Add(option);
        command.SetAction((parsed, _) => CommandLine.Guard(terminal, () =>
        {
            (int rows, int columns) = (parsed.GetValue(count), parsed.GetValue(views));
            SettingsException.Require(rows >= 1, "count", rows, "at least 1");
            SettingsException.Require(columns >= 1, "views", columns, "at least 1");
            PictureFile.Check("--output", ".png", parsed.GetValue(output)!);
            TrainingSettings asked = new()
            {
                Data = new() { Path = parsed.GetValue(data) ?? new DataSettings().Path, ImageSize = parsed.GetValue(side) ?? 0, SkipBad = parsed.GetValue(skipBad) ?? 0 },
                Views = new() { JitterStrength = parsed.GetValue(jitter), MinimumCrop = parsed.GetValue(crop) },
            };
            asked.Validate();
            using ImageData images = TrainCommand.Announced(terminal, DataOpening.OpenNew(terminal, asked));
            Draw(terminal, images.Train, asked.WithClassesOf(images.Train).Resolve(images.Kind), rows, columns, parsed.GetValue(seed), parsed.GetValue(output)!);
            return ExitCode.Ok;
        }));
        return command;
    }

    private static void Draw(Terminal terminal, IImageSet images, TrainingSettings settings, int rows, int columns, ulong seed, string output)
    {
        int side = settings.Data.ImageSize;
        using CpuOps ops = new(1);
        ShownViews shown = new(ops, images, side);
        IViewRecipe recipe = settings.Views.RecipeOf(images, side);
        int[] chosen = ImageChoice.Places(images.Count, rows, seed);
        ContactSheet sheet = new(chosen.Length, 1 + columns, side);
        List<DrawnRow> drawnRows = [];
        for (int row = 0; row < chosen.Length; row++)
        {
            terminal.Stop.ThrowIfCancellationRequested();
            sheet.Place(row, 0, shown.Of(chosen[row], new PlainRecipe())[0]);
            float[][] made = shown.Of(chosen[row], recipe, columns, seed);
            for (int view = 0; view < columns; view++) sheet.Place(row, 1 + view, made[view]);
            drawnRows.Add(new(chosen[row], NameOf(images, chosen[row])));
        }

        OutputPlace.WriteBytes(output, sheet.ToPng());
        terminal.Give(new DrawnRows(output, images.Name, drawnRows), CommandJson.Default.DrawnRows, drawn =>
        {
            for (int row = 0; row < drawn.Rows.Count; row++) terminal.Say($"row {row + 1}: {drawn.Rows[row].Name}");
            terminal.Say($"{output}: {chosen.Length} of {Counted.Of(images.Count, "image", "N0")} of {images.Name} and {Counted.Of(columns, "view")} of each, {side} x {side} pixels");
        });
    }

    /// <summary>An image's file, or its place, and its class.</summary>
    public static string NameOf(IImageSet images, int image) => (images.FileOf(image) ?? FormattableString.Invariant($"image {image}"))
        + (images.ClassNames.Count > 0 ? $" ({images.ClassNames[images.Label(image)]})" : "");
}
