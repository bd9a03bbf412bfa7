using NegSamples.Augment.Data.Shapes;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.PtxInterpreter;
using NegSamples.Tests.Kernels.Cuda;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>Whole training steps by CUDA kernels, which an emulated driver runs in the interpreter.</summary>
[Collection("emulated driver")]
public class CudaTrainingTests
{
    private static readonly TrainingSettings Settings = (TinyRun.Settings with { Data = TinyRun.Settings.Data with { ImageSize = 8 }, Batch = TinyRun.Settings.Batch with { Size = 3 }, Optimizer = TinyRun.Settings.Optimizer with { Epochs = 2, Kind = OptimizerKind.Sgd, LearningRate = 1 } }).Resolve("shapes");

    private static ShapesSet Images => new(new ShapesSettings { Seed = 1, Size = 8, TrainCount = 6, TestCount = 4 }, train: true);

    /// <summary>Losses of four steps, each of which moves the weights that the next one starts from: what rounding does to the first grows from step to step.</summary>
    [Theory]
    [InlineData(Precision.Float32, 1e-5, 1e-4)]
    [InlineData(Precision.TensorFloat32, 1e-2, 0.1)]
    [InlineData(Precision.BFloat16, 5e-2, 0.2)]
    public void ItsLossesAreThoseOfTheCpu(Precision precision, double tolerance, double toleranceLater)
    {
        using TinyRun tiny = new();
        double[] expected = Losses(tiny, "cpu", null), losses = Losses(tiny, "cuda", Open(precision));
        Assert.Equal(4, losses.Length);
        for (int step = 0; step < losses.Length; step++) Assert.Equal(expected[step], losses[step], (step == 0 ? tolerance : toleranceLater) * expected[step]);
        Assert.NotEqual(expected[0], expected[3], 1e-3); // The steps did something.
    }

    /// <summary>Three views of each sample: labels that leave rows out, and the mean of the offsets' gradients.</summary>
    [Fact]
    public void ItsLossesOfThreeViewsAreThoseOfTheCpu()
    {
        using TinyRun tiny = new();
        TrainingSettings settings = (Settings with { Loss = Settings.Loss with { Views = 3 }, Optimizer = Settings.Optimizer with { Epochs = 1 } }).Resolve("shapes");
        double[] expected = Losses(tiny, "cpu", null, settings), losses = Losses(tiny, "cuda", Open(Precision.Float32), settings);
        Assert.Equal(2, losses.Length);
        Assert.Equal(expected[0], losses[0], 1e-5 * expected[0]);
        Assert.Equal(expected[1], losses[1], 1e-4 * expected[1]);
    }

    /// <summary>A step here and a step there are two steps.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void ARunMovesBetweenCpuAndGpu(bool cudaFirst)
    {
        using TinyRun tiny = new();
        TrainingSettings settings = (Settings with { Optimizer = Settings.Optimizer with { Epochs = 1 } }).Resolve("shapes");
        double[] expected = Losses(tiny, "whole", null, settings);
        Func<Ops> cuda = Open(Precision.Float32), cpu = () => new CpuOps(1);
        Assert.False(tiny.Train("moved", stopAfter: 1, settings: settings, images: Images, open: cudaFirst ? cuda : cpu).Completed);
        double[] losses = Losses(tiny, "moved", cudaFirst ? cpu : cuda, settings);
        Assert.Equal(2, losses.Length);
        for (int step = 0; step < 2; step++) Assert.Equal(expected[step], losses[step], 1e-4 * expected[step]);
    }

    /// <summary>The same run twice is the same bits: no sum depends on the order in which blocks run.</summary>
    [Fact]
    public void TwoRunsAreTheSameBits()
    {
        using TinyRun tiny = new();
        TrainingSettings settings = (Settings with { Optimizer = Settings.Optimizer with { Epochs = 1 } }).Resolve("shapes");
        TrainingOutcome first = tiny.Train("first", settings: settings, images: Images, open: Open(Precision.BFloat16));
        TrainingOutcome second = tiny.Train("second", settings: settings, images: Images, open: Open(Precision.BFloat16));
        Assert.Equal(TinyRun.Bytes(first, "model.safetensors"), TinyRun.Bytes(second, "model.safetensors"));
    }

    [Fact]
    public void AStepAllocatesNoManagedMemoryAfterTheFirst()
    {
        using CudaOps ops = new(new PlanningDevice(), Precision.BFloat16);
        using Trainer trainer = new(ops, Settings with { Optimizer = Settings.Optimizer with { Epochs = 20 } }, Images);
        for (int step = 0; step < 4; step++) trainer.Step();
        Assert.Equal(0, ManagedBytes.EachRoundOf(() =>
        {
            for (int step = 0; step < 3; step++) trainer.Step();
        }));
    }

    [Fact]
    public void ThePlanHasEveryByteOfARun()
    {
        MemoryPlan plan = DeviceMemory.Plan(Settings, Images, Precision.BFloat16);
        Assert.Contains(plan.Places, place => place.Name == "views");
        Assert.Equal(plan.Bytes, plan.Places.Sum(place => place.Bytes));
        using TinyRun tiny = new();
        using CudaOps ops = new(new GpuDevice(EmulatedDriver.Start(memoryBytes: 1L << 30)), Precision.BFloat16);
        long free = ops.FreeBytes;
        using Trainer trainer = new(ops, Settings, Images);
        trainer.Step();
        long taken = free - ops.FreeBytes;
        Assert.InRange(taken, 0.98 * plan.Bytes, 1.02 * plan.Bytes); // The emulated GPU has 4 multiprocessors, the planned one 132: workspace of split work differs.

        DeviceMemoryException refused = Assert.Throws<DeviceMemoryException>(() => DeviceMemory.Require(plan, plan.Bytes - 1, Settings));
        Assert.Contains("`batchSize`", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>A learned temperature may fall to where rows are multiplied in TF32, whose copies are twice as large; the plan has room for them.</summary>
    [Fact]
    public void ThePlanOfALearnedTemperatureHasRoomForTheLowest()
    {
        long fixedHigh = OfOperands(Settings.Loss with { Temperature = 0.5 }), fixedLow = OfOperands(Settings.Loss with { Temperature = 0.01 });
        Assert.Equal(2 * fixedHigh, fixedLow);
        Assert.Equal(fixedLow, OfOperands(Settings.Loss with { Temperature = 0.5, LearnTemperature = true }));

        static long OfOperands(LossSettings loss) =>
            DeviceMemory.Plan(Settings with { Loss = loss }, Images, Precision.BFloat16).Places.Single(place => place.Name == "operands of queries").Bytes;
    }

    private static Func<Ops> Open(Precision precision) => () => new CudaOps(new GpuDevice(EmulatedDriver.Start()), precision);

    private static double[] Losses(TinyRun tiny, string name, Func<Ops>? open, TrainingSettings? settings = null)
    {
        tiny.Train(name, settings: settings ?? Settings, images: Images, open: open);
        if (open is not null) Assert.Empty(EmulatedDriver.Faults);
        return [.. MetricsLog.Read(tiny.Folder(name) + "/metrics.jsonl").Select(line => line.Loss)];
    }
}
