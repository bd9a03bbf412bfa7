using System.CommandLine;
using NegSamples.Augment.Data.Joined;
using NegSamples.Cli.Help;
using NegSamples.Files;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>The flags that say where a run's data lie and what computes. They may differ from those that the run began with.</summary>
internal static class PlaceOptions
{
    public static readonly string[] Devices = ["cpu", "cuda", "auto"];

    public const string DeviceText = "cuda: the GPU; auto: the GPU where there is one, else the CPU [default: auto].";
    public const string PrecisionText =
        "The arithmetic of convolutions and products: bf16 with bfloat16 activations, tf32 (a GPU's; a CPU computes in fp32 then), or fp32; weights are float32 "
        + "in all three. auto: bf16 on a GPU and on a CPU that has its instructions, else fp32 [default: auto].";

    public const string KernelsText =
        "What a GPU's products in bf16 are made of: mma, which every GPU has, or on compute capability 9.0 (H100, H200) wgmma, or tma: wgmma with panels that TMA copies [default: mma].";

    /// <summary>A flag that takes one of some words.</summary>
    public static Option<string?> Choice(string name, string description, IReadOnlyList<string> choices)
    {
        Option<string?> option = new(name) { Description = description };
        SymbolChoices.Set(option, choices);
        option.Validators.Add(result =>
        {
            string? value = result.Tokens.Count > 0 ? result.Tokens[0].Value : null;
            if (value is not null && !choices.Contains(value)) result.AddError($"{name} is {value}; expected one of {string.Join(", ", choices)}.");
        });
        return option;
    }

    /// <summary>A flag for the paths of data, which may be given several times: they become one text.</summary>
    public static Option<string?> Paths(string name, string description) => new(name)
    {
        Description = description, HelpName = "PATH", Arity = ArgumentArity.OneOrMore,
        CustomParser = result =>
        {
            try
            {
                return JoinedPath.Of([.. result.Tokens.Select(token => token.Value)]);
            }
            catch (BadDataException fault)
            {
                result.AddError($"{name}: {fault.Message}");
                return null;
            }
        },
    };

    /// <summary>The flag of verbs that open images of no run, for those among them that cannot be read.</summary>
    /// <param name="with">What it has a meaning with; empty for all.</param>
    public static Option<int?> SkipBad(string with = "") => new("--skip-bad")
    {
        Description = $"{with}{(with.Length == 0 ? "L" : "l")}eave out up to this many image files that cannot be read; they are named [default: 0].", HelpName = "N",
    };

    /// <summary>Refuses what names no file or folder.</summary>
    /// <exception cref="SettingsException">It is empty or blank.</exception>
    public static void CheckPath(string flag, string? path)
    {
        if (path is not null && (string.IsNullOrWhiteSpace(path) || path.Contains('\0')))
            throw new SettingsException($"{flag} is '{path}', which names nothing; expected a path.");
    }

    /// <summary>Refuses threads that are none.</summary>
    /// <exception cref="SettingsException">They are given, and fewer than 1.</exception>
    public static void CheckThreads(int? threads)
    {
        if (threads is < 1) throw new SettingsException(FormattableString.Invariant($"--threads is {threads}; expected at least 1."));
    }

    /// <summary>Threads for each core beyond which more only take memory: they never change a number.</summary>
    private const int MostThreadsOfCore = 4;

    /// <summary>The threads that are used, with a note where fewer than were asked for.</summary>
    public static int Threads(Terminal terminal, int threads)
    {
        int most = MostThreadsOfCore * Environment.ProcessorCount;
        if (threads <= most) return threads;
        terminal.Note(FormattableString.Invariant(
            $"note: `threads` is {threads}; {most} are used, {MostThreadsOfCore} for each of {Counted.Of(Environment.ProcessorCount, "core")}. The numbers are the same."));
        return most;
    }

    /// <summary>The settings with the threads that are used.</summary>
    public static TrainingSettings Capped(Terminal terminal, TrainingSettings settings) =>
        settings with { Place = settings.Place with { Threads = Threads(terminal, settings.Place.Threads) } };

    /// <summary>Stored settings with what was given laid over them, checked.</summary>
    public static TrainingSettings Over(TrainingSettings stored, string? data, int? threads, string? device, string? precision, string? kernels)
    {
        TrainingSettings settings = stored with
        {
            Data = stored.Data with { Path = data ?? stored.Data.Path },
            Place = new()
            {
                Threads = threads ?? stored.Place.Threads, Device = device ?? stored.Place.Device, Precision = precision ?? stored.Place.Precision,
                Kernels = kernels ?? stored.Place.Kernels,
            },
        };
        settings.Validate();
        return settings;
    }
}
