using NegSamples.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace NegSamples.Peers;

/// <summary>ResNet-18 or ResNet-50 with either stem and SimCLR's head, of libtorch's modules under torchvision's names.</summary>
internal sealed class TorchResNet : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1;
    private readonly BatchNorm2d bn1 = BatchNorm2d(64);
    private readonly Sequential layer1, layer2, layer3, layer4, projection_head;
    private readonly bool pools;

    public TorchResNet(ModelSettings settings)
        : base(nameof(TorchResNet))
    {
        pools = settings.Stem == StemKind.ImageNet;
        conv1 = pools ? Conv2d(3, 64, 7, stride: 2, padding: 3, bias: false) : Conv2d(3, 64, 3, padding: 1, bias: false);
        bool bottlenecks = settings.Encoder == EncoderKind.ResNet50;
        int[] blocks = bottlenecks ? [3, 4, 6, 3] : [2, 2, 2, 2];
        int factor = bottlenecks ? 4 : 1, features = 512 * factor;
        layer1 = Stage(64, 64, factor, blocks[0], 1);
        layer2 = Stage(64 * factor, 128, factor, blocks[1], 2);
        layer3 = Stage(128 * factor, 256, factor, blocks[2], 2);
        layer4 = Stage(256 * factor, 512, factor, blocks[3], 2);
        projection_head = Sequential(
            Linear(features, features), BatchNorm1d(features), ReLU(inplace: true), Linear(features, settings.EmbeddingDimension, hasBias: false));
        RegisterComponents();
    }

    /// <summary>Unit rows.</summary>
    public override Tensor forward(Tensor input)
    {
        Tensor map = functional.relu(bn1.call(conv1.call(input)), inplace: true);
        if (pools) map = functional.max_pool2d(map, 3, stride: 2, padding: 1);
        map = layer4.call(layer3.call(layer2.call(layer1.call(map))));
        return functional.normalize(projection_head.call(map.mean([2, 3])));
    }

    /// <summary>Takes over our model's parameters, so that both compute the same numbers.</summary>
    public void Load(Training.Model model)
    {
        Dictionary<string, Tensor> own = state_dict();
        using IDisposable scope = no_grad();
        foreach (NamedTensor named in model.Tensors)
        {
            if (!own.TryGetValue(named.Name, out Tensor? target)) throw new InvalidOperationException($"libtorch's model has no '{named.Name}'.");
            long[] shape = [.. Enumerable.Range(0, named.Value.Rank).Select(axis => (long)named.Value[axis])];
            using Tensor flat = tensor(named.Value.Floats.ToArray(), shape);
            target.copy_(shape.Length == 4 ? flat.permute(0, 3, 1, 2) : flat);
        }
    }

    private static Sequential Stage(int channels, int width, int factor, int blocks, int stride) => Sequential(
        [.. Enumerable.Range(0, blocks).Select(block => (Module<Tensor, Tensor>)new Block(block == 0 ? channels : width * factor, width, factor, block == 0 ? stride : 1))]);

    /// <summary>Two convolutions of 3 x 3, or a bottleneck of three.</summary>
    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly Conv2d conv1, conv2;
        private readonly Conv2d? conv3;
        private readonly BatchNorm2d bn1, bn2;
        private readonly BatchNorm2d? bn3;
        private readonly Sequential? downsample;

        public Block(int channels, int width, int factor, int stride)
            : base(nameof(Block))
        {
            bool bottleneck = factor > 1;
            conv1 = bottleneck ? Conv2d(channels, width, 1, bias: false) : Conv2d(channels, width, 3, stride: stride, padding: 1, bias: false);
            bn1 = BatchNorm2d(width);
            conv2 = Conv2d(width, width, 3, stride: bottleneck ? stride : 1, padding: 1, bias: false);
            bn2 = BatchNorm2d(width);
            if (bottleneck) (conv3, bn3) = (Conv2d(width, width * factor, 1, bias: false), BatchNorm2d(width * factor));
            if (stride != 1 || channels != width * factor)
                downsample = Sequential(Conv2d(channels, width * factor, 1, stride: stride, bias: false), BatchNorm2d(width * factor));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor identity = downsample is null ? input : downsample.call(input);
            Tensor map = functional.relu(bn1.call(conv1.call(input)), inplace: true);
            map = bn2.call(conv2.call(map));
            if (conv3 is not null) map = bn3!.call(conv3.call(functional.relu(map, inplace: true)));
            return functional.relu(map.add_(identity), inplace: true);
        }
    }
}
