using NegSamples.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace NegSamples.Peers;

/// <summary>ResNet-18 with the stem for images of 32 x 32 and SimCLR's head, of libtorch's modules under torchvision's names.</summary>
internal sealed class TorchResNet18 : Module<Tensor, Tensor>
{
    private readonly Conv2d conv1 = Conv2d(3, 64, 3, padding: 1, bias: false);
    private readonly BatchNorm2d bn1 = BatchNorm2d(64);
    private readonly Sequential layer1 = Stage(64, 64, 1), layer2 = Stage(64, 128, 2), layer3 = Stage(128, 256, 2), layer4 = Stage(256, 512, 2);
    private readonly Sequential projection_head;

    public TorchResNet18(int dimension)
        : base(nameof(TorchResNet18))
    {
        projection_head = Sequential(Linear(512, 512), BatchNorm1d(512), ReLU(inplace: true), Linear(512, dimension, hasBias: false));
        RegisterComponents();
    }

    /// <summary>Unit rows.</summary>
    public override Tensor forward(Tensor input)
    {
        Tensor map = functional.relu(bn1.call(conv1.call(input)), inplace: true);
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

    private static Sequential Stage(int channels, int outputs, int stride) => Sequential(new Block(channels, outputs, stride), new Block(outputs, outputs, 1));

    private sealed class Block : Module<Tensor, Tensor>
    {
        private readonly Conv2d conv1, conv2;
        private readonly BatchNorm2d bn1, bn2;
        private readonly Sequential? downsample;

        public Block(int channels, int outputs, int stride)
            : base(nameof(Block))
        {
            conv1 = Conv2d(channels, outputs, 3, stride: stride, padding: 1, bias: false);
            bn1 = BatchNorm2d(outputs);
            conv2 = Conv2d(outputs, outputs, 3, padding: 1, bias: false);
            bn2 = BatchNorm2d(outputs);
            if (stride != 1 || channels != outputs) downsample = Sequential(Conv2d(channels, outputs, 1, stride: stride, bias: false), BatchNorm2d(outputs));
            RegisterComponents();
        }

        public override Tensor forward(Tensor input)
        {
            Tensor identity = downsample is null ? input : downsample.call(input);
            Tensor map = functional.relu(bn1.call(conv1.call(input)), inplace: true);
            return functional.relu(bn2.call(conv2.call(map)).add_(identity), inplace: true);
        }
    }
}
