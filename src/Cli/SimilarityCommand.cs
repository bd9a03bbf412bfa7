using System.CommandLine;
using System.Text.Json;
using NegSamples.Cli.Help;
using NegSamples.Kernels;
using NegSamples.Similarity;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary><c>negsamples similarity</c>.</summary>
internal static class SimilarityCommand
{
    // Bytes of a MiB, the unit of --spill.
    private const int Mebi = 20;

    private static readonly (string Name, SimilarityForm Value)[] Forms =
    [
        ("generic", SimilarityForm.Generic), ("nt-xent", SimilarityForm.NtXent), ("queue", SimilarityForm.Queue), ("two-tower", SimilarityForm.TwoTower),
        ("sigmoid", SimilarityForm.Sigmoid),
    ];

    private static readonly (string Name, SimilarityMethod[] Value)[] Methods =
    [
        ("streaming", [SimilarityMethod.Streaming]), ("materialised", [SimilarityMethod.Materialised]),
        ("both", [SimilarityMethod.Streaming, SimilarityMethod.Materialised]),
    ];

    private static readonly (string Name, Action<Terminal, SimilarityReport> Value)[] Formats =
    [
        ("table", SimilarityPrint.Print),
        ("json", (terminal, report) => terminal.Output.WriteLine(JsonSerializer.Serialize(report, SimilarityJson.Default.SimilarityReport))),
        ("csv", (terminal, report) => SimilarityPrint.WriteCsv(terminal.Output, report)),
    ];

    private static readonly (string Name, string Value)[] DeviceNames = [("auto", "auto"), ("cpu", "cpu"), ("cuda", "cuda")];

    public static Command Create(Terminal terminal)
    {
        SimilaritySettings defaults = new();
        Command command = new("similarity", $"""
            Times and checks the loss of N queries and K keys.

            Measures similarities and softmax of N queries against K keys on random unit rows: loss alone, and loss with gradients. For every K and method: time
            (median and quartiles), pairs per second, GFLOP/s and their share of the machine's own multiply-add peak in the same run, memory beside inputs
            and outputs, and the largest error of loss and gradients against float64 on sampled rows.

            generic: loss, dq and dk, counted as 4 products of 2*N*K*D FLOPs. nt-xent: N = K rows are both, loss and dz, 2 products. queue: keys without
            gradient as in MoCo, loss and dq, 2 products. The loss alone is 1 product, 0.5 of nt-xent. streaming never stores the N x K logits; materialised does, once:
            matrix product, softmax cross-entropy, matrix products. The count is the same for both, so that time decides.
            two-tower: InfoNCE of N = K queries and keys both ways, as CLIP's, from one dot product of each pair: loss and both gradients, 4 products.
            sigmoid: each pair by itself, as SigLIP's: loss, dq and dk, 3 products. Both are streaming alone.

            With --queries FILE --keys FILE the features are given: one of these two losses with all gradients, and how often a row finds its match.

            Under a launcher each rank holds its part of the keys and the queries travel, so that K may be more than a machine holds: loss, dq and dk are the
            exact ones of all keys. generic, queue or sigmoid, by streaming; N is a multiple of the ranks.

            Says what it needs before it takes it, and refuses what does not fit into the available memory (exit 4); with --method both only the
            materialised side is left out where it does not fit. Progress goes to standard error. Ctrl-C ends after the call that runs; finished rows are printed.

            Examples:
              negsamples similarity --rows 1024 --keys 65536
              negsamples similarity --keys 4096..1048576 --method both --plot similarity.svg
              negsamples similarity --form queue --rows 256 --keys 65536 --temperature 0.07 --format json
              negsamples similarity --form nt-xent --keys 512,2048,8192 --method both --format csv
              negsamples similarity --form sigmoid --rows 65536 --keys 65536
              negsamples similarity --queries images.npy --keys texts.npy --loss sigmoid --temperature 0.1 --bias -10 --output gradients
              mpirun -n 4 negsamples similarity --form queue --keys 16777216
            """);
        Option<string> form = Choice("--form", "The loss.", Forms), method = Choice("--method", "How it is computed.", Methods);
        Option<int> rows = new("--rows") { Description = "N, the queries; nt-xent and two-tower take theirs from --keys.", HelpName = "N",
            DefaultValueFactory = _ => defaults.Rows };
        Option<string> keys = new("--keys")
        {
            Description = "The numbers of keys K: numbers, A..B (doubling from A up to B) or A..B:STEP, parted by commas; with --queries the file of the keys.",
            HelpName = "LIST|FILE", DefaultValueFactory = _ => FormattableString.Invariant($"{defaults.Keys[0]}"),
        };
        Option<int> dimension = new("--dim") { Description = "D.", HelpName = "D", DefaultValueFactory = _ => defaults.Dimension };
        Option<float> temperature = new("--temperature") { Description = "T.", HelpName = "T", DefaultValueFactory = _ => defaults.Temperature };
        Option<float?> bias = new("--bias")
        {
            Description = "b of the sigmoid loss [default: -1/T, an even chance for equal rows: -10 at a T of 0.1].", HelpName = "B",
        };
        TowerOptions towers = new();
        Option<int?> spill = new("--spill")
        {
            Description = "MiB of logits that streaming may keep for its gradients; 0 computes them twice [default: 128 or, if that is more, a quarter of what keys and gradient take].", HelpName = "MIB",
        };
        Option<string> device = Choice("--device", "The device.", DeviceNames);
        Option<string?> precision = PlaceOptions.Choice("--precision", PlaceOptions.PrecisionText, PrecisionNames.Choices);
        Option<int?> threads = new("--threads") { Description = "CPU threads; they never change the numbers [default: one per core]." };
        Option<int> repetitions = new("--repetitions") { Description = "How often each pass is timed.", HelpName = "R",
            DefaultValueFactory = _ => defaults.Repetitions };
        Option<ulong> seed = new("--seed") { Description = "Key of the random rows.", DefaultValueFactory = _ => defaults.Seed };
        Option<string> format = Choice("--format", "What to print.", Formats);
        Option<string?> plot = new("--plot") { Description = "Also draw time and memory against K into this file.", HelpName = "FILE.svg" };
        Option[] ofBoth = [keys, temperature, bias, device, precision, threads, format], ofRandomRows = [form, rows, dimension, method, spill, repetitions, seed, plot];
        command.Options.Add(JsonOption.Create());
        foreach (Option option in ofBoth.Concat(ofRandomRows).Concat(towers.All)) command.Options.Add(option);
        CommandLine.ServeRanks(terminal, command, (parsed, ranks) =>
        {
            string deviceName = Chosen(parsed, device, DeviceNames);
            TrainingSettings place = new()
            {
                Place = new()
                {
                    Device = deviceName, Threads = PlaceOptions.Threads(terminal, parsed.GetValue(threads) ?? 0),
                    Precision = parsed.GetValue(precision) ?? PrecisionNames.Automatic,
                },
            };
            PlaceOptions.CheckThreads(parsed.GetValue(threads));
            Action<Terminal, SimilarityReport> print = Chosen(parsed, format, Formats);
            string asked = parsed.GetValue(format)!;
            if (terminal.IsJson)
            {
                if (asked != "json" && parsed.GetResult(format) is { Implicit: false }) throw new SettingsException($"--format is {asked}, and --json asks for JSON; give one of them.");
                (asked, print) = ("json", Formats.First(choice => choice.Name == "json").Value);
            }

            if (towers.IsAsked(parsed, ofRandomRows))
            {
                string? file = parsed.GetResult(keys) is { Implicit: false } ? parsed.GetValue(keys) : null;
                return towers.Run(terminal, ranks, parsed, file, parsed.GetValue(temperature), parsed.GetValue(bias), place, asked);
            }

            SimilaritySettings settings = new()
            {
                Form = Chosen(parsed, form, Forms), Methods = Chosen(parsed, method, Methods), Rows = parsed.GetValue(rows),
                    Keys = NumberRanges.Parse("--keys", parsed.GetValue(keys)!),
                Dimension = parsed.GetValue(dimension), Temperature = parsed.GetValue(temperature), Bias = parsed.GetValue(bias),
                SpillBytes = (long?)parsed.GetValue(spill) << Mebi,
                Threads = place.Place.Threads, Repetitions = parsed.GetValue(repetitions), Seed = parsed.GetValue(seed),
                Ranks = ranks.Collective.Size,
            };
            bool hasRows = parsed.GetResult(rows) is { Implicit: false };
            if (settings.Form == SimilarityForm.NtXent && hasRows)
                throw new SettingsException("--rows has no meaning with --form nt-xent: its rows are queries and keys at once; give their number with --keys.");
            if (settings.Form == SimilarityForm.TwoTower && hasRows && settings.Keys.Any(number => number != settings.Rows))
                throw new SettingsException("--rows has no meaning with --form two-tower: a query matches each key; give their number with --keys.");
            if (settings.Form != SimilarityForm.Sigmoid && settings.Bias is not null)
                throw new SettingsException("--bias needs --form sigmoid; the other losses have none.");
            if (parsed.GetValue(spill) is not null && Chosen(parsed, method, Methods) is [SimilarityMethod.Materialised])
                throw new SettingsException("--spill has no meaning with --method materialised, which keeps all logits.");
            if (parsed.GetValue(spill) is < 0)
                throw new SettingsException(FormattableString.Invariant($"--spill is {parsed.GetValue(spill)}; expected at least 0 MiB."));
            settings.Validate();
            return Run(terminal, ranks, settings, place, print, parsed.GetValue(plot));
        });
        return command;
    }

    private static int Run(
        Terminal terminal, Ranks ranks, SimilaritySettings settings, TrainingSettings place, Action<Terminal, SimilarityReport> print, string? picture)
    {
        if (picture is not null) PictureFile.Check(picture);
        place = ranks.Placed(terminal, place);
        settings = settings with { Threads = place.Place.Threads };
        long available = AvailableMemory.Read() / (ranks.Mpi?.LocalSize ?? 1);
        HashSet<string> said = []; // Every K and method opens the device; the same is said once.
        void Note(string text)
        {
            lock (said)
            {
                if (said.Add(text)) terminal.Note(text);
            }
        }

        SimilarityReport report = SimilarityStudy.Run(
            settings, () => Devices.Open(place, ranks.Collective, Note, terminal.Stop), available, terminal.Aside,
            mayBeGpu: place.Place.Device != "cpu", terminal.Stop);
        if (ranks.Collective.Rank > 0) return ExitCode.Ok;
        if (report.IsComplete || report.Rows.Count > 0) print(terminal, report);
        if (!report.IsComplete)
        {
            terminal.Fail("interrupted; what was finished before is printed.");
            return ExitCode.Interrupted;
        }

        if (picture is null) return ExitCode.Ok;
        OutputPlace.WriteText(picture, SimilarityPlot.ToSvg(report));
        terminal.Aside($"Drawn in {picture}.");
        return ExitCode.Ok;
    }

    private static Option<string> Choice<T>(string flag, string description, (string Name, T Value)[] choices)
    {
        Option<string> option = new(flag) { Description = description, DefaultValueFactory = _ => choices[0].Name };
        SymbolChoices.Set(option, choices.Select(choice => choice.Name));
        return option;
    }

    private static T Chosen<T>(ParseResult parsed, Option<string> option, (string Name, T Value)[] choices)
    {
        string text = parsed.GetValue(option)!;
        foreach ((string name, T value) in choices)
        {
            if (name == text) return value;
        }

        throw new SettingsException($"{option.Name} is {text}; expected one of {string.Join(", ", choices.Select(choice => choice.Name))}.");
    }
}
