using System.Text.Json;
using System.Text.Json.Serialization;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Sweep;

/// <summary>What a sweep varies.</summary>
internal enum SweepAxis
{
    /// <summary>K is tied to the batch as in the paper: K + 1 = N, or N/S with S shards.</summary>
    BatchSize,

    /// <summary>K varies, the batch does not.</summary>
    Negatives,

    /// <summary>The temperature varies; K does not.</summary>
    Temperature,

    /// <summary>The loss varies; K does not.</summary>
    Loss,
}

/// <summary>What a sweep consists of: <c>sweep.json</c> in its folder, fixed when it starts.</summary>
/// <param name="Format">The version of this file.</param>
/// <param name="Axis">What varies.</param>
/// <param name="Values">The batch sizes N, or the numbers of negatives K, ascending; of the other axes the places of their values, from 0.</param>
/// <param name="Seeds">The seeds; every value runs with each.</param>
/// <param name="Settings">The settings that all runs share, resolved; what varies, and the seed, are overridden.</param>
/// <param name="LinearEpochs">Epochs of the linear classifiers.</param>
internal sealed record SweepManifest(int Format, SweepAxis Axis, IReadOnlyList<int> Values, IReadOnlyList<ulong> Seeds, TrainingSettings Settings,
    int LinearEpochs)
{
    /// <summary>The format written now, and the first, which knew the axes of K alone and one rate for all runs.</summary>
    public const int CurrentFormat = 2, FirstFormat = 1;

    /// <summary>The temperatures, ascending, where they vary; null where they do not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? Temperatures { get; init; }

    /// <summary>The losses, where they vary; null where they do not.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<LossKind>? Losses { get; init; }

    /// <summary>The learning rates, ascending, of which each value and seed keeps the best; null where all runs have the rate of the settings.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<double>? LearningRates { get; init; }

    /// <summary>C, the classes of the data, which are the logits of a run whose loss is cross-entropy; null where no run has that loss.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Classes { get; init; }

    /// <summary>All runs, seed by seed, small values first, and for each value small rates first.</summary>
    public IEnumerable<SweepRun> Runs => Seeds.SelectMany(seed => Values.SelectMany(value => LearningRates is null
        ? [new SweepRun(Axis, value, seed, SettingsOf(value, seed))]
        : LearningRates.Select(rate => new SweepRun(Axis, value, seed, WithRate(SettingsOf(value, seed), rate), rate))));

    /// <summary>Whether the parts belong together.</summary>
    internal bool IsWhole => Values.Count > 0 && Seeds.Count > 0 && Enum.IsDefined(Axis) && LearningRates is not { Count: 0 }
        && (Axis == SweepAxis.Temperature) == Temperatures is not null && (Axis == SweepAxis.Loss) == Losses is not null
        && (Temperatures?.Count ?? Losses?.Count) is var places && (places is null || Values.SequenceEqual(Enumerable.Range(0, places.Value)))
        && (Losses?.All(Enum.IsDefined) ?? true);

    private static TrainingSettings WithRate(TrainingSettings settings, double rate) => settings with { Optimizer = settings.Optimizer with { LearningRate = rate } };

    private TrainingSettings SettingsOf(int value, ulong seed)
    {
        TrainingSettings settings = SharedAt(value, seed);
        return settings.Loss.Kind == LossKind.CrossEntropy && Classes is { } classes
            ? settings with { Encoder = settings.Encoder with { EmbeddingDimension = classes } } : settings;
    }

    private TrainingSettings SharedAt(int value, ulong seed) => Settings with
    {
        Batch = Axis == SweepAxis.BatchSize ? Settings.Batch with { Size = value } : Settings.Batch,
        Loss = Axis switch
        {
            SweepAxis.BatchSize => Settings.Loss with { Negatives = 0 }, SweepAxis.Negatives => Settings.Loss with { Negatives = value },
            SweepAxis.Temperature => Settings.Loss with { Temperature = Temperatures![value] }, _ => Settings.Loss with { Kind = Losses![value] },
        },
        Run = Settings.Run with { Seed = seed },
    };
}

/// <summary>One run of a sweep.</summary>
/// <param name="Axis">What the sweep varies.</param>
/// <param name="Value">The batch size N, or K, or the place of the temperature or loss.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Settings">The settings of this run.</param>
/// <param name="Rate">Its learning rate, before the scaling, where the sweep chooses between several; null where it does not.</param>
internal sealed record SweepRun(SweepAxis Axis, int Value, ulong Seed, TrainingSettings Settings, double? Rate = null)
{
    /// <summary>K of the bound's single-view loss.</summary>
    public int BoundNegatives => Settings.BoundNegatives;

    /// <summary>The run folder's name below the sweep's <c>runs</c>.</summary>
    public string Name => FormattableString.Invariant($"{Place}{(Rate is { } rate ? FormattableString.Invariant($"-rate-{rate}") : "")}-seed-{Seed}");

    private string Place => Axis switch
    {
        SweepAxis.BatchSize => FormattableString.Invariant($"batch-{Value:D5}"),
        SweepAxis.Negatives => FormattableString.Invariant($"negatives-{Value:D5}"),
        SweepAxis.Temperature => FormattableString.Invariant($"temperature-{Settings.Loss.Temperature}"),
        _ => $"loss-{LossWord(Settings.Loss.Kind)}",
    };

    /// <summary>What files and the command line call a loss: "nt-xent".</summary>
    /// <param name="kind">The loss.</param>
    public static string LossWord(LossKind kind) =>
        JsonSerializer.SerializeToNode(new TrainingSettings { Loss = new() { Kind = kind } }, SettingsJson.Default.TrainingSettings)!["loss"]!.ToString();
}
