using System.Numerics;
using NegSamples.Training;
using NegSamples.Training.Encoders;
using NegSamples.Training.Layers;

namespace NegSamples.Tests.Training;

/// <summary>A network by name, as the product builds it and as <see cref="ReferenceNetwork{T}"/> does. The residual ones are narrow, so that plain loops are quick.</summary>
internal sealed record TestNetwork(ModelSettings Settings, bool Bottleneck, int[] Blocks, int Width)
{
    public const int Images = 6;

    public static TestNetwork Of(string name) => name switch
    {
        "convnet" => new(new ModelSettings(EncoderKind.ConvNet, StemKind.Cifar, 8, 13, 32), false, [], 0),
        "basic, cifar" => new(new ModelSettings(EncoderKind.ResNet18, StemKind.Cifar, 9, 8, 24), false, [2, 1], 32),
        "basic, paper" => new(new ModelSettings(EncoderKind.ResNet18, StemKind.Paper, 8, 8, 24), false, [1, 1, 1], 8),
        "bottleneck, imagenet" => new(new ModelSettings(EncoderKind.ResNet50, StemKind.ImageNet, 32, 39, 17), true, [2, 1, 1], 8),
        "ResNet-18, half as wide" => new(new ModelSettings(EncoderKind.ResNet18, StemKind.Cifar, 8, 8, 32), false, [2, 2, 2, 2], 32),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name),
    };

    public ModelRig Open(int images = Images, int threads = 2, ulong seed = 5) => new(Settings, images, threads, seed, blueprint => Width == 0
        ? Settings.Encoder.Declare(blueprint, Settings)
        : new ResNet(blueprint, new MapShape(Settings.ImageHeight, Settings.ImageWidth, 3), Settings.Stem, Bottleneck, Blocks, Width));

    /// <summary>The reference's forward pass with the model's present state on a run of the images.</summary>
    public (ReferenceNetwork<T> Net, ReferenceNetwork<T>.Node Z) Run<T>(
        ModelRig rig, int images, bool training, int first = 0)
        where T : struct, IFloatingPointIeee754<T>
    {
        ReferenceNetwork<T> net = new(rig.Model, training);
        ReferenceNetwork<T>.Node x = ReferenceNetwork<T>.Input(rig.Views.Slice(first, images).Floats, images, Settings.ImageHeight, Settings.ImageWidth, 3);
        return (net, net.Head(net.Encoder(x, Settings, Bottleneck, Blocks)));
    }
}
