using System.Reflection;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>A device that runs nothing and counts what it is asked for.</summary>
internal sealed class CountingDevice(int multiprocessors = 4) : PlanningDevice(multiprocessors, SharedMemoryLimits.Hopper)
{
    private readonly List<string> kernels = [];

    public int Uploads { get; private set; }

    public int Downloads { get; private set; }

    public int Launches { get; private set; }

    /// <summary>Launches by the kernels' names.</summary>
    public Dictionary<string, int> LaunchesOf { get; } = [];

    public override void Upload(ReadOnlySpan<byte> source, nint target)
    {
        Uploads++;
        base.Upload(source, target);
    }

    public override void Download(nint source, Span<byte> target)
    {
        Downloads++;
        base.Download(source, target);
    }

    public override nint Load(MethodInfo kernel)
    {
        kernels.Add(kernel.Name);
        return kernels.Count - 1;
    }

    public override void Launch(nint kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, ReadOnlySpan<KernelArgument> arguments)
    {
        Launches++;
        LaunchesOf[kernels[(int)kernel]] = LaunchesOf.GetValueOrDefault(kernels[(int)kernel]) + 1;
    }
}
