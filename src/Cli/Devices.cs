using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>Opens the device that the settings ask for.</summary>
internal static class Devices
{
    /// <summary>The device: the GPU for "cuda", and for "auto" where there is one; else the CPU.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="collective">The ranks of the run; null for one.</param>
    /// <exception cref="DeviceException">"cuda" was asked for and cannot be had, or asked for on several ranks, which compute on CPUs as yet.</exception>
    public static Ops Open(TrainingSettings settings, Collective? collective = null)
    {
        if (collective is { Size: > 1 })
        {
            if (settings.Place.Device == "cuda") throw new DeviceException("`device` is cuda; several ranks train on CPUs alone: expected cpu or auto.");
            return new CpuOps(settings.Place.Threads) { Collective = collective };
        }

        Precision precision = PrecisionNames.Parse(settings.Place.Precision);
        if (settings.Place.Device == "cuda") return CudaOps.Open(precision);
        return settings.Place.Device == "auto" && CudaOps.TryOpen(precision, out CudaOps? gpu, out _) ? gpu : new CpuOps(settings.Place.Threads);
    }
}
