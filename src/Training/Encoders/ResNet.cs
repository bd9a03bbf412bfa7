using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Training.Layers;

namespace NegSamples.Training.Encoders;

/// <summary>A residual network: stem, then four groups of blocks; each group but the first halves the map and doubles the channels.</summary>
/// <remarks>He et al. 2016, arXiv:1512.03385, table 1; names and details as torchvision's.</remarks>
internal sealed class ResNet : Encoder
{
    private readonly NormalizedConvolution stem;
    private readonly MaxPool? pool;
    private readonly ResidualBlock[] blocks;

    /// <param name="blueprint">Where the layers declare themselves.</param>
    /// <param name="image">One image.</param>
    /// <param name="kind">The stem.</param>
    /// <param name="bottleneck">Which block.</param>
    /// <param name="blocksOfGroup">Blocks in each group.</param>
    /// <param name="width">Channels of the stem and of the first group.</param>
    /// <param name="name">What messages call it.</param>
    public ResNet(
        Blueprint blueprint, MapShape image, StemKind kind, bool bottleneck, ReadOnlySpan<int> blocksOfGroup, int width, string name = nameof(ResNet))
    {
        RequireSide(image, LeastSide(kind), $"{name} with the {kind} stem");
        (int kernel, int stemStride, int padding) = kind switch { StemKind.ImageNet => (7, 2, 3), StemKind.Paper => (3, 1, 3), _ => (3, 1, 1) };
        stem = new NormalizedConvolution(blueprint, "conv1", "bn1", image, width, kernel, stemStride, padding, relu: true);
        pool = kind == StemKind.ImageNet ? new MaxPool(blueprint, stem.Output, kernel: 3, stride: 2, padding: 1) : null;
        MapShape map = pool?.Output ?? stem.Output;
        List<ResidualBlock> list = [];
        for (int group = 0; group < blocksOfGroup.Length; group++)
        {
            for (int block = 0; block < blocksOfGroup[group]; block++)
            {
                string place = string.Create(CultureInfo.InvariantCulture, $"layer{group + 1}.{block}");
                int channels = width << group, stride = group > 0 && block == 0 ? 2 : 1;
                list.Add(bottleneck ? new Bottleneck(blueprint, place, map, channels, stride) : new BasicBlock(blueprint, place, map, channels, stride));
                map = list[^1].Output;
            }
        }

        blocks = [.. list];
        Output = map;
    }

    public override MapShape Output { get; }

    /// <summary>The side of an image whose last map is one pixel: every halving still has something to halve.</summary>
    private static int LeastSide(StemKind kind) => kind == StemKind.ImageNet ? 32 : 8;

    public override Tensor Forward(Tensor images, bool training)
    {
        Tensor x = stem.Forward(images, default, training);
        if (pool is not null) x = pool.Forward(x, training);
        foreach (ResidualBlock block in blocks) x = block.Forward(x, training);
        return x;
    }

    public override string Trace(INetworkTrace trace, string images)
    {
        string x = stem.Trace(trace, images, residual: null);
        if (pool is not null) x = pool.Trace(trace, x);
        return blocks.Aggregate(x, (map, block) => block.Trace(trace, map));
    }

    public override void Backward(Tensor dy)
    {
        for (int i = blocks.Length - 1; i >= 0; i--) dy = blocks[i].Backward(dy);
        if (pool is not null) dy = pool.Backward(dy);
        stem.BackwardParameters(dy);
    }
}
