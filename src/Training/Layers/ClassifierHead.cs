using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>A linear classifier: logits <c>W·h + b</c>, float32, in training; in inference their direction, whose largest number is the same class.</summary>
/// <remarks>The last layer of torchvision's residual networks, by its name.</remarks>
internal sealed class ClassifierHead(Blueprint blueprint, int features, int classes) : Head
{
    private readonly Ops ops = blueprint.Ops;
    private readonly StateTensor weight = blueprint.Linear("fc.weight", features, classes, features), bias = blueprint.Linear("fc.bias", features, classes);
    private readonly Activation logits = blueprint.Float32Rows(classes), unit = blueprint.Float32Rows(classes), scale = blueprint.Float32Rows(1);
    private readonly Activation dfeatures = blueprint.Rows(features, true);
    private Tensor h;

    public override Tensor Forward(Tensor features, bool training)
    {
        int images = features[0];
        h = features;
        Embedding = logits.Of(images);
        ops.LinearForward(h, weight.Value, bias.Value, Embedding);
        if (training) return Embedding;
        Tensor z = unit.Of(images);
        ops.L2NormalizeForward(Embedding, z, scale.Of(images));
        return z;
    }

    public override string Trace(INetworkTrace trace, string features) => trace.Linear(features, weight.Name, bias.Name);

    public override Tensor Backward(Tensor dz)
    {
        Tensor dh = dfeatures.Of(dz[0]);
        ops.LinearBackward(dz, h, weight.Value, dh, weight.Gradient, bias.Gradient);
        return dh;
    }
}
