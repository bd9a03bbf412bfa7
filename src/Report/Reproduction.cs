using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using NegSamples.Study.Sweep;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Report;

/// <summary>The command lines that make a sweep again.</summary>
internal static class Reproduction
{
    // What never changes a number on one machine: who computes. The seeds have a word of their own.
    private static readonly string[] Indifferent = ["seed", "threads", "device"];

    /// <param name="data">The sweep.</param>
    /// <param name="flagOf">What the command line calls a setting.</param>
    /// <param name="format">The word for the report's format; null for the one that needs none.</param>
    public static IReadOnlyList<string> Commands(SweepData data, Func<string, string> flagOf, string? format = null)
    {
        SweepManifest manifest = data.Manifest;
        List<string> words =
        [
            "negsamples sweep", Axis(manifest, flagOf), .. Rates(manifest, flagOf), $"{flagOf("seeds")} {string.Join(',', manifest.Seeds)}",
            .. Words(manifest.Settings, flagOf, key => key == KeyOf(manifest.Axis) || (key == "learningRate" && manifest.LearningRates is not null)),
            FormattableString.Invariant($"{flagOf("linearEpochs")} {manifest.LinearEpochs}"),
        ];
        string baselines = string.Concat(data.Baselines.Select(run => $" {flagOf("baseline")} {ShellWord.OfPath(run.Folder)}"));
        return
        [
            string.Join(' ', words), .. PaperEvaluations(data, flagOf), .. data.Baselines.SelectMany(run => OfRun(run.Folder, run.Settings, run.Evaluation, flagOf)),
            $"negsamples report {ShellWord.OfPath(data.Folder)}{baselines}" + (format is null ? "" : $" {flagOf("format")} {format}"),
        ];
    }

    /// <summary>The command lines that train a run again and evaluate it.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="evaluation">What was measured; null where nothing was.</param>
    /// <param name="flagOf">What the command line calls a setting.</param>
    public static IEnumerable<string> OfRun(string folder, TrainingSettings settings, EvaluationReport? evaluation, Func<string, string> flagOf)
    {
        IEnumerable<string> words = Words(settings, flagOf, key => key == "embeddingDimension" && settings.Loss.Kind == LossKind.CrossEntropy);
        string seed = FormattableString.Invariant($"{flagOf("seed")} {settings.Run.Seed}"), output = $"{flagOf("output")} {ShellWord.OfPath(folder)}";
        yield return string.Join(' ', ["negsamples train", seed, .. words, output]);
        if (evaluation is not null) yield return $"negsamples eval {ShellWord.OfPath(folder)}{Linear(evaluation.LinearEpochs, evaluation.Rows.Select(row => row.Seed), flagOf)}";
    }

    /// <summary>The flags of a linear classifier that is not the one by default.</summary>
    public static string Linear(int? epochs, IEnumerable<ulong> seeds, Func<string, string> flagOf)
    {
        LinearSettings defaults = new();
        ulong seed = seeds.FirstOrDefault(defaults.Seed);
        return (epochs is { } count && count != defaults.Epochs ? FormattableString.Invariant($" {flagOf("linearEpochs")} {count}") : "")
            + (seed == defaults.Seed ? "" : FormattableString.Invariant($" {flagOf("seed")} {seed}"));
    }

    /// <summary>The settings that differ from the defaults, each behind its flag.</summary>
    /// <param name="settings">The settings, resolved.</param>
    /// <param name="flagOf">What the command line calls a setting.</param>
    /// <param name="isSet">Whether the line has said a setting otherwise.</param>
    private static IEnumerable<string> Words(TrainingSettings settings, Func<string, string> flagOf, Func<string, bool> isSet)
    {
        JsonObject given = Json(settings), defaults = Json(Implied(settings));
        defaults["dataKind"] = "shapes"; // of other data it may have been told, not found
        if (settings.Data.Kind == "folder") given["jpegDecoder"] ??= DataSettings.ImageSharp; // of a run that began before there was a choice
        foreach (string key in FlatSettings.Names.Except(Indifferent))
        {
            if (!isSet(key) && !JsonNode.DeepEquals(given[key], defaults[key]) && given[key] is { } value) yield return $"{flagOf(key)} {ShellWord.Of(value.ToString())}";
        }
    }

    /// <summary>The evaluations under the paper's protocol, which a sweep does not make by itself.</summary>
    private static IEnumerable<string> PaperEvaluations(SweepData data, Func<string, string> flagOf) =>
        from run in data.Runs
        let last = run.PaperAccuracy("linear", head: true, EpochSelection.Last)
        where last is not null
        select FormattableString.Invariant(
            $"negsamples eval {ShellWord.OfPath(run.Folder)} {flagOf("protocol")} paper {flagOf("linearEpochs")} {last.Epoch} {flagOf("seed")} {last.Seed}");

    /// <summary>What a sweep has whose line names nothing but its length and its optimizer: those decide other defaults.</summary>
    private static TrainingSettings Implied(TrainingSettings settings)
    {
        OptimizerSettings length = new() { Epochs = settings.Optimizer.Epochs, Steps = settings.Optimizer.Steps, Kind = settings.Optimizer.Kind };
        TrainingSettings implied = new TrainingSettings { Optimizer = length }.Resolve(settings.Data.Kind ?? "shapes");
        OptimizerSettings defaults = new();
        return implied with
        {
            Optimizer = implied.Optimizer with { Epochs = settings.Optimizer is { Steps: > 0, Epochs: 0 } ? 0 : defaults.Epochs, Steps = 0, Kind = defaults.Kind },
        };
    }

    private static string Axis(SweepManifest manifest, Func<string, string> flagOf) => manifest.Axis switch
    {
        SweepAxis.BatchSize => $"{flagOf("batchSizes")} {string.Join(',', manifest.Values)}",
        SweepAxis.Negatives => $"{flagOf("negatives")} {string.Join(',', manifest.Values)}",
        SweepAxis.Temperature => $"{flagOf("temperatures")} {Joined(manifest.Temperatures!)}",
        _ => $"{flagOf("losses")} {string.Join(',', manifest.Losses!.Select(SweepRun.LossWord))}",
    };

    private static string KeyOf(SweepAxis axis) => axis switch
    {
        SweepAxis.BatchSize => "batchSize", SweepAxis.Negatives => "negatives", SweepAxis.Temperature => "temperature", _ => "loss",
    };

    private static IEnumerable<string> Rates(SweepManifest manifest, Func<string, string> flagOf) =>
        manifest.LearningRates is { } rates ? [$"{flagOf("learningRates")} {Joined(rates)}"] : [];

    private static string Joined(IEnumerable<double> numbers) => string.Join(',', numbers.Select(number => number.ToString("R", CultureInfo.InvariantCulture)));

    private static JsonObject Json(TrainingSettings settings) => JsonSerializer.SerializeToNode(settings, SettingsJson.Default.TrainingSettings)!.AsObject();
}
