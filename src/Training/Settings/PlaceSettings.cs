using System.Text.Json.Serialization;
using NegSamples.Kernels;

namespace NegSamples.Training.Settings;

/// <summary>What computes. A run may go on in another place than it began.</summary>
public sealed record PlaceSettings
{
    /// <summary>CPU threads; 0 takes one per core. They never change the numbers.</summary>
    [JsonPropertyOrder(29)]
    public int Threads { get; init; }

    /// <summary>"cpu", "cuda", or "auto" for the GPU where there is one.</summary>
    [JsonPropertyOrder(30)]
    public string Device { get; init; } = "auto";

    /// <summary>
    /// What matrix products compute with, and what activations are stored in: "bf16", "tf32" (a GPU's; a CPU computes in float32 then), "fp32", or "auto" for what
    /// the device is best at (<see cref="PrecisionNames.OfGpu"/>, <see cref="CpuOps.PrecisionOf"/>).
    /// </summary>
    [JsonPropertyOrder(31)]
    public string Precision { get; init; } = PrecisionNames.Automatic;

    /// <summary>
    /// What a GPU's products in bf16 are made of: "mma", or where the GPU has them "wgmma" for the instructions
    /// of compute capability 9.0, or "tma" for these with its copy engine.
    /// </summary>
    [JsonPropertyOrder(32)]
    public string Kernels { get; init; } = MatrixKernelNames.All[0];

    /// <summary>Refuses what cannot be trained.</summary>
    /// <exception cref="SettingsException">A setting is out of its range.</exception>
    internal void Validate()
    {
        SettingsException.Require(Threads >= 0, "threads", Threads, "at least 1, or 0 for one per core");
        SettingsException.Require(Device is "cpu" or "cuda" or "auto", "device", Device, "cpu, cuda or auto");
        SettingsException.Require(PrecisionNames.Choices.Contains(Precision), "precision", Precision, "auto, bf16, tf32 or fp32");
        SettingsException.Require(MatrixKernelNames.All.Contains(Kernels), "kernels", Kernels, string.Join(" or ", MatrixKernelNames.All));
    }
}
