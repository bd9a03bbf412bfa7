using NegSamples.Kernels;
using NegSamples.Training;

namespace NegSamples.Cli;

/// <summary>Opens the device that the settings ask for.</summary>
internal static class Devices
{
    public static Ops Open(TrainingSettings settings) => new CpuOps(settings.Threads);
}
