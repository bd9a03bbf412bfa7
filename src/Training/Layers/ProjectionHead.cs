using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>SimCLR's head: <c>z = normalise(W₂·relu(norm(W₁·h + b₁)))</c>, from features to the unit sphere, float32, where the loss is taken.</summary>
/// <remarks>Chen et al. 2020, arXiv:2002.05709, section 2.1; the batch norm and the missing last bias are those of arXiv:2102.06866.</remarks>
internal sealed class ProjectionHead(Blueprint blueprint, int features, int dimension) : Head
{
    private readonly Ops ops = blueprint.Ops;

    // Declared in the order of the state dictionary.
    private readonly StateTensor weight1 = blueprint.Linear("projection_head.0.weight", features, features, features);
    private readonly StateTensor bias1 = blueprint.Linear("projection_head.0.bias", features, features);
    private readonly BatchNorm norm = new(blueprint, "projection_head.1", features, relu: true);
    private readonly StateTensor weight2 = blueprint.Linear("projection_head.3.weight", features, dimension, features);
    private readonly Activation product = blueprint.Rows(features, false), hidden = blueprint.Rows(features, false);
    private readonly Activation embedding = blueprint.Rows(dimension, false), unit = blueprint.Float32Rows(dimension), scale = blueprint.Float32Rows(1);
    private readonly Activation dembedding = blueprint.Rows(dimension, true), dhidden = blueprint.Rows(features, true),
        dfeatures = blueprint.Rows(features, true);
    private Tensor h;

    public override Tensor Forward(Tensor features, bool training)
    {
        int images = features[0];
        Tensor a = product.Of(images), r = hidden.Of(images), e = embedding.Of(images), z = unit.Of(images);
        h = features;
        Embedding = e;
        ops.LinearForward(h, weight1.Value, bias1.Value, a);
        norm.Forward(a, default, training, r);
        ops.LinearForward(r, weight2.Value, default, e);
        ops.L2NormalizeForward(e, z, scale.Of(images));
        return z;
    }

    public override string Trace(INetworkTrace trace, string features)
    {
        string a = trace.Linear(features, weight1.Name, bias1.Name);
        string r = norm.Trace(trace, a, residual: null);
        return trace.UnitRows(trace.Linear(r, weight2.Name, bias: null));
    }

    public override Tensor Backward(Tensor dz)
    {
        int images = dz[0];
        Tensor de = dembedding.Of(images), dr = dhidden.Of(images), da = dr, dh = dfeatures.Of(images);
        ops.L2NormalizeBackward(dz, unit.Of(images), scale.Of(images), de);
        ops.LinearBackward(de, hidden.Of(images), weight2.Value, dr, weight2.Gradient, default);
        norm.Backward(dr, da, default);
        ops.LinearBackward(da, h, weight1.Value, dh, weight1.Gradient, bias1.Gradient);
        return dh;
    }
}
