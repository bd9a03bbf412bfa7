using System.Text.Json.Serialization;

namespace NegSamples.Training.Settings;

/// <summary>The rule of the weight update.</summary>
public enum OptimizerKind
{
    /// <summary>SGD with momentum under layer-wise adaptive rates: the paper's choice.</summary>
    [JsonStringEnumMemberName("larc")]
    Larc,

    /// <summary>SGD with momentum.</summary>
    [JsonStringEnumMemberName("sgd")]
    Sgd,

    /// <summary>Adam with decoupled weight decay.</summary>
    [JsonStringEnumMemberName("adamw")]
    AdamW,
}
