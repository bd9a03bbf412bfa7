using System.Globalization;
using System.Text.Json.Serialization;

namespace NegSamples.Training.Settings;

/// <summary>The weight update, its rate over the run, and how long the run is.</summary>
public sealed record OptimizerSettings
{
    /// <summary>Passes over the training images.</summary>
    [JsonPropertyOrder(7)]
    public int Epochs { get; init; } = 100;

    /// <summary>The rule of the weight update.</summary>
    [JsonPropertyName("optimizer"), JsonPropertyOrder(18)]
    public OptimizerKind Kind { get; init; } = OptimizerKind.Larc;

    /// <summary>The peak learning rate for a shard of 256; it is scaled by N/(256·S). 0 takes 1 for LARC, 0.1 for SGD and 0.001 for AdamW.</summary>
    [JsonPropertyOrder(19)]
    public double LearningRate { get; init; }

    /// <summary>Momentum of LARC and SGD.</summary>
    [JsonPropertyOrder(20)]
    public double Momentum { get; init; } = 0.9;

    /// <summary>λ: weight decay, not on biases and batch norms.</summary>
    [JsonPropertyOrder(21)]
    public double WeightDecay { get; init; } = 1e-4;

    /// <summary>LARC's trust coefficient.</summary>
    [JsonPropertyOrder(22)]
    public double Trust { get; init; } = 0.001;

    /// <summary>Epochs of linear warm-up; −1 takes 10, or a tenth of the epochs where those are fewer than 100.</summary>
    [JsonPropertyOrder(23)]
    public double WarmupEpochs { get; init; } = -1;

    /// <summary>
    /// Epochs after which the schedule of the learning rate starts again, rising, with commas between them: "100,150"; empty for never. A run that is trained
    /// further has the epochs here that it had before.
    /// </summary>
    [JsonPropertyOrder(23)]
    public string RestartEpochs { get; init; } = "";

    /// <summary>The epochs after which the stages of the schedule end: those of <see cref="RestartEpochs"/>, then all.</summary>
    /// <exception cref="SettingsException">They do not rise, or are no numbers.</exception>
    public IReadOnlyList<int> StageEnds()
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
    public OptimizerSettings ContinuedTo(int epochs)
    {
        SettingsException.Require(epochs > Epochs, "epochs", epochs, $"more than the {Epochs} that the run has, for it counts all of them");
        return this with { Epochs = epochs, RestartEpochs = string.Join(',', StageEnds()) };
    }

    /// <summary>The same with every "take the default" replaced by the number that it stands for.</summary>
    public OptimizerSettings Resolve() => this with
    {
        LearningRate = LearningRate > 0 ? LearningRate : Kind switch { OptimizerKind.Larc => 1.0, OptimizerKind.Sgd => 0.1, _ => 0.001 },
        WarmupEpochs = WarmupEpochs >= 0 ? WarmupEpochs : Math.Min(10, Epochs / 10.0),
    };

    // Scaled by a small batch it is still a number of 32 bits.
    private const double LeastRate = 1e-30;

    /// <summary>Refuses what cannot be trained.</summary>
    /// <exception cref="SettingsException">A setting is out of its range.</exception>
    public void Validate()
    {
        SettingsException.Require(Epochs >= 1, "epochs", Epochs, "at least 1");
        SettingsException.Require(
            LearningRate == 0 || (LearningRate >= LeastRate && LearningRate <= float.MaxValue), "learningRate", LearningRate,
            $"{LeastRate} to {float.MaxValue:G2}, or 0 for the optimizer's own");
        SettingsException.Require(Momentum is >= 0 and < 1, "momentum", Momentum, "0 to below 1");
        SettingsException.Require(WeightDecay is >= 0 and <= float.MaxValue, "weightDecay", WeightDecay, $"0 to {float.MaxValue:G2}");
        SettingsException.Require(Trust is > 0 and <= float.MaxValue, "trust", Trust, $"above 0 and at most {float.MaxValue:G2}");
        SettingsException.Require(WarmupEpochs is -1 or (>= 0 and <= 1e6), "warmupEpochs", WarmupEpochs, "at least 0, or -1 for the default");
        int first = StageEnds()[0];
        SettingsException.Require(WarmupEpochs <= first, "warmupEpochs", WarmupEpochs, $"at most the {first} epochs{(first < Epochs ? " before the first restart" : "")}");
    }
}
