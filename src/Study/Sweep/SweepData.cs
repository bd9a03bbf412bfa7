using NegSamples.Files;
using NegSamples.Training;

namespace NegSamples.Study.Sweep;

/// <summary>All that is known of a sweep.</summary>
/// <param name="Folder">The sweep's folder.</param>
/// <param name="Manifest">What it consists of.</param>
/// <param name="Runs">The runs whose training is done, seed by seed, small K first; of several rates the chosen one.</param>
/// <param name="Missing">What is not there yet, a line each: <c>batch-00064-seed-7: training not finished</c>.</param>
internal sealed record SweepData(string Folder, SweepManifest Manifest, IReadOnlyList<RunData> Runs, IReadOnlyList<string> Missing)
{
    /// <summary>How the rates of <see cref="Runs"/> were chosen; empty where all runs have one rate.</summary>
    public IReadOnlyList<RateChoice> Choices { get; init; } = [];

    /// <summary>Runs outside of the sweep that it is compared with.</summary>
    public IReadOnlyList<Baseline> Baselines { get; init; } = [];

    /// <summary>Gathers the runs of a sweep. What is unfinished or missing is listed; what contradicts the rest is refused.</summary>
    /// <param name="sweep">The sweep's folder.</param>
    /// <param name="baselines">Folders of evaluated runs that it is compared with; null for none.</param>
    /// <exception cref="BadDataException">It is no sweep, no run is finished, or a file is damaged or of other settings, another checkpoint or other
    /// images.</exception>
    public static SweepData Load(string sweep, IReadOnlyList<string>? baselines = null)
    {
        SweepManifest manifest = SweepFolder.ReadManifest(sweep);
        List<string> missing = [];
        List<RateChoice> choices = manifest.LearningRates is null ? []
            : [.. manifest.Runs.GroupBy(run => (run.Seed, run.Value)).Select(rates => RateChoice.Of(sweep, [.. rates], missing)).OfType<RateChoice>()];
        IEnumerable<SweepRun> kept = manifest.LearningRates is null ? manifest.Runs : choices.Select(choice => choice.Chosen);
        List<RunData> runs = [.. kept.Select(run => RunLoader.Load(sweep, run, missing)).OfType<RunData>()];
        if (runs.Count == 0)
            throw new BadDataException($"{sweep} has no finished run yet ({string.Join("; ", missing)}); continue it with: `sweep.resume` {ShellWord.OfPath(sweep)}");
        RunLoader.CheckSameData(runs);
        return new SweepData(sweep, manifest, runs, missing)
        {
            Choices = choices, Baselines = [.. (baselines ?? []).Select(folder => Baseline.Load(folder, runs))],
        };
    }

    /// <summary>The values of the axis that have a finished run, ascending.</summary>
    public IReadOnlyList<int> Values => [.. Runs.Select(run => run.Run.Value).Distinct().Order()];

    /// <summary>The seeds that have a finished run, in the sweep's order.</summary>
    public IReadOnlyList<ulong> Seeds => [.. Runs.Select(run => run.Run.Seed).Distinct()];

    /// <summary>The number of classes; 0 where neither classifiers nor bounds were measured.</summary>
    public int Classes => Runs.Select(run => run.Evaluation?.Classes ?? run.Bound?.Classes ?? 0).Max();

    /// <summary>The share of the commonest class among the test images; null where all classes are of one size, or where that is not known.</summary>
    public double? CommonestShare => Runs.Select(run => run.Evaluation?.CommonestShare).FirstOrDefault(share => share is not null);

    /// <summary>The kind of data: "cifar10", ...</summary>
    public string DataKind => Manifest.Settings.Data.Kind ?? Manifest.Settings.Data.Path;

    /// <summary>T of all runs; the least of those measured where it was learned.</summary>
    public double LeastTemperature => Manifest.Settings.Loss.LearnTemperature
        ? Runs.Select(run => run.Bound?.Temperature).Min() ?? LearnedTemperature.Least : Manifest.Temperatures?.Min() ?? Manifest.Settings.Loss.Temperature;

    /// <summary>Whether K follows the values of the axis; a queue of a fixed length leaves K where it is.</summary>
    private bool IsOfSamples => Manifest.Axis == SweepAxis.BatchSize && Manifest.Settings.Loss.Queue == 0;

    /// <summary>What the axis is called.</summary>
    public string AxisName => Manifest.Axis switch
    {
        SweepAxis.Negatives => "K", SweepAxis.Temperature => "t", SweepAxis.Loss => "loss", _ => IsOfSamples ? "K + 1" : "N",
    };

    /// <summary>The axis with its unit, for figures.</summary>
    public string AxisTitle => Manifest.Axis == SweepAxis.Negatives ? "K (negatives per anchor)"
        : Manifest.Axis == SweepAxis.Temperature ? "t (temperature)"
        : Manifest.Axis == SweepAxis.Loss ? "loss: " + string.Join(", ", Values.Select(value => FormattableString.Invariant($"{value + 1} {Label(value)}")))
        : !IsOfSamples ? FormattableString.Invariant($"N (samples in a batch; K = {Counted.Of(Manifest.Settings.Loss.Queue, "key")} of a queue)")
        : Shards > 1 ? FormattableString.Invariant($"K + 1 (samples in one of {Counted.Of(Shards, "shard")})") : "K + 1 (samples in a batch)";

    private int Shards => Manifest.Settings.Loss.Shards;

    /// <summary>The runs with one value of the axis.</summary>
    /// <param name="value">The value.</param>
    public IEnumerable<RunData> At(int value) => Runs.Where(run => run.Run.Value == value);

    /// <summary>A value of the axis as the axis counts: K, or K + 1 of the shard.</summary>
    /// <param name="value">The value: K, or the batch size.</param>
    public int Shown(int value) => IsOfSamples ? Samples(value) : value;

    /// <summary>A value of the axis for a table's heading: "32", "0.5" or "nt-xent".</summary>
    /// <param name="value">The value.</param>
    public string Label(int value) => Manifest.Axis switch
    {
        SweepAxis.Temperature => FormattableString.Invariant($"{Manifest.Temperatures![value]}"), SweepAxis.Loss => SweepRun.LossWord(Manifest.Losses![value]),
        _ => FormattableString.Invariant($"{Shown(value)}"),
    };

    /// <summary>Where a value stands on the axis of a figure; losses stand at 1, 2, ….</summary>
    /// <param name="value">The value.</param>
    public double Position(int value) =>
        Manifest.Axis switch { SweepAxis.Temperature => Manifest.Temperatures![value], SweepAxis.Loss => value + 1, _ => Shown(value) };

    /// <summary>A value of the axis in words: "K + 1 = 32", "K + 1 = 16 (batch 64 in 4 shards)" or "K = 31".</summary>
    /// <param name="value">The value.</param>
    public string Name(int value) => FormattableString.Invariant($"{AxisName} = {Label(value)}")
        + (IsOfSamples && Shards > 1 ? FormattableString.Invariant($" (batch {value} in {Counted.Of(Shards, "shard")})") : "");

    /// <summary>K + 1 of the bounds at a value of the axis.</summary>
    /// <param name="value">The value.</param>
    public int Samples(int value) => At(value).First().Run.BoundNegatives + 1;
}
