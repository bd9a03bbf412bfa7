using NegSamples.Tests;
using NegSamples.Tests.Cli;
using NegSamples.Tests.Kernels;
using NegSamples.Tests.Kernels.Cpu;
using NegSamples.Tests.Kernels.Cuda.Pairs;
using NegSamples.Tests.Kernels.SelfTest;
using NegSamples.Tests.Training;
using NegSamples.Tests.Training.Checkpoints;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace NegSamples.Tests;

/// <summary>Starts the collections that take longest before all others, so that none of them is alone at the end while a core has nothing to do.</summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Longest =
    [
        "emulated driver", "launchers", .. new[]
        {
            typeof(InstructionSetsTests), typeof(PageCommandTests), typeof(PackageTests), typeof(DriverFaultTests),
            typeof(CudaTwoViewsTests), typeof(CudaContrastiveLossTests), typeof(EncoderGradientTests), typeof(GradientCheckTests),
            typeof(DeviceSelfTestTests), typeof(MutationTests), typeof(CudaPairKernelTests), typeof(CudaWarpgroupPairTests), typeof(TrainerTests), typeof(SweepCommandTests),
            typeof(DurabilityTests), typeof(HostMemoryTests), typeof(FlagValueTests), typeof(ExampleTests), typeof(SamplesTests),
        }.Select(type => $"Test collection for {type.FullName} "),
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection => [.. testCollections.OrderBy(PlaceOf)];

    private static int PlaceOf<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection
    {
        int place = Array.FindIndex(Longest, name => collection.TestCollectionDisplayName.StartsWith(name, StringComparison.Ordinal));
        return place < 0 ? Longest.Length : place;
    }
}
