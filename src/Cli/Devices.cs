using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>Opens the device that the settings ask for.</summary>
internal static class Devices
{
    /// <summary>The device: the GPU for "cuda", and for "auto" where there is one; else the CPU.</summary>
    /// <exception cref="DeviceException">"cuda" was asked for and cannot be had.</exception>
    public static Ops Open(TrainingSettings settings)
    {
        Precision precision = PrecisionNames.Parse(settings.Place.Precision);
        if (settings.Place.Device == "cuda") return CudaOps.Open(precision);
        return settings.Place.Device == "auto" && CudaOps.TryOpen(precision, out CudaOps? gpu, out _) ? gpu : new CpuOps(settings.Place.Threads);
    }
}
