using System.Text.Json.Serialization;
using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Similarity;

/// <summary>A loss of two towers.</summary>
public enum TowerLoss
{
    /// <summary>InfoNCE both ways, CLIP's: the mean of the cross-entropies over the keys of each query and over the queries of each key.</summary>
    [JsonStringEnumMemberName("info-nce")]
    InfoNce,

    /// <summary>The sigmoid loss, SigLIP's; see <see cref="Kernels.Sigmoid"/>.</summary>
    [JsonStringEnumMemberName("sigmoid")]
    Sigmoid,
}

/// <summary>What <see cref="TowerStudy"/> measures of features in files.</summary>
public sealed record TowerSettings
{
    /// <summary>The file of the queries, (N, D); of an archive FILE:NAME.</summary>
    public string Queries { get; init; } = "";

    /// <summary>The file of the keys, (N, D): row i matches row i of the queries.</summary>
    public string Keys { get; init; } = "";

    /// <summary>The loss.</summary>
    public TowerLoss Loss { get; init; }

    /// <summary>T.</summary>
    public float Temperature { get; init; } = 0.1f;

    /// <summary>b of the sigmoid loss; null is −1/T.</summary>
    public float? Bias { get; init; }

    /// <summary>Whether all rows are scaled to unit length first; the gradients are those of the scaled rows.</summary>
    public bool IsNormalised { get; init; }

    /// <summary>CPU threads; 0 takes one per core. They never change the numbers.</summary>
    public int Threads { get; init; }

    /// <summary>The loss as the operation takes it.</summary>
    internal ContrastiveSettings Formula => Loss == TowerLoss.Sigmoid ? new(Temperature, new Sigmoid()) { Bias = BiasOfLoss } : new(Temperature);

    internal float BiasOfLoss => Bias ?? -1 / Temperature;

    /// <summary>Checks every setting by itself.</summary>
    /// <exception cref="SettingsException">A setting cannot be used; the message names it.</exception>
    public void Validate()
    {
        SettingsException.Require(Temperature is >= 1e-30f and <= 1e30f, "temperature", Temperature, "a finite number above 0, 1e-30 to 1e30");
        if (Bias is not null && Loss != TowerLoss.Sigmoid) throw new SettingsException("`bias` has no meaning with `loss` info-nce.");
        float bias = BiasOfLoss;
        SettingsException.Require(Loss != TowerLoss.Sigmoid || bias is >= -1e6f and <= 1e6f, "bias", bias, "-1000000 to 1000000");
    }
}
