using System.Text.Json.Serialization;

namespace NegSamples.Training.Settings;

/// <summary>What makes a run repeatable, and what it writes down.</summary>
public sealed record RunSettings
{
    /// <summary>Key of all random numbers.</summary>
    [JsonPropertyOrder(26)]
    public ulong Seed { get; init; } = 7;

    /// <summary>A line of metrics every this many steps.</summary>
    [JsonPropertyOrder(27)]
    public int LogEvery { get; init; } = 1;

    /// <summary>A checkpoint every this many epochs; 0 takes a tenth of the epochs, at least 1, or of the updates where the run has a number of those. The last step always leaves one.</summary>
    [JsonPropertyOrder(28)]
    public int CheckpointEvery { get; init; }

    /// <summary>Measures the representation every this many epochs and after the last step, see <see cref="Evaluation.RepresentationMonitor"/>; 0 never. It changes
    /// no weight.</summary>
    [JsonPropertyOrder(28)]
    public int MonitorEvery { get; init; }

    /// <summary>Whether the lines of metrics are also written as events for TensorBoard, in the run folder's <c>tensorboard</c>.</summary>
    [JsonPropertyOrder(28), JsonPropertyName("tensorboard")]
    public bool TensorBoard { get; init; }

    /// <summary>Whether the representation is measured after a step.</summary>
    /// <param name="done">Steps done.</param>
    /// <param name="stepsPerEpoch">Steps of an epoch.</param>
    /// <param name="last">Whether it was the last step.</param>
    internal bool Monitors(long done, int stepsPerEpoch, bool last) => MonitorEvery > 0 && (last || done % ((long)stepsPerEpoch * MonitorEvery) == 0);

    /// <summary>The same with the number of epochs between checkpoints where none is asked for.</summary>
    /// <param name="optimizer">The length of the run.</param>
    internal RunSettings Resolve(OptimizerSettings optimizer)
    {
        ArgumentNullException.ThrowIfNull(optimizer);
        return this with { CheckpointEvery = CheckpointEvery > 0 || optimizer.Steps > 0 ? CheckpointEvery : Math.Max(1, optimizer.Epochs / 10) };
    }

    /// <summary>Refuses what cannot be trained.</summary>
    /// <exception cref="SettingsException">A setting is out of its range.</exception>
    internal void Validate()
    {
        SettingsException.Require(LogEvery >= 1, "logEvery", LogEvery, "at least 1");
        SettingsException.Require(CheckpointEvery >= 0, "checkpointEvery", CheckpointEvery, "at least 1, or 0 for the default");
        SettingsException.Require(MonitorEvery >= 0, "monitorEvery", MonitorEvery, "at least 1, or 0 for never");
    }
}
