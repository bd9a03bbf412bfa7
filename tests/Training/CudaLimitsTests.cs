using NegSamples.Augment.Data.Shapes;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Tests.Kernels.Cuda;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>Settings that train on an H100 train on GPUs with less shared memory too.</summary>
[Collection("emulated driver")]
public class CudaLimitsTests
{
    private static readonly TrainingSettings Settings = TinyRun.Settings with
    {
        Batch = TinyRun.Settings.Batch with { Size = 2 }, Optimizer = TinyRun.Settings.Optimizer with { Epochs = 3, Kind = OptimizerKind.Sgd, LearningRate = 0.1 },
    };

    /// <summary>Every launch of three steps, of every precision, dimension and image side.</summary>
    [Theory]
    [InlineData(101_376)]
    [InlineData(166_912)]
    [InlineData(232_448)]
    public void EveryStepLaunches(int ofBlock)
    {
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            foreach (int dimension in new[] { 64, 128, 256, 512, 1024, 2048 }) Steps(With(dimension, 32), precision, ofBlock);
            foreach (int side in new[] { 84, 90, 96, 116, 128, 138, 160 }) Steps(With(128, side), precision, ofBlock);
        }
    }

    /// <summary>What a user of such a GPU asks for first: the losses are the CPU's.</summary>
    [Theory]
    [InlineData(101_376, Precision.TensorFloat32, 128, 8)]
    [InlineData(101_376, Precision.BFloat16, 512, 8)]
    [InlineData(166_912, Precision.BFloat16, 512, 8)]
    [InlineData(101_376, Precision.BFloat16, 16, 96, Explicit = true)] // 13 s
    [InlineData(166_912, Precision.Float32, 16, 116, Explicit = true)] // 41 s
    public void AStepIsThatOfTheCpu(int ofBlock, Precision precision, int dimension, int side)
    {
        TrainingSettings settings = With(dimension, side);
        double Loss(Ops ops)
        {
            using Trainer trainer = new(ops, settings, Images(side));
            return trainer.Step().Loss;
        }

        using CpuOps cpu = new(1);
        using CudaOps gpu = new(new GpuDevice(EmulatedDriver.Start(limits: GpuLimits.Of(ofBlock))), precision);
        double expected = Loss(cpu);
        Assert.Equal(expected, Loss(gpu), (precision == Precision.BFloat16 ? 5e-2 : precision == Precision.TensorFloat32 ? 1e-2 : 1e-5) * expected);
        Assert.Empty(EmulatedDriver.Faults);
    }

    private static void Steps(TrainingSettings settings, Precision precision, int ofBlock)
    {
        LimitedDevice device = new(GpuLimits.Of(ofBlock));
        using CudaOps ops = new(device, precision);
        using Trainer trainer = new(ops, settings, Images(settings.Data.ImageSize));
        for (int step = 0; step < 3; step++) trainer.Step();
        Assert.Contains(device.Launches, launch => launch.Kernel.Name.StartsWith("Augment", StringComparison.Ordinal));
    }

    private static ShapesSet Images(int side) => new(new ShapesSettings { Seed = 1, Size = side, TrainCount = 6, TestCount = 4 }, train: true);

    private static TrainingSettings With(int dimension, int side) => (Settings with
    {
        Encoder = Settings.Encoder with { EmbeddingDimension = dimension }, Data = Settings.Data with { ImageSize = side },
    }).Resolve("shapes");
}
