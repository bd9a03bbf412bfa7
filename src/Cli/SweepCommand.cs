using System.CommandLine;
using System.Globalization;
using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Study.Sweep;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary><c>negsamples sweep</c>.</summary>
internal static class SweepCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("sweep", $"""
            Trains one run for each K and seed, and measures each: classifiers, bounds, collision bound. Ends with the report.
            K is tied to the batch as in the paper (K + 1 = N, --batch-sizes), or varies at one batch size (--negatives).
            A sweep that was interrupted goes on with --resume: finished runs are kept, the interrupted one continues bit for bit.

            Examples:
              negsamples sweep --data cifar-10-binary.tar.gz --batch-sizes 32,64,128,256,512 --epochs 10 --output sweeps/cifar
              negsamples sweep --negatives 1,4,16,64,254 --batch-size 128 --seeds 7,11,13
              negsamples sweep --resume sweeps/cifar

            {ExitCode.Help}
            """);
        SettingOptions settings = new(command, "negatives", "seed");
        Option<string?> batchSizes = new("--batch-sizes")
        {
            Description = "Batch sizes N; each run has K + 1 = N in the bound's loss and trains with all negatives that --loss finds in a batch (nt-xent: 2N - 2), or with all keys of --queue.",
            HelpName = "N,N,...|A..B",
        };
        Option<string?> negatives = new("--negatives")
        {
            Description = "Numbers of negatives K, drawn anew each step from batches of one size (--batch-size), or with --queue from its keys.",
            HelpName = "K,K,...|A..B",
        };
        Option<string> seeds = new("--seeds") { Description = "Seeds; every K runs with each.", HelpName = "S,S,...", DefaultValueFactory = _ => "7" };
        Option<int> linearEpochs = new("--linear-epochs")
        {
            Description = "Epochs of the linear classifiers.",
            DefaultValueFactory = _ => new LinearSettings().Epochs,
        };
        Option<string?> config = new("--config") { Description = "A JSON file of settings that all runs share; flags override it.", HelpName = "FILE.json" };
        Option<string?> output = new("--output", "-o") { Description = "The sweep's folder, new or empty [default: sweeps/TIME-DATA].", HelpName = "FOLDER" };
        Option<string?> resume = new("--resume")
        {
            Description = "Continue this sweep; of the other flags only --data (moved), --threads, --device and --precision may be given.",
            HelpName = "SWEEP",
        };
        Option[] own = [batchSizes, negatives, seeds, linearEpochs, config, output];
        foreach (Option option in own.Append(resume)) command.Options.Add(option);
        command.SetAction((parsed, _) => CommandLine.Guard(terminal, () =>
        {
            PlaceOptions.CheckPath("--config", parsed.GetValue(config));
            PlaceOptions.CheckPath("--resume", parsed.GetValue(resume));
            if (parsed.GetValue(resume) is { } sweep)
            {
                string[] refused = [.. settings.Refused(parsed),
                    .. own.Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name)];
                if (refused.Length > 0)
                    throw new SettingsException($"{string.Join(", ", refused)} cannot be changed with --resume: the sweep continues as it began.");
                return Resume(terminal, sweep, stored => settings.Over(stored, parsed));
            }

            TrainingSettings shared = SettingsFile.Read(parsed.GetValue(config), settings.Given(parsed), terminal.FileSettings);
            if ((parsed.GetValue(batchSizes) is null) == (parsed.GetValue(negatives) is null))
                throw new SettingsException(
                    "Give either --batch-sizes (K tied to the batch) or --negatives (K at one batch size); for example --batch-sizes 32,64,128.");
            SweepAxis axis = parsed.GetValue(batchSizes) is null ? SweepAxis.Negatives : SweepAxis.BatchSize;
            if (axis == SweepAxis.BatchSize && parsed.GetResult(settings.BatchSize) is { Implicit: false })
                throw new SettingsException("--batch-size has no meaning with --batch-sizes; it belongs to --negatives.");
            if (axis == SweepAxis.BatchSize && shared.Loss.Negatives > 0)
                throw new SettingsException(FormattableString.Invariant(
                    $"{parsed.GetValue(config)}: negatives is {shared.Loss.Negatives}, which has no meaning with --batch-sizes: there K is tied to the batch. Leave it out, or give --negatives."));
            IReadOnlyList<int> values = axis == SweepAxis.BatchSize ? NumberRanges.Parse("--batch-sizes", parsed.GetValue(batchSizes)!)
                : NumberRanges.Parse("--negatives", parsed.GetValue(negatives)!);
            ulong[] keys = Seeds(parsed.GetValue(seeds)!);
            return Start(terminal, new SweepManifest(SweepManifest.CurrentFormat, axis, values, keys, shared, parsed.GetValue(linearEpochs)),
                parsed.GetValue(output));
        }));
        return command;
    }

    /// <summary>Starts a new sweep.</summary>
    /// <param name="terminal">Where to write.</param>
    /// <param name="asked">The sweep; its settings are resolved here.</param>
    /// <param name="output">The folder; null names one by time.</param>
    public static int Start(Terminal terminal, SweepManifest asked, string? output)
    {
        if (asked.LinearEpochs < 1) throw new SettingsException(FormattableString.Invariant($"--linear-epochs is {asked.LinearEpochs}; expected at least 1."));
        PlaceOptions.CheckPath("--output", output);
        foreach (SweepRun run in asked.Runs) run.Settings.Validate();
        if (asked.Settings.Data.TestShare > 0 && asked.Seeds.Count > 1)
            throw new SettingsException("--test-share draws the test split by the seed: the runs of several --seeds would be tested on other images. Give one seed.");
        asked = asked with { Settings = PlaceOptions.Capped(terminal, asked.Settings) };
        using ImageData data = TrainCommand.Announced(terminal, DataOpening.OpenNew(terminal, asked.Runs.First().Settings));
        SweepManifest manifest = asked with { Settings = asked.Settings.Resolve(data.Kind) };
        SweepRuns.CheckData(manifest, data);
        string sweep = output ?? Path.Combine("sweeps", FormattableString.Invariant($"{DateTime.UtcNow:yyyyMMdd-HHmmss}-{data.Kind}"));
        using Ops ops = Devices.Open(manifest.Settings);
        SweepRuns.CheckMemory(manifest, ops, data);
        SweepFolder.Create(sweep, manifest);
        LeftOutFile.Write(sweep, manifest.Settings, data.LeftOut);
        return SweepRuns.Run(terminal, sweep, manifest, ops, data);
    }

    private static int Resume(Terminal terminal, string sweep, Func<TrainingSettings, TrainingSettings> place)
    {
        SweepManifest manifest = SweepFolder.ReadManifest(sweep);
        manifest = manifest with { Settings = PlaceOptions.Capped(terminal, place(manifest.Settings)) };
        using ImageData data = TrainCommand.Announced(terminal, DataOpening.OpenAgain(terminal, sweep, manifest.Runs.First().Settings));
        SweepRuns.CheckData(manifest, data);
        using Ops ops = Devices.Open(manifest.Settings);
        SweepRuns.CheckMemory(manifest, ops, data);
        return SweepRuns.Run(terminal, sweep, manifest, ops, data);
    }

    private static ulong[] Seeds(string text)
    {
        ulong[] seeds = [.. text.Split(',', StringSplitOptions.TrimEntries).Select(word =>
            ulong.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out ulong seed) ? seed
                : throw new SettingsException($"--seeds is {text}; expected whole numbers of at least 0, for example 7,11,13."))];
        return seeds.Distinct().Count() == seeds.Length ? seeds : throw new SettingsException($"--seeds is {text}, which names a seed twice.");
    }
}
