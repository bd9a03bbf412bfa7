using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Tests.Kernels;
using NegSamples.Tests.Kernels.Cuda;
using NegSamples.Training;
using NegSamples.Training.Layers;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

public class ActivationTypeTests
{
    [Theory]
    [InlineData(Precision.Float32, ElementType.Float32)]
    [InlineData(Precision.BFloat16, ElementType.BFloat16)]
    public void ActivationsHaveTheDevicesTypeAndStatisticsAndEmbeddingsAreFloat32(Precision precision, ElementType expected)
    {
        using CudaOps ops = new(new CountingDevice(), precision);
        Blueprint blueprint = new(ops);
        MapShape map = new(4, 4, 8);
        Activation saved = blueprint.Saved(map), rows = blueprint.Rows(8, false), channels = blueprint.SavedChannels(8), unit = blueprint.Float32Rows(8), indices = blueprint.Indices(map);
        StateTensor weight = blueprint.Linear("weight", 8, 8, 8), statistic = blueprint.Statistic("mean", 0, 8);
        blueprint.Passes(map);
        blueprint.Build(1);
        blueprint.Prepare(3, training: true);
        Assert.Equal((expected, expected, expected), (saved.Value.Type, rows.Value.Type, blueprint.Slots.Take(2, map).Type));
        foreach (Tensor tensor in new[] { channels.Value, unit.Value, weight.Value, weight.Gradient, statistic.Value, blueprint.Parameters }) Assert.Equal(ElementType.Float32, tensor.Type);
        Assert.Equal(ElementType.Int32, indices.Value.Type);
    }

    /// <summary>Parameters, their gradients and momentum stay as they are; of 256 images, two views each, the activations are nearly all.</summary>
    [Fact]
    public void APlannedStepOnTheCpuTakesLittleMoreThanHalfTheMemoryInBFloat16()
    {
        TrainingSettings settings = new TrainingSettings { Encoder = new() { Kind = EncoderKind.ResNet18 }, Batch = new() { Size = 256 } }.Resolve("shapes");
        using ImageData images = DataSets.Open("shapes");
        long Bytes(Precision precision) => CpuOps.Plan(precision, ops =>
        {
            using Trainer trainer = new(ops, settings, images.Train);
            trainer.Step();
        }).Bytes;
        Assert.InRange((double)Bytes(Precision.BFloat16) / Bytes(Precision.Float32), 0.5, 0.6);
    }

    [Fact]
    public void BFloat16HalvesTheMemoryOfActivations()
    {
        ModelSettings settings = new(EncoderKind.ResNet18, StemKind.Cifar, 32, 32);
        long Bytes(Precision precision)
        {
            using CudaOps ops = new(new CountingDevice(), precision);
            using Model model = Model.Create(ops, settings, 1);
            return model.ActivationBytes(64, training: true);
        }

        Assert.InRange((double)Bytes(Precision.BFloat16) / Bytes(Precision.Float32), 0.5, 0.51);
    }
}
