using NegSamples.Augment.Data.Shapes;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Tests.Kernels;
using NegSamples.Tests.Kernels.Cuda;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>Training over two ranks that are threads, each by CUDA kernels on an emulated GPU of its own.</summary>
[Collection("emulated driver")]
public class CudaRanksTests
{
    private static readonly TrainingSettings Settings = (TinyRun.Settings with
    {
        Data = TinyRun.Settings.Data with { ImageSize = 8 }, Batch = TinyRun.Settings.Batch with { Size = 4 },
        Optimizer = TinyRun.Settings.Optimizer with { Epochs = 2, Kind = OptimizerKind.Sgd, LearningRate = 1 },
    }).Resolve("shapes");

    private static ShapesSet Images => new(new ShapesSettings { Seed = 1, Size = 8, TrainCount = 8, TestCount = 4 }, train: true);

    /// <summary>A step is that of two ranks on CPUs, and the same bits on both ranks, by NCCL and by way of host memory.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    public void AStepOnGpusIsThatOnCpus(int queue)
    {
        TrainingSettings settings = Settings with { Loss = new() { Queue = queue } };
        (double Loss, float[] Weights) start = Steps(settings, 0, _ => new CpuOps(1))[0], cpu = Steps(settings, 1, _ => new CpuOps(1))[0];
        (double Loss, float[] Weights)[] nccl = StepOnGpus(settings, EmulatedNccl.Load()), gpu = queue > 0 ? nccl : StepOnGpus(settings, library: null);
        Assert.Empty(EmulatedNccl.Faults);
        Assert.Contains("ncclAllGather", EmulatedNccl.Calls);
        Assert.All(gpu.Concat(nccl), each => Assert.Equal(gpu[0].Loss, each.Loss));
        Assert.All(gpu.Concat(nccl), each => Assert.Equal(gpu[0].Weights, each.Weights));

        // Rounding of some 10⁻⁶, times what batch norms of 2 samples a rank make of it.
        double moved = Distance(start.Weights, cpu.Weights);
        Assert.True(moved > 1e-4);
        Assert.Equal(cpu.Loss, gpu[0].Loss, 1e-5 * cpu.Loss);
        Assert.InRange(Distance(cpu.Weights, gpu[0].Weights), 0, Math.Pow(2, -24) + (1e-4 * moved));
    }

    /// <summary>A rank plans its share of the batch, and the workspace of the sums.</summary>
    [Fact]
    public void ThePlanOfARankHasTheSumsOfRanks()
    {
        TrainingSettings settings = Settings with { Batch = new() { Size = 8 } };
        MemoryPlan one = DeviceMemory.Plan(settings, Images, Precision.Float32), half = DeviceMemory.Plan(settings, Images, Precision.Float32, Collective.Planned(0, 2));
        MemoryPlace parts = Assert.Single(half.Places, place => place.Name == "parts of a sum over ranks");
        Assert.DoesNotContain(one.Places, place => place.Name == parts.Name);
        Assert.InRange(half.Bytes - parts.Bytes, one.Bytes / 3, one.Bytes);
    }

    [Fact]
    public void AStepOfARankAllocatesNothingAfterTheFirst()
    {
        // By way of host memory, and by NCCL where nothing is moved.
        long[] bytes = ThreadCollective.Run(2, collective =>
        {
            using CudaOps ops = new(new PlanningDevice(), Precision.BFloat16) { Collective = collective };
            return BytesOfSteps(ops);
        });
        long planned = -1;
        CudaOps.Plan(Precision.BFloat16, ops => planned = BytesOfSteps(ops), Collective.Planned(1, 2));
        Assert.Equal([0, 0, 0], [.. bytes, planned]);

        static long BytesOfSteps(Ops ops)
        {
            using Trainer trainer = new(ops, Settings with { Optimizer = Settings.Optimizer with { Epochs = 20 } }, Images);
            for (int step = 0; step < 4; step++) trainer.Step();
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int step = 0; step < 3; step++) trainer.Step();
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    /// <summary>To be started by a launcher: ranks that are processes, each with an emulated GPU, have the bits of threads.</summary>
    [Fact(Explicit = true)]
    public void AStepOfProcessesIsThatOfThreads()
    {
        (double Loss, float[] Weights)[] threads = StepOnGpus(Settings, library: null);
        using MpiCollective mpi = MpiCollective.Open(Launcher.Find()!);
        using CudaOps ops = new(new GpuDevice(EmulatedDriver.Start()), Precision.Float32) { Collective = mpi };
        (double loss, float[] weights) = Steps(Settings, 1, ops);
        Assert.Equal(threads[0].Loss, loss);
        Assert.Equal(threads[0].Weights, weights);
        Console.WriteLine($"{mpi.Description}: rank {mpi.Rank} has the bits of threads");
    }

    private static (double Loss, float[] Weights)[] StepOnGpus(TrainingSettings settings, NcclLibrary? library)
    {
        CudaDriver driver = EmulatedDriver.Start(gpus: 2);
        (double Loss, float[] Weights)[] results = Steps(settings, 1, rank => new CudaOps(new GpuDevice(driver, rank), Precision.Float32), library);
        Assert.Empty(EmulatedDriver.Faults);
        Assert.Equal(0, EmulatedDriver.Alive);
        return results;
    }

    private static (double Loss, float[] Weights)[] Steps(TrainingSettings settings, int steps, Func<int, Ops> open, NcclLibrary? library = null) => ThreadCollective.Run(2, collective =>
    {
        using Ops ops = open(collective.Rank);
        ops.Collective = collective;
        if (ops is CudaOps gpu) gpu.Join(collective, library, "none");
        return Steps(settings, steps, ops);
    }, TimeSpan.FromSeconds(90));

    private static (double Loss, float[] Weights) Steps(TrainingSettings settings, int steps, Ops ops)
    {
        using Trainer trainer = new(ops, settings, Images);
        double loss = 0;
        for (int step = 0; step < steps; step++) loss = trainer.Step().Loss;
        float[] weights = new float[trainer.Model.Parameters.Count];
        ops.Download<float>(trainer.Model.Parameters, weights);
        return (loss, weights);
    }

    private static double Distance(float[] one, float[] other) =>
        Math.Sqrt(one.Zip(other, (a, b) => ((double)a - b) * ((double)a - b)).Sum() / one.Sum(a => (double)a * a));
}
