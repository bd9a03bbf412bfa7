using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>What one rank of a run does of each step: consecutive samples of the batch, and the shards that they fill.</summary>
/// <remarks>Ranks are a place, as threads are: how many there are changes rounding and nothing else. Whose negatives an anchor sees, and which rate follows, is
/// said by the shards alone.</remarks>
/// <param name="Rank">The rank, from 0.</param>
/// <param name="Size">P.</param>
/// <param name="Samples">N/P: this rank's samples of a batch, from <see cref="FirstSample"/> on.</param>
/// <param name="Shards">The shards of these samples; 1 where one shard lies on all ranks.</param>
/// <param name="FirstShard">The first of them; 0 where one shard lies on all ranks.</param>
internal readonly record struct RankShare(int Rank, int Size, int Samples, int Shards, int FirstShard)
{
    /// <summary>The place of the first sample in the batch.</summary>
    public int FirstSample => Rank * Samples;

    /// <summary>The share of a rank.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="collective">The ranks.</param>
    /// <exception cref="SettingsException">The batch or its shards cannot be shared out; the message has both numbers.</exception>
    public static RankShare Of(TrainingSettings settings, Collective collective)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(collective);
        int ranks = collective.Size, shards = settings.Loss.Shards;
        SettingsException.Require(settings.Batch.Size % ranks == 0, "batchSize", settings.Batch.Size, FormattableString.Invariant($"a multiple of the {Counted.Of(ranks, "rank")}"));
        SettingsException.Require(shards == 1 || shards % ranks == 0, "shards", shards, FormattableString.Invariant($"1, or a multiple of the {Counted.Of(ranks, "rank")}"));
        SettingsException.Require(
            settings.Loss.Queue == 0 || settings.Loss.Queue >= ranks, "queue", settings.Loss.Queue,
            FormattableString.Invariant($"0, or at least a key for each of the {Counted.Of(ranks, "rank")}"));
        int pieces = Math.Max(1, settings.Batch.Size / ranks);
        SettingsException.Require(
            settings.Batch.MicroBatch <= pieces, "microBatch", settings.Batch.MicroBatch, FormattableString.Invariant($"at most {pieces}, the samples of a rank"));
        return new RankShare(collective.Rank, ranks, settings.Batch.Size / ranks, Math.Max(1, shards / ranks), shards / ranks * collective.Rank);
    }
}
