using System.CommandLine;
using NegSamples.Augment.Data;
using NegSamples.Cli.Help;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>The argument and flags of every command that measures a run, and what they open.</summary>
internal sealed class RunOptions
{
    private readonly Argument<string?> run;
    private readonly Option<string?> data = PlaceOptions.Paths("--data", "The data, where they have moved since the training.");
    private readonly Option<int?> threads = new("--threads") { Description = "CPU threads; they never change the numbers [default: one per core]." };
    private readonly Option<string?> device = PlaceOptions.Choice("--device", PlaceOptions.DeviceText, PlaceOptions.Devices);
    private readonly Option<string?> kernels = PlaceOptions.Choice("--kernels", PlaceOptions.KernelsText, MatrixKernelNames.All);
    private readonly Option<string?> precision = PlaceOptions.Choice("--precision", PlaceOptions.PrecisionText, PrecisionNames.Choices);

    private readonly Terminal terminal;

    /// <summary>Adds them to a command.</summary>
    /// <param name="terminal">Where the command prints.</param>
    /// <param name="command">The command.</param>
    /// <param name="orFeatures">Whether it also measures features in the place of a run.</param>
    /// <param name="name">What the argument is called.</param>
    /// <param name="what">What it is.</param>
    public RunOptions(Terminal terminal, Command command, bool orFeatures = false, string name = "RUN", string what = "The run folder.")
    {
        this.terminal = terminal;
        run = new(name) { Description = what };
        if (orFeatures) run.Arity = ArgumentArity.ZeroOrOne;
        command.Arguments.Add(run);
        command.Options.Add(data);
        foreach (Option option in new Option[] { threads, device, precision, kernels }) command.Options.Add(SymbolGroups.In(option, nameof(TrainingSettings.Place)));
    }

    /// <summary>The flag of where the data lie.</summary>
    public Option<string?> Data => data;

    /// <summary>The threads that are asked for; 0 for one per core.</summary>
    public int Threads(ParseResult parsed) => PlaceOptions.Threads(terminal, parsed.GetValue(threads) ?? 0);

    /// <summary>Whether a run is named.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(run) is not null;

    /// <summary>The run folder.</summary>
    public string PathOf(ParseResult parsed)
    {
        string path = parsed.GetValue(run) ?? throw new SettingsException("RUN is missing; expected a run folder, or features of your own by --features.");
        PlaceOptions.CheckPath("RUN", path);
        return path;
    }

    /// <summary>Where the data lie, if the command line says.</summary>
    public string? DataOf(ParseResult parsed)
    {
        PlaceOptions.CheckPath("--data", parsed.GetValue(data));
        return parsed.GetValue(data);
    }

    /// <summary>Settings of no run, with what computes laid over them.</summary>
    public TrainingSettings Placed(ParseResult parsed, TrainingSettings settings) =>
        PlaceOptions.Capped(terminal, Over(parsed, settings));

    private TrainingSettings Over(ParseResult parsed, TrainingSettings settings) => PlaceOptions.Over(
        settings, parsed.GetValue(data), parsed.GetValue(threads), parsed.GetValue(device), parsed.GetValue(precision), parsed.GetValue(kernels));

    /// <summary>Opens a device without a run.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="ranks">The ranks, of which there is one.</param>
    /// <param name="measure">The measurement.</param>
    public T WithDevice<T>(ParseResult parsed, Ranks ranks, Func<Ops, T> measure)
    {
        PlaceOptions.CheckThreads(parsed.GetValue(threads));
        PlaceSettings defaults = new();
        TrainingSettings settings = ranks.Placed(terminal, PlaceOptions.Capped(terminal, new TrainingSettings
        {
            Place = new()
            {
                Threads = parsed.GetValue(threads) ?? defaults.Threads, Device = parsed.GetValue(device) ?? defaults.Device,
                Precision = parsed.GetValue(precision) ?? defaults.Precision, Kernels = parsed.GetValue(kernels) ?? defaults.Kernels,
            },
        }));
        using Ops ops = terminal.Timed("opening the device", () => Devices.Open(settings, ranks.Collective, terminal.Note, terminal.Stop));
        if (ops is CpuOps cpu) cpu.Stop = terminal.Stop;
        return measure(ops);
    }

    /// <summary>Opens the run's data and device for a measurement.</summary>
    /// <param name="parsed">The arguments.</param>
    /// <param name="measure">The measurement.</param>
    /// <param name="ranks">Who shares it; null for a verb of one process.</param>
    /// <param name="writes">Whether what is measured is written into the run folder.</param>
    public int Use(ParseResult parsed, Func<OpenRun, int> measure, Ranks? ranks = null, bool writes = true)
    {
        string path = PathOf(parsed);
        PlaceOptions.CheckPath("--data", parsed.GetValue(data));
        TrainingSettings settings = PlaceOptions.Capped(terminal, Over(parsed, RunFolder.ReadSettings(path)));
        settings = ranks?.Placed(terminal, settings) ?? settings;
        if (writes && ranks is not { Collective.Rank: > 0 }) OutputPlace.CheckFolder("RUN", path);
        using ImageData images = DataOpening.OpenAgain(terminal, path, settings);
        using Ops ops = terminal.Timed("opening the device", () => Devices.Open(settings, ranks?.Collective, terminal.Note, terminal.Stop));
        if (ops is CpuOps cpu) cpu.Stop = terminal.Stop;
        return measure(new OpenRun(path, settings, images, ops));
    }
}

/// <summary>A run with its data and a device.</summary>
/// <param name="Path">The run folder.</param>
/// <param name="Settings">Its settings, with the flags laid over them.</param>
/// <param name="Images">Its data.</param>
/// <param name="Ops">The device.</param>
internal sealed record OpenRun(string Path, TrainingSettings Settings, ImageData Images, Ops Ops)
{
    /// <summary>Whether this is the rank that measures, prints and writes; the others assist it.</summary>
    public bool Leads => Ops.Collective.Rank == 0;

    /// <summary>The test split.</summary>
    /// <param name="what">What needs it.</param>
    /// <exception cref="BadDataException">There is none.</exception>
    public IImageSet Test(string what) => Images.Test ?? throw EvalCommand.NoTest(Images.Train, what);
}
