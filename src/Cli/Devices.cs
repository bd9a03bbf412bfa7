using NegSamples.Kernels;
using NegSamples.Training;

namespace NegSamples.Cli;

/// <summary>Opens the device that the settings ask for.</summary>
internal static class Devices
{
    /// <summary>The device: the GPU for "cuda", and for "auto" where there is one; else the CPU.</summary>
    /// <exception cref="DeviceException">"cuda" was asked for and cannot be had.</exception>
    public static Ops Open(TrainingSettings settings) =>
        settings.Device == "cuda" || (settings.Device == "auto" && CudaOps.IsAvailable(out _)) ? CudaOps.Open(PrecisionOf(settings)) : new CpuOps(settings.Threads);

    public static Precision PrecisionOf(TrainingSettings settings) => settings.Precision switch
    {
        "tf32" => Precision.TensorFloat32,
        "fp32" => Precision.Float32,
        _ => Precision.BFloat16,
    };
}
