using NegSamples.Tests;
using NegSamples.Tests.Cli;
using NegSamples.Tests.Kernels;
using NegSamples.Tests.Kernels.Cpu;
using NegSamples.Tests.Kernels.Cuda.Pairs;
using NegSamples.Tests.Kernels.SelfTest;
using NegSamples.Tests.Study;
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
            typeof(PageCommandTests), typeof(CudaPairKernelTests), typeof(CudaWarpgroupPairTests), typeof(DriverCallTests), typeof(MutationTests),
            typeof(InstructionSetsTests), typeof(DriverFaultTests), typeof(DeviceSelfTestTests), typeof(TrainerTests), typeof(KillTests), typeof(CudaTwoViewsTests),
            typeof(PackageTests), typeof(CudaContrastiveLossTests), typeof(KernelVariantsTests), typeof(FaultSweepTests), typeof(HostMemoryTests), typeof(GradientCheckTests),
            typeof(SweepCommandTests), typeof(EncoderGradientTests), typeof(ExportCommandTests), typeof(FirstContactTests), typeof(OutputPlaceTests),
            typeof(SimilarPicturesTests), typeof(DataSettingTests), typeof(InitCommandTests), typeof(DurabilityTests), typeof(FlagValueTests), typeof(ExampleTests),
            typeof(SamplesTests),
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
