using System.CommandLine;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.InitialWeights;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>The flags of <c>eval</c> that name a file of weights in the place of a run, and what it was trained for.</summary>
internal sealed class WeightsOptions
{
    private const string EncoderFlag = "--encoder";

    private readonly Terminal terminal;
    private readonly RunOptions run;
    private readonly Option<string?> file = new(EncoderFlag)
    {
        Description = "Instead of RUN: a file of weights, .safetensors, .pt or .pth, with torchvision's or timm's names; with --data, --encoder-name, --stem and the pixels that it was trained with.",
        HelpName = "FILE",
    };

    private readonly Option<string?> name = PlaceOptions.Choice("--encoder-name", "With --encoder: the encoder [default: convnet].", ["convnet", "resnet18", "resnet34", "resnet50"]);
    private readonly Option<string?> stem = PlaceOptions.Choice("--stem", "With --encoder: a ResNet's first layers; torchvision's are imagenet [default: cifar].", ["cifar", "imagenet", "paper"]);
    private readonly Option<string?> kind = PlaceOptions.Choice("--data-kind", "With --encoder: what --data holds, when it cannot be told from the files.", DataSets.Kinds);
    private readonly Option<double?> testShare = new("--test-share") { Description = "With --encoder: share of the images held out as the test split of a folder that has none.", HelpName = "SHARE" };
    private readonly Option<int?> skipBad = PlaceOptions.SkipBad("With --encoder: ");
    private readonly Option<int?> imageSize = new("--image-size") { Description = "With --encoder: side of the images in pixels [default: as of train].", HelpName = "PIXELS" };
    private readonly Option<double?> pixelScale = new("--pixel-scale") { Description = "With --encoder: as of train [default: 1].", HelpName = "SCALE" };
    private readonly Option<string?> pixelMean = new("--pixel-mean") { Description = "With --encoder: as of train; torchvision's weights want 0.485,0.456,0.406 [default: 0].", HelpName = "R,G,B" };
    private readonly Option<string?> pixelDeviation = new("--pixel-deviation") { Description = "With --encoder: as of train; torchvision's weights want 0.229,0.224,0.225 [default: 1].", HelpName = "R,G,B" };

    /// <summary>Adds the flags to a command.</summary>
    /// <param name="terminal">Where it prints.</param>
    /// <param name="command">The command.</param>
    /// <param name="run">Its flags of a run.</param>
    public WeightsOptions(Terminal terminal, Command command, RunOptions run)
    {
        (this.terminal, this.run) = (terminal, run);
        command.Options.Add(file);
        foreach (Option option in Details) command.Options.Add(option);
    }

    private Option[] Details => [name, stem, kind, testShare, skipBad, imageSize, pixelScale, pixelMean, pixelDeviation];

    /// <summary>Whether a file of weights is to be measured.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="refused">Flags that have a meaning without such a file only.</param>
    /// <exception cref="SettingsException">Something else is asked for too, or a flag needs such a file.</exception>
    public bool IsAsked(ParseResult parsed, IEnumerable<Option> refused)
    {
        bool isAsked = parsed.GetValue(file) is not null;
        if (isAsked && run.IsGiven(parsed)) throw new SettingsException("RUN and --encoder are both given; expected one of them.");
        foreach (Option option in isAsked ? refused : Details)
        {
            if (parsed.GetResult(option) is not { Implicit: false }) continue;
            throw new SettingsException(isAsked ? $"{option.Name} has no meaning with --encoder." : $"{option.Name} needs --encoder FILE; a run has its own.");
        }

        return isAsked;
    }

    /// <summary>Evaluates the file and prints the report.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="ranks">Who shares it.</param>
    /// <param name="linear">The linear classifier's settings.</param>
    public int Evaluate(ParseResult parsed, Ranks ranks, LinearSettings linear)
    {
        string path = parsed.GetValue(file)!;
        PlaceOptions.CheckPath(EncoderFlag, path);
        EncoderSettings defaults = new();
        TrainingSettings asked = run.Placed(parsed, new TrainingSettings
        {
            Data = new() { Path = run.DataOf(parsed) ?? throw new SettingsException("--data is missing; --encoder FILE has no data of its own."), Kind = parsed.GetValue(kind), TestShare = parsed.GetValue(testShare) ?? 0, SkipBad = parsed.GetValue(skipBad) ?? 0, ImageSize = parsed.GetValue(imageSize) ?? 0 },
            Encoder = new()
            {
                Kind = parsed.GetValue(name) is { } encoder ? EncoderKind.Find(encoder) ?? defaults.Kind : defaults.Kind,
                Stem = parsed.GetValue(stem) is { } first ? Enum.Parse<StemKind>(first, ignoreCase: true) : defaults.Stem,
                PixelScale = parsed.GetValue(pixelScale) ?? defaults.PixelScale, PixelMean = parsed.GetValue(pixelMean) ?? defaults.PixelMean,
                PixelDeviation = parsed.GetValue(pixelDeviation) ?? defaults.PixelDeviation, Init = path,
            },
        });
        asked.Validate();
        try
        {
            asked = WeightSource.ForEvaluation(asked);
            using ImageData images = TrainCommand.Announced(terminal, DataOpening.OpenNew(terminal, asked));
            TrainingSettings settings = asked.Resolve(images.Kind);
            WeightImport import = WeightSource.Plan(settings, images.Train);
            WeightsOpening.Print(terminal, settings, import);
            WeightsOpening.AdvisePixels(terminal, settings.Encoder);
            IImageSet test = images.Test ?? throw new BadDataException($"{images.Train.Name} has no test split; an evaluation needs one. Hold one out: `testShare`.");
            using Ops ops = Devices.Open(ranks.Placed(terminal, settings), ranks.Collective, terminal.Note, terminal.Stop);
            if (ops is CpuOps cpu) cpu.Stop = terminal.Stop;
            if (ranks.Collective.Rank > 0)
            {
                Evaluator.AssistWeights(settings, ops, images.Train, test, terminal.Stop);
                return ExitCode.Ok;
            }

            EvaluationReport report = EvaluationDisplay.Show(
                terminal, status => Evaluator.EvaluateWeights(settings, ops, images.Train, test, linear, status, terminal.Stop));
            terminal.Give(report, SettingsJson.Default.EvaluationReport, given => EvaluationTable.Print(terminal, given));
            return ExitCode.Ok;
        }
        catch (SettingsException fault)
        {
            // Here --encoder is the file, and what it must fit has another flag.
            throw new SettingsException(
                fault.Message.Replace("`encoder`", "--encoder-name", StringComparison.Ordinal).Replace("`init`", EncoderFlag, StringComparison.Ordinal), fault);
        }
    }
}
