using System.Reflection;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>A device that runs nothing, takes down what is launched, and fails where a block would have more shared memory than its GPU gives.</summary>
internal sealed class LimitedDevice(SharedMemoryLimits limits, int multiprocessors = 108) : PlanningDevice(multiprocessors, limits)
{
    private readonly List<MethodInfo> kernels = [];

    public List<(MethodInfo Kernel, int Threads, int SharedBytes)> Launches { get; } = [];

    /// <summary>What was launched, in the words of <see cref="KernelVariant"/>.</summary>
    public HashSet<string> Variants { get; } = [];

    public override nint Load(MethodInfo kernel)
    {
        kernels.Add(kernel);
        return kernels.Count - 1;
    }

    public override void Launch(nint kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, ReadOnlySpan<KernelArgument> arguments)
    {
        MethodInfo method = kernels[(int)kernel];
        Assert.True(sharedBytes <= SharedMemory.OfBlock, $"{method.Name} takes {sharedBytes} bytes of shared memory; a block has {SharedMemory.OfBlock}");
        Launches.Add((method, threads.X * threads.Y * threads.Z, sharedBytes));
        Variants.UnionWith(KernelVariant.Of(method, threads.X * threads.Y * threads.Z, arguments));
    }
}
