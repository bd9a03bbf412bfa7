using System.CommandLine;
using System.Globalization;
using NegSamples.Study.Sweep;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>The flags that say what a sweep consists of.</summary>
internal sealed class SweepOptions
{
    // Of a sweep that chooses between rates and was not told how much to hold out.
    private const double DefaultShare = 0.1;

    private readonly Option<string?> batchSizes = new("--batch-sizes")
    {
        Description = "Batch sizes N; each run has K + 1 = N in the bound's loss and trains with all negatives that --loss finds in a batch (nt-xent: 2N - 2, of V --views V(N - 1)), or with all keys of --queue.",
        HelpName = "N,N,...|A..B",
    };

    private readonly Option<string?> negatives = new("--negatives")
    {
        Description = "Numbers of negatives K, drawn anew each step from batches of one size (--batch-size), or with --queue from its keys. With --temperatures or --losses one K for all runs.",
        HelpName = "K,K,...|A..B",
    };

    private readonly Option<string?> temperatures = new("--temperatures") { Description = "Temperatures T; K is the same for all of them.", HelpName = "T,T,..." };

    private readonly Option<string?> losses = new("--losses") { Description = "Losses, as --loss names them; K is the same for all of them.", HelpName = "LOSS,LOSS,..." };

    private readonly Option<string?> rates = new("--learning-rates")
    {
        Description = "Peak rates, scaled by --rate-scaling: each value and seed is trained with each of them and keeps the one that is best on the held-out part of the training samples "
            + "(--validation-share, then 0.1 unless it is given) by the mean classifier after the head. The test split has no part in the choice.",
        HelpName = "LR,LR,...",
    };

    private readonly Option<string> seeds = new("--seeds") { Description = "Seeds; every value runs with each.", HelpName = "S,S,...", DefaultValueFactory = _ => "7" };

    private readonly Option<int> linearEpochs = new("--linear-epochs")
    {
        Description = "Epochs of the linear classifiers.",
        DefaultValueFactory = _ => new LinearSettings().Epochs,
    };

    private readonly Option<string?> config = new("--config") { Description = "A JSON file of settings that all runs share; flags override it.", HelpName = "FILE.json" };

    /// <summary>Adds the flags to a command.</summary>
    public SweepOptions(Command command)
    {
        Settings = new SettingOptions(command, "negatives", "seed");
        foreach (Option option in All) command.Options.Add(option);
    }

    /// <summary>The flags of the settings that all runs share.</summary>
    public SettingOptions Settings { get; }

    /// <summary>The others.</summary>
    public IEnumerable<Option> All => [batchSizes, negatives, temperatures, losses, rates, seeds, linearEpochs, config];

    /// <summary>The sweep that a command line asks for. What the axes set is left at its default in the shared settings.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="ofFile">Receives the keys that the file of settings decides.</param>
    /// <exception cref="SettingsException">The flags do not belong together, or one cannot be read.</exception>
    public SweepManifest Asked(ParseResult parsed, ISet<string> ofFile)
    {
        PlaceOptions.CheckPath("--config", parsed.GetValue(config));
        TrainingSettings shared = SettingsFile.Read(parsed.GetValue(config), Settings.Given(parsed), ofFile);
        SweepAxis axis = AxisOf(parsed);
        RefuseBesideAxis(parsed, axis, shared);
        TrainingSettings defaults = new();
        double[]? temperatureValues = axis == SweepAxis.Temperature ? Numbers("--temperatures", parsed.GetValue(temperatures)!, "0.1,0.2,0.5") : null;
        LossKind[]? lossValues = axis == SweepAxis.Loss ? Losses(parsed.GetValue(losses)!) : null;
        double[]? grid = parsed.GetValue(rates) is { } text ? Numbers("--learning-rates", text, "0.5,1,2") : null;
        if (grid is not null && Settings.IsGiven(parsed, "learningRate")) throw new SettingsException("--learning-rate has no meaning with --learning-rates.");
        double share = shared.Data.ValidationShare;
        if (grid is not null && share == 0)
        {
            if (Settings.IsGiven(parsed, "validationShare")) // in a file it is the default that stands there
                throw new SettingsException("`validationShare` is 0; expected a share above 0 with --learning-rates, which are chosen on the held-out part.");
            share = DefaultShare;
        }

        IReadOnlyList<int> values = axis switch
        {
            SweepAxis.BatchSize => NumberRanges.Parse("--batch-sizes", parsed.GetValue(batchSizes)!),
            SweepAxis.Negatives => NumberRanges.Parse("--negatives", parsed.GetValue(negatives)!),
            _ => [.. Enumerable.Range(0, temperatureValues?.Length ?? lossValues!.Length)],
        };
        int one = axis is SweepAxis.Temperature or SweepAxis.Loss ? OneNegatives(parsed) ?? shared.Loss.Negatives : 0;
        shared = shared with
        {
            Data = shared.Data with { ValidationShare = share },
            Batch = axis == SweepAxis.BatchSize ? shared.Batch with { Size = defaults.Batch.Size } : shared.Batch,
            Loss = shared.Loss with
            {
                Negatives = one, Temperature = axis == SweepAxis.Temperature ? defaults.Loss.Temperature : shared.Loss.Temperature,
                Kind = axis == SweepAxis.Loss ? defaults.Loss.Kind : shared.Loss.Kind,
            },
            Optimizer = grid is null ? shared.Optimizer : shared.Optimizer with { LearningRate = 0 },
            Run = shared.Run with { Seed = defaults.Run.Seed },
        };
        return new SweepManifest(SweepManifest.CurrentFormat, axis, values, Seeds(parsed.GetValue(seeds)!), shared, parsed.GetValue(linearEpochs))
        {
            Temperatures = temperatureValues, Losses = lossValues, LearningRates = grid,
        };
    }

    private SweepAxis AxisOf(ParseResult parsed)
    {
        (SweepAxis Axis, Option<string?> Option)[] axes =
            [(SweepAxis.BatchSize, batchSizes), (SweepAxis.Temperature, temperatures), (SweepAxis.Loss, losses), (SweepAxis.Negatives, negatives)];
        SweepAxis[] given = [.. axes.Where(axis => parsed.GetValue(axis.Option) is not null).Select(axis => axis.Axis)];
        return given switch
        {
            [var one] => one,
            [SweepAxis.Temperature or SweepAxis.Loss, SweepAxis.Negatives] => given[0], // there --negatives is one K for all
            _ => throw new SettingsException(
                "Give either --batch-sizes (K tied to the batch), --negatives (K at one batch size), --temperatures or --losses; for example --batch-sizes 32,64,128."),
        };
    }

    private void RefuseBesideAxis(ParseResult parsed, SweepAxis axis, TrainingSettings shared)
    {
        if (axis == SweepAxis.BatchSize && Settings.IsGiven(parsed, "batchSize"))
            throw new SettingsException("--batch-size has no meaning with --batch-sizes; it belongs to --negatives.");
        if (axis == SweepAxis.BatchSize && shared.Loss.Negatives > 0)
            throw new SettingsException(FormattableString.Invariant(
                $"{parsed.GetValue(config)}: negatives is {shared.Loss.Negatives}, which has no meaning with --batch-sizes: there K is tied to the batch. Leave it out, or give --negatives."));
        if (axis == SweepAxis.Temperature && Settings.IsGiven(parsed, "temperature"))
            throw new SettingsException("--temperature has no meaning with --temperatures.");
        if (axis == SweepAxis.Loss && Settings.IsGiven(parsed, "loss")) throw new SettingsException("--loss has no meaning with --losses.");
    }

    private int? OneNegatives(ParseResult parsed) => parsed.GetValue(negatives) is not { } text ? null
        : NumberRanges.Parse("--negatives", text) is [int one] ? one
        : throw new SettingsException($"--negatives is {text}; expected one number, for K is the same for all runs of --temperatures and --losses.");

    private static double[] Numbers(string flag, string text, string example)
    {
        double[] numbers = [.. text.Split(',', StringSplitOptions.TrimEntries).Select(word =>
            double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) && number > 0 ? number
                : throw new SettingsException($"{flag} is {text}; expected numbers above 0 with commas between them, for example {example}."))];
        return numbers.Distinct().Count() == numbers.Length ? [.. numbers.Order()] : throw new SettingsException($"{flag} is {text}, which names a number twice.");
    }

    private static LossKind[] Losses(string text)
    {
        Dictionary<string, LossKind> words = Enum.GetValues<LossKind>().ToDictionary(SweepRun.LossWord);
        LossKind[] kinds = [.. text.Split(',', StringSplitOptions.TrimEntries).Select(word => words.TryGetValue(word, out LossKind kind) ? kind
            : throw new SettingsException($"--losses is {text}; expected some of {string.Join(", ", words.Keys)} with commas between them."))];
        return kinds.Distinct().Count() == kinds.Length ? kinds : throw new SettingsException($"--losses is {text}, which names a loss twice.");
    }

    private static ulong[] Seeds(string text)
    {
        ulong[] seeds = [.. text.Split(',', StringSplitOptions.TrimEntries).Select(word =>
            ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed
                : throw new SettingsException($"--seeds is {text}; expected whole numbers of at least 0, for example 7,11,13."))];
        return seeds.Distinct().Count() == seeds.Length ? seeds : throw new SettingsException($"--seeds is {text}, which names a seed twice.");
    }
}
