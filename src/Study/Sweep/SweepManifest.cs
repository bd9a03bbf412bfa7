using NegSamples.Training.Settings;

namespace NegSamples.Study.Sweep;

/// <summary>What a sweep varies.</summary>
public enum SweepAxis
{
    /// <summary>K is tied to the batch as in the paper: K + 1 = N, or N/S with S shards.</summary>
    BatchSize,

    /// <summary>K varies, the batch does not.</summary>
    Negatives,
}

/// <summary>What a sweep consists of: <c>sweep.json</c> in its folder, fixed when it starts.</summary>
/// <param name="Format">The version of this file.</param>
/// <param name="Axis">What varies.</param>
/// <param name="Values">The batch sizes N, or the numbers of negatives K, ascending.</param>
/// <param name="Seeds">The seeds; every value runs with each.</param>
/// <param name="Settings">The settings that all runs share, resolved; batch size or negatives, and the seed, are overridden.</param>
/// <param name="LinearEpochs">Epochs of the linear classifiers.</param>
public sealed record SweepManifest(int Format, SweepAxis Axis, IReadOnlyList<int> Values, IReadOnlyList<ulong> Seeds, TrainingSettings Settings,
    int LinearEpochs)
{
    /// <summary>The format written now.</summary>
    public const int CurrentFormat = 1;

    /// <summary>All runs, seed by seed, small values first.</summary>
    public IEnumerable<SweepRun> Runs => Seeds.SelectMany(seed => Values.Select(value => new SweepRun(Axis, value, seed, SettingsOf(value, seed))));

    private TrainingSettings SettingsOf(int value, ulong seed) => Settings with
    {
        Batch = Axis == SweepAxis.BatchSize ? Settings.Batch with { Size = value } : Settings.Batch,
        Loss = Settings.Loss with { Negatives = Axis == SweepAxis.BatchSize ? 0 : value },
        Run = Settings.Run with { Seed = seed },
    };
}

/// <summary>One run of a sweep.</summary>
/// <param name="Axis">What the sweep varies.</param>
/// <param name="Value">The batch size N, or K.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Settings">The settings of this run.</param>
public sealed record SweepRun(SweepAxis Axis, int Value, ulong Seed, TrainingSettings Settings)
{
    /// <summary>K of the bound's single-view loss.</summary>
    public int BoundNegatives => Settings.BoundNegatives;

    /// <summary>The run folder's name below the sweep's <c>runs</c>.</summary>
    public string Name => FormattableString.Invariant($"{(Axis == SweepAxis.BatchSize ? "batch" : "negatives")}-{Value:D5}-seed-{Seed}");
}
