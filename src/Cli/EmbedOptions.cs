using System.CommandLine;
using NegSamples.Augment.Data;
using NegSamples.Onnx;
using NegSamples.Study.Foreign;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>The flags of what a network is given: which images, and how their pixels.</summary>
internal sealed class EmbedOptions
{
    private const double LeastDeviation = 1e-6, MostWhite = 255;

    private static readonly string[] SplitNames = ["both", "train", "test"], ChoiceNames = ["random", "first"];

    private readonly Option<string?> data = PlaceOptions.Paths("--data", "The images, as of negsamples train.");
    private readonly Option<string?> kind = PlaceOptions.Choice("--data-kind", "What --data holds, when it cannot be told from the files.", DataSets.Kinds);
    private readonly Option<double> testShare = new("--test-share") { Description = "Share of the images of each class that is held out as the test split of a folder that has none." };
    private readonly Option<int?> skipBad = PlaceOptions.SkipBad();
    private readonly Option<string?> split = PlaceOptions.Choice("--split", "The splits that are embedded [default: both].", SplitNames);
    private readonly Option<int?> limit = new("--limit") { Description = "Training images that are embedded [default: all].", HelpName = "N" };
    private readonly Option<int?> testLimit = new("--test-limit") { Description = "Test images that are embedded [default: all].", HelpName = "N" };
    private readonly Option<string?> choose = PlaceOptions.Choice("--choose", "Which images those are: drawn by --seed, or the first of the set [default: random].", ChoiceNames);
    private readonly Option<int?> size = new("--size") { Description = "Side of the pictures in pixels [default: what the network takes or says].", HelpName = "PIXELS" };
    private readonly Option<string?> channels = PlaceOptions.Choice("--channels", "The order of the colours [default: what the network says, else rgb].", [PixelInput.Rgb, PixelInput.Bgr]);
    private readonly Option<string?> layout = PlaceOptions.Choice(
        "--layout", "The order of the axes [default: what the input's shape says].", [PixelInput.ChannelsFirst, PixelInput.ChannelsLast]);
    private readonly Option<double?> scale = new("--pixel-scale") { Description = "What white is, before the mean is taken off: 1 or 255 [default: what the network says, else 1].", HelpName = "1|255" };
    private readonly Option<string?> mean = new("--pixel-mean") { Description = "What is taken off red, green and blue, in this order [default: what the network says, else 0].", HelpName = "R,G,B" };
    private readonly Option<string?> deviation = new("--pixel-deviation") { Description = "What they are then divided by [default: what the network says, else 1].", HelpName = "R,G,B" };
    private readonly Option<string?> output = new("--onnx-output") { Description = "The output that is taken, of a network with several.", HelpName = "NAME" };
    private readonly Option<int?> batch = new("--batch-size") { Description = "Images at a time on each thread [default: 8, or what the network takes].", HelpName = "N" };
    private readonly Option<int> views = new("--views") { Description = "Augmented views of each image beside it as it is; bound and collision need 2 [default: 0].", HelpName = "V" };
    private readonly Option<double?> jitter = new("--jitter") { Description = "Of the views: strength of the colour jitter [default: 0.5]." };
    private readonly Option<double?> crop = new("--min-crop") { Description = "Of the views: least share of the area that a random crop keeps [default: 0.08]." };
    private readonly Option<ulong> seed = new("--seed") { Description = "Key of the views and of the images that are drawn.", DefaultValueFactory = _ => new EmbedSettings().Seed };
    private readonly Option<int?> threads = new("--threads") { Description = "CPU threads; they never change the numbers [default: one per core]." };

    /// <summary>Adds the flags to a command.</summary>
    public EmbedOptions(Command command)
    {
        foreach (Option option in new Option[] { data, kind, testShare, skipBad, split, limit, testLimit, choose, size, channels, layout, scale, mean, deviation, output, batch, views, jitter, crop, seed, threads })
            command.Options.Add(option);
    }

    /// <summary>Which images are embedded, and under which views.</summary>
    public EmbedSettings Settings(ParseResult parsed)
    {
        RefuseWithoutMeaning(parsed);
        ViewSettings recipe = new();
        return new EmbedSettings
        {
            Train = parsed.GetValue(split) is not "test", Test = parsed.GetValue(split) is not "train", Limit = parsed.GetValue(limit), TestLimit = parsed.GetValue(testLimit),
            TakesFirst = parsed.GetValue(choose) == "first", Views = parsed.GetValue(views), Seed = parsed.GetValue(seed),
            Recipe = recipe with { JitterStrength = parsed.GetValue(jitter) ?? recipe.JitterStrength, MinimumCrop = parsed.GetValue(crop) ?? recipe.MinimumCrop },
        };
    }

    /// <summary>The data and the threads.</summary>
    public TrainingSettings Place(ParseResult parsed)
    {
        PlaceOptions.CheckThreads(parsed.GetValue(threads));
        return new TrainingSettings
        {
            Data = new() { Path = parsed.GetValue(data) ?? throw new SettingsException("--data is missing; expected the images to embed."), Kind = parsed.GetValue(kind), TestShare = parsed.GetValue(testShare), SkipBad = parsed.GetValue(skipBad) ?? 0 },
            Run = new() { Seed = parsed.GetValue(seed) }, Place = new() { Threads = parsed.GetValue(threads) ?? 0, Device = "cpu" },
        };
    }

    /// <summary>What is asked of the network.</summary>
    public OnnxRequest Request(ParseResult parsed) => new()
    {
        Output = parsed.GetValue(output), Batch = parsed.GetValue(batch),
        Pixels = new()
        {
            Size = parsed.GetValue(size), Channels = parsed.GetValue(channels), Layout = parsed.GetValue(layout), Scale = parsed.GetValue(scale),
            Mean = Numbers("pixelMean", parsed.GetValue(mean), 0, White(parsed)),
            Deviation = Numbers("pixelDeviation", parsed.GetValue(deviation), LeastDeviation, White(parsed)),
        },
    };

    /// <summary>Refuses flags that change nothing beside the others.</summary>
    private void RefuseWithoutMeaning(ParseResult parsed)
    {
        string? splits = parsed.GetValue(split);
        bool isLimited = parsed.GetValue(limit) is not null || parsed.GetValue(testLimit) is not null, hasViews = parsed.GetValue(views) > 0;
        foreach ((Option option, bool hasMeaning, string reason) in new (Option, bool, string)[]
        {
            (jitter, hasViews, "without --views"), (crop, hasViews, "without --views"), (choose, isLimited, "without --limit or --test-limit"),
            (limit, splits != "test", "with --split test"), (testLimit, splits != "train", "with --split train"),
        })
            if (!hasMeaning && parsed.GetResult(option) is { Implicit: false }) throw new SettingsException($"{option.Name} has no meaning {reason}.");
    }

    /// <summary>What no pixel is above: as asked, or the usual most where the file may say it.</summary>
    private double White(ParseResult parsed) => parsed.GetValue(scale) ?? MostWhite;

    private static double[]? Numbers(string setting, string? text, double least, double most) => text is null ? null : ChannelNumbers.Parse(setting, text, least, most);
}
