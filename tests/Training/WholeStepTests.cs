using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Text;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Tests.Augment.Data.Text;
using NegSamples.Tests.Kernels.Cuda;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>Training steps that a GPU takes as one graph, on a driver that is emulated: they are those of kernels that are launched one by one.</summary>
[Collection("emulated driver")]
public sealed class WholeStepTests : IDisposable
{
    private readonly TinyRun tiny = new();
    private readonly ImageData data; // Texts: a step of theirs is a fraction of an image's in the interpreter.

    public WholeStepTests() => data = DataSets.Open(TinyTexts.Write(tiny.Folder("texts")));

    private static TrainingSettings Way(string name, int epochs) => new TrainingSettings
    {
        Encoder = new() { EmbeddingDimension = 16 },
        Batch = new() { Size = 8, MicroBatch = name == "pieces" ? 3 : 0 },
        Loss = name switch
        {
            "queue" => new() { Queue = 13, KeyMomentum = 0.9 },
            "sampled" => new() { Negatives = 3, Shards = 2 },
            "labels" => new() { Kind = LossKind.SupCon },
            "temperature" => new() { LearnTemperature = true },
            "temperature of a queue" => new() { LearnTemperature = true, Queue = 13 },
            "temperature and bias" => new() { Kind = LossKind.Sigmoid, LearnTemperature = true },
            _ => new(),
        },
        Optimizer = new()
        {
            Epochs = epochs, Kind = name switch { "queue" => OptimizerKind.Sgd, "sampled" => OptimizerKind.AdamW, _ => OptimizerKind.Larc },
        },
        Run = new() { Seed = 5 },
    }.Resolve(AgNewsSet.Kind);

    public void Dispose()
    {
        data.Dispose();
        tiny.Dispose();
    }

    /// <summary>The rate, AdamW's corrections, the draws and the queue's oldest place are others in every step, and a resumed run records anew.</summary>
    [Theory]
    [InlineData("queue", 4)]
    [InlineData("sampled", 1)]
    [InlineData("labels", 1)]
    [InlineData("pieces", 1)]
    [InlineData("temperature", 4)]
    [InlineData("temperature of a queue", 1)]
    [InlineData("temperature and bias", 4)]
    public void AGraphAndLaunchesGiveTheSameBitsAndSoDoesAResumedRun(string way, int epochs)
    {
        TrainingSettings settings = Way(way, epochs);
        TrainingOutcome launched = tiny.Train("launched", settings: settings, images: data.Train, open: Open("cuGraphLaunch"));
        Assert.Equal(0, EmulatedDriver.GraphLaunches);
        TrainingOutcome whole = tiny.Train("whole", settings: settings, images: data.Train, open: Open());
        Assert.Equal((5 * epochs) - 1, EmulatedDriver.GraphLaunches); // The first step reserves and compiles.
        Assert.Empty(EmulatedDriver.Faults);
        Assert.Equal(0, EmulatedDriver.Alive);
        tiny.Train("parts", settings: settings, images: data.Train, open: Open(), stopAfter: (2 * epochs) + 1);
        TrainingOutcome parts = tiny.Train("parts", settings: settings, images: data.Train, open: Open());
        foreach (string file in Directory.GetFiles(launched.Checkpoint, "*.safetensors").Select(file => Path.GetFileName(file)!))
        {
            Assert.Equal(TinyRun.Bytes(launched, file), TinyRun.Bytes(whole, file));
            Assert.Equal(TinyRun.Bytes(launched, file), TinyRun.Bytes(parts, file));
        }

        Assert.Equal(Losses(tiny, "launched"), Losses(tiny, "whole"));
        Assert.Equal(Losses(tiny, "launched"), Losses(tiny, "parts"));
    }

    /// <summary>Behind the upload of the batch the host makes the thread's context current, uploads the numbers, launches the graph, downloads the losses and waits.</summary>
    [Fact]
    public void AStepIsAFewCallsOfTheDriver()
    {
        using CudaOps ops = new(new GpuDevice(EmulatedDriver.Start()), Precision.BFloat16);
        using Trainer trainer = new(ops, Way("", 3), data.Train);
        for (int step = 0; step < 3; step++)
        {
            if (step == 2) EmulatedDriver.Calls.Clear();
            trainer.Step();
        }

        int uploaded = EmulatedDriver.Calls.LastIndexOf("cuEventRecord"); // of the texts
        Assert.True(uploaded >= 0);
        Assert.Equal(
            ["cuCtxSetCurrent", "cuMemcpyHtoDAsync_v2", "cuGraphLaunch", "cuMemcpyDtoHAsync_v2", "cuStreamSynchronize"], EmulatedDriver.Calls.Skip(uploaded + 1));
        Assert.Empty(EmulatedDriver.Faults);
    }

    /// <summary>A loss that is not finite leaves what lasts as it was, in the first step, in the one that is recorded, and in one that is repeated.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public void ALossThatIsNotFiniteLeavesTheWeightsAlone(int faulty)
    {
        using CudaOps ops = new(new GpuDevice(EmulatedDriver.Start()), Precision.Float32);
        using Trainer trainer = new(ops, Way("queue", 3), data.Train);
        for (int step = 0; step < faulty; step++) trainer.Step();
        float[] weights = Floats(ops, trainer.Model.Parameters);
        weights[0] = float.NaN;
        ops.Upload<float>(weights, trainer.Model.Parameters);
        (float[] velocity, float[] keys) = (Floats(ops, trainer.Optimizer.State[0].Value), Floats(ops, trainer.Queue!.Keys));
        (float[] followers, int oldest) = (Floats(ops, trainer.Queue.Encoder.Parameters), trainer.Queue.Oldest);
        NonFiniteLossException exception = Assert.Throws<NonFiniteLossException>(() => trainer.Step());
        Assert.StartsWith($"The loss of step {faulty} is NaN; expected a finite number.", exception.Message, StringComparison.Ordinal);
        Assert.Equal(faulty > 0 ? 2 : 0, EmulatedDriver.GraphLaunches);
        Assert.Equal(faulty, trainer.NextStep);
        Assert.False(trainer.HasGradients);
        Assert.Equal(weights, Floats(ops, trainer.Model.Parameters));
        Assert.Equal(velocity, Floats(ops, trainer.Optimizer.State[0].Value));
        Assert.Equal(keys, Floats(ops, trainer.Queue.Keys));
        Assert.Equal(followers, Floats(ops, trainer.Queue.Encoder.Parameters));
        Assert.Equal(oldest, trainer.Queue.Oldest);
        Assert.Empty(EmulatedDriver.Faults);
    }

    /// <summary>A place that is freed and reserved again behind a recording's back makes the next step a plain one, and the one after it records anew.</summary>
    [Fact]
    public void WhatIsReservedInBetweenMakesTheRecordingVoid()
    {
        using CudaOps ops = new(new GpuDevice(EmulatedDriver.Start()), Precision.Float32);
        using Trainer trainer = new(ops, Way("", 5), data.Train);
        int[] launches = new int[6];
        for (int step = 0; step < launches.Length; step++)
        {
            if (step == 3) ops.CreateArena("another's", 1024).Dispose();
            trainer.Step();
            launches[step] = EmulatedDriver.GraphLaunches;
        }

        Assert.Equal([0, 1, 2, 2, 3, 4], launches);
        Assert.Empty(EmulatedDriver.Faults);
    }

    /// <summary>A temperature below which bfloat16 makes way for TF32 takes other kernels: a step by launches, and a new recording.</summary>
    [Fact]
    public void ATemperatureThatTakesOtherKernelsIsAStepByLaunches()
    {
        (double[] losses, int[] launches) = Cooled(null);
        Assert.Equal([0, 1, 2, 2, 3, 4], launches);
        Assert.Empty(EmulatedDriver.Faults);
        Assert.Equal(losses, Cooled("cuGraphLaunch").Losses);
    }

    private (double[] Losses, int[] Launches) Cooled(string? without)
    {
        using CudaOps ops = new(new GpuDevice(EmulatedDriver.Start(without: without)), Precision.BFloat16);
        using Trainer trainer = new(ops, Way("temperature", 5), data.Train);
        Tensor scale = trainer.Model.Tensors.Single(tensor => tensor.Name == "logit_scale").Value;
        double[] losses = new double[6];
        int[] launches = new int[6];
        for (int step = 0; step < launches.Length; step++)
        {
            if (step == 3) ops.Upload<float>([(float)Math.Log(1 / 0.15)], scale);
            losses[step] = trainer.Step().Loss;
            launches[step] = EmulatedDriver.GraphLaunches;
        }

        return (losses, launches);
    }

    /// <summary>The slopes that the device adds up are those of the host, but for the order of sums; and the clamp holds.</summary>
    [Fact]
    public void TheDevicesSlopesAreTheHosts()
    {
        TrainingSettings settings = Way("temperature and bias", 3);
        using CudaOps ops = new(new GpuDevice(EmulatedDriver.Start()), Precision.Float32);
        using CpuOps cpu = new(1, Precision.Float32);
        using Trainer device = new(ops, settings, data.Train), host = new(cpu, settings, data.Train);
        for (int step = 0; step < 3; step++)
        {
            (StepResult ofDevice, StepResult ofHost) = (device.Step(), host.Step());
            Assert.Equal(ofHost.Loss, ofDevice.Loss, 1e-4);
            foreach (string name in new[] { "logit_scale", "logit_bias" }) Assert.Equal(Gradient(host, name), Gradient(device, name), 1e-4f);
        }

        Assert.NotEqual(settings.Loss.Temperature, device.Temperature);
        Assert.Equal(host.Temperature, device.Temperature, 1e-5);
        Tensor scale = device.Model.Tensors.Single(tensor => tensor.Name == "logit_scale").Value;
        ops.Upload<float>([5], scale);
        device.Step();
        Assert.Equal(0.01, device.Temperature, 1e-6);
        Assert.Empty(EmulatedDriver.Faults);
    }

    private static float Gradient(Trainer trainer, string name)
    {
        Tensor value = trainer.Model.Tensors.Single(tensor => tensor.Name == name).Value;
        return Floats(trainer.Model.Ops, trainer.Model.Gradients)[value.ByteOffset / sizeof(float)];
    }

    /// <summary>Where a graph is refused, steps go on by launches, and it is not tried again.</summary>
    [Fact]
    public void ADriverThatRefusesGraphsIsGivenLaunches()
    {
        using CudaOps ops = new(new GpuDevice(EmulatedDriver.Start()), Precision.Float32);
        EmulatedDriver.RefusesGraphs = true;
        using Trainer trainer = new(ops, Way("", 3), data.Train);
        double[] losses = [trainer.Step().Loss, trainer.Step().Loss, trainer.Step().Loss];
        Assert.Equal(0, EmulatedDriver.GraphLaunches);
        Assert.Equal(3, losses.Distinct().Count());
        Assert.Empty(EmulatedDriver.Faults);
    }

    private static Func<Ops> Open(string? without = null) => () => new CudaOps(new GpuDevice(EmulatedDriver.Start(without: without)), Precision.BFloat16);

    private static float[] Floats(Ops ops, Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        ops.Download<float>(tensor, values);
        return values;
    }

    private static double[] Losses(TinyRun tiny, string name) => [.. MetricsLog.Read(tiny.Folder(name) + "/metrics.jsonl").Select(line => line.Loss)];
}
