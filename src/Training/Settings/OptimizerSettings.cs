using System.Globalization;
using System.Text.Json.Serialization;

namespace NegSamples.Training.Settings;

/// <summary>The weight update, its rate over the run, and how long the run is.</summary>
public sealed record OptimizerSettings
{
    /// <summary>Passes over the training images; with <see cref="Steps"/> their number follows from the batch, and this becomes 0.</summary>
    [JsonPropertyOrder(7)]
    public int Epochs { get; init; } = DefaultEpochs;

    /// <summary>
    /// T: weight updates of the run, whatever the batch; 0 takes those of <see cref="Epochs"/>. The last epoch ends where the updates do: the rest of its order
    /// is not seen. Warm-up is a tenth of T.
    /// </summary>
    [JsonPropertyOrder(7)]
    public int Steps { get; init; }

    /// <summary>The rule of the weight update.</summary>
    [JsonPropertyName("optimizer"), JsonPropertyOrder(18)]
    public OptimizerKind Kind { get; init; } = OptimizerKind.Larc;

    /// <summary>The peak learning rate, scaled as <see cref="RateScaling"/> says. 0 takes 1 for LARC, 0.1 for SGD and 0.001 for AdamW.</summary>
    [JsonPropertyOrder(19)]
    public double LearningRate { get; init; }

    /// <summary>How the peak rate follows the samples of a shard.</summary>
    [JsonPropertyOrder(19)]
    public RateScaling RateScaling { get; init; } = RateScaling.Linear;

    /// <summary>Momentum of LARC and SGD.</summary>
    [JsonPropertyOrder(20)]
    public double Momentum { get; init; } = 0.9;

    /// <summary>λ: weight decay, not on biases and batch norms.</summary>
    [JsonPropertyOrder(21)]
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>LARC's trust coefficient.</summary>
    [JsonPropertyOrder(22)]
    public double Trust { get; init; } = 0.001;

    /// <summary>Epochs of linear warm-up; −1 takes 10, or a tenth of the epochs where those are fewer than 100, or a tenth of <see cref="Steps"/>.</summary>
    [JsonPropertyOrder(23)]
    public double WarmupEpochs { get; init; } = -1;

    /// <summary>
    /// Epochs after which the schedule of the learning rate starts again, rising, with commas between them: "100,150"; empty for never. A run that is trained
    /// further has the epochs here that it had before.
    /// </summary>
    [JsonPropertyOrder(23)]
    public string RestartEpochs { get; init; } = "";

    private const int DefaultEpochs = 100;

    /// <summary>The peak rate of a run.</summary>
    /// <param name="samples">N/S: samples of a shard.</param>
    internal double PeakRate(int samples) => RateScaling switch
    {
        RateScaling.Linear => LearningRate * samples / 256, RateScaling.Sqrt => LearningRate * Math.Sqrt(samples), _ => LearningRate,
    };

    /// <summary>Steps of a whole run.</summary>
    /// <param name="stepsPerEpoch">Full batches in the training images.</param>
    internal long TotalSteps(int stepsPerEpoch) => Steps > 0 ? Steps : (long)stepsPerEpoch * Epochs;

    /// <summary>The epochs after which the stages of the schedule end: those of <see cref="RestartEpochs"/>, then all.</summary>
    /// <exception cref="SettingsException">They do not rise, or are no numbers.</exception>
    internal IReadOnlyList<int> StageEnds()
    {
        List<int> ends = [];
        foreach (string part in RestartEpochs.Length == 0 ? [] : RestartEpochs.Split(','))
        {
            SettingsException.Require(
                int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int end) && end > (ends is [.., int before] ? before : 0) && end < Epochs,
                "restartEpochs", $"'{RestartEpochs}'", $"rising epochs from 1 to {Epochs - 1} with commas between them, as in 100,150");
            ends.Add(end);
        }

        return [.. ends, Epochs];
    }

    /// <summary>The same with more epochs, in which the schedule starts once more.</summary>
    /// <param name="epochs">All epochs, those of before included.</param>
    /// <exception cref="SettingsException">They are not more than before.</exception>
    internal OptimizerSettings ContinuedTo(int epochs)
    {
        SettingsException.Require(Steps == 0, "epochs", epochs, $"none: the run has `steps` {Steps} and ends with them");
        SettingsException.Require(epochs > Epochs, "epochs", epochs, $"more than the {Epochs} that the run has, for it counts all of them");
        return this with { Epochs = epochs, RestartEpochs = string.Join(',', StageEnds()) };
    }

    /// <summary>The same with every "take the default" replaced by the number that it stands for.</summary>
    internal OptimizerSettings Resolve() => this with
    {
        LearningRate = LearningRate > 0 ? LearningRate : Kind switch { OptimizerKind.Larc => 1.0, OptimizerKind.Sgd => 0.1, _ => 0.001 },
        Epochs = Steps > 0 ? 0 : Epochs,
        WarmupEpochs = WarmupEpochs >= 0 || Steps > 0 ? WarmupEpochs : Math.Min(10, Epochs / 10.0),
    };

    // Scaled by a small batch it is still a number of 32 bits.
    private const double LeastRate = 1e-30;

    /// <summary>Refuses what cannot be trained.</summary>
    /// <exception cref="SettingsException">A setting is out of its range.</exception>
    internal void Validate()
    {
        SettingsException.Require(Steps >= 0, "steps", Steps, "at least 1, or 0 for those of `epochs`");
        SettingsException.Require(Steps > 0 || Epochs >= 1, "epochs", Epochs, "at least 1");
        SettingsException.Require(
            LearningRate == 0 || (LearningRate >= LeastRate && LearningRate <= float.MaxValue), "learningRate", LearningRate,
            $"{LeastRate} to {float.MaxValue:G2}, or 0 for the optimizer's own");
        SettingsException.Require(Enum.IsDefined(RateScaling), "rateScaling", RateScaling.ToString(), "linear, sqrt or none");
        SettingsException.Require(Momentum is >= 0 and < 1, "momentum", Momentum, "0 to below 1");
        SettingsException.Require(WeightDecay is >= 0 and <= float.MaxValue, "weightDecay", WeightDecay, $"0 to {float.MaxValue:G2}");
        SettingsException.Require(Trust is > 0 and <= float.MaxValue, "trust", Trust, $"above 0 and at most {float.MaxValue:G2}");
        SettingsException.Require(WarmupEpochs is -1 or (>= 0 and <= 1e6), "warmupEpochs", WarmupEpochs, "at least 0, or -1 for the default");
        if (Steps > 0)
        {
            SettingsException.Require(Epochs is 0 or DefaultEpochs, "epochs", Epochs, $"none with `steps` {Steps}: their number follows from the batch");
            SettingsException.Require(WarmupEpochs is 0 or -1, "warmupEpochs", WarmupEpochs, "0 for none, or -1 for a tenth of the updates, with `steps`");
            SettingsException.Require(RestartEpochs.Length == 0, "restartEpochs", $"'{RestartEpochs}'", "none with `steps`");
            return;
        }

        int first = StageEnds()[0];
        SettingsException.Require(WarmupEpochs <= first, "warmupEpochs", WarmupEpochs, $"at most the {Counted.Of(first, "epoch")}{(first < Epochs ? " before the first restart" : "")}");
    }
}
