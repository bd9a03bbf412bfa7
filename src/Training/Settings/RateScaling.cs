using System.Text.Json.Serialization;

namespace NegSamples.Training.Settings;

/// <summary>How the peak learning rate follows the samples of a shard, N/S.</summary>
public enum RateScaling
{
    /// <summary>lr·N/256: Goyal et al. 2017, arXiv:1706.02677.</summary>
    [JsonStringEnumMemberName("linear")]
    Linear,

    /// <summary>lr·√N, without a divisor, as the code of arXiv:2102.06866 has it.</summary>
    [JsonStringEnumMemberName("sqrt")]
    Sqrt,

    /// <summary>lr as it is.</summary>
    [JsonStringEnumMemberName("none")]
    None,
}
