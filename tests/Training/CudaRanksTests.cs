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

    /// <summary>Two steps are those of two ranks on CPUs, and the same bits on both ranks.</summary>
    [Theory]
    [InlineData(0, LossKind.NtXent)]
    [InlineData(8, LossKind.NtXent)]
    [InlineData(0, LossKind.SupCon)]
    public void StepsOnGpusAreThoseOnCpus(int queue, LossKind kind)
    {
        TrainingSettings settings = Settings with { Loss = new() { Queue = queue, Kind = kind } };
        (double Loss, float[] Weights) start = Steps(settings, 0, _ => new CpuOps(1))[0], cpu = Steps(settings, 2, _ => new CpuOps(1))[0];
        CudaDriver driver = EmulatedDriver.Start(gpus: 2);
        (double Loss, float[] Weights)[] gpu = Steps(settings, 2, rank => new CudaOps(new GpuDevice(driver, rank), Precision.Float32));
        Assert.Empty(EmulatedDriver.Faults);
        Assert.Equal(0, EmulatedDriver.Alive);
        Assert.Equal(gpu[0].Loss, gpu[1].Loss);
        Assert.Equal(gpu[0].Weights, gpu[1].Weights);

        // The first step's rounding, some 10⁻⁶ of a gradient through batch norms of 2 samples a rank, moves the second's loss.
        double moved = Distance(start.Weights, cpu.Weights);
        Assert.True(moved > 1e-4);
        Assert.Equal(cpu.Loss, gpu[0].Loss, 1e-4 * cpu.Loss);
        Assert.InRange(Distance(cpu.Weights, gpu[0].Weights), 0, Math.Pow(2, -24) + (1e-3 * moved));
    }

    private static (double Loss, float[] Weights)[] Steps(TrainingSettings settings, int steps, Func<int, Ops> open) => ThreadCollective.Run(2, collective =>
    {
        using Ops ops = open(collective.Rank);
        ops.Collective = collective;
        using Trainer trainer = new(ops, settings, new ShapesSet(new ShapesSettings { Seed = 1, Size = 8, TrainCount = 8, TestCount = 4 }, train: true));
        double loss = 0;
        for (int step = 0; step < steps; step++) loss = trainer.Step().Loss;
        float[] weights = new float[trainer.Model.Parameters.Count];
        ops.Download<float>(trainer.Model.Parameters, weights);
        return (loss, weights);
    }, TimeSpan.FromSeconds(90));

    private static double Distance(float[] one, float[] other) =>
        Math.Sqrt(one.Zip(other, (a, b) => ((double)a - b) * ((double)a - b)).Sum() / one.Sum(a => (double)a * a));
}
