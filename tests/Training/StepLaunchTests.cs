using NegSamples.Augment.Data.Shapes;
using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>How many kernels a training step is: each costs a few microseconds however little it does.</summary>
public class StepLaunchTests
{
    [Theory]
    [InlineData("resnet18", 512, 0, 195)]
    [InlineData("resnet18", 512, 65536, 270)]
    [InlineData("convnet", 256, 0, 76)]
    public void AStepHasFewLaunches(string encoder, int batch, int queue, int most)
    {
        TrainingSettings settings = new TrainingSettings
        {
            Encoder = new() { Kind = EncoderKind.Find(encoder)!, Stem = StemKind.Cifar }, Data = new() { ImageSize = 32 }, Batch = new() { Size = batch },
            Loss = new() { Queue = queue }, Optimizer = new() { Epochs = 3 }, Run = new() { Seed = 5 },
        }.Resolve("shapes");
        CountingDevice device = new(multiprocessors: 132);
        using CudaOps ops = new(device, Precision.BFloat16);
        using Trainer trainer = new(ops, settings, new ShapesSet(new ShapesSettings { Seed = 1, Size = 32, TrainCount = batch, TestCount = 1 }, train: true));
        for (int step = 0; step < 2; step++) trainer.Step();
        (int launches, int downloads) = (device.Launches, device.Downloads);
        device.LaunchesOf.Clear();
        trainer.Step();
        string kernels = string.Join('\n', device.LaunchesOf.OrderByDescending(kernel => kernel.Value).Select(kernel => $"{kernel.Value} {kernel.Key}"));
        Assert.True(device.Launches - launches <= most, $"{device.Launches - launches} launches:\n{kernels}");
        Assert.Equal(1, device.Downloads - downloads); // The host waits once.
    }
}
