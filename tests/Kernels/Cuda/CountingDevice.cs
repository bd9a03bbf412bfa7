using NegSamples.Kernels.Cuda;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>A device that runs nothing and counts what it is asked for.</summary>
internal sealed class CountingDevice() : PlanningDevice(4, SharedMemoryLimits.Hopper)
{
    public int Uploads { get; private set; }

    public int Launches { get; private set; }

    public override void Upload(ReadOnlySpan<byte> source, nint target)
    {
        Uploads++;
        base.Upload(source, target);
    }

    public override void Launch(nint kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, ReadOnlySpan<KernelArgument> arguments) => Launches++;
}
