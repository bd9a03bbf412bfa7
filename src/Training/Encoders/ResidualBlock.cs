using NegSamples.Kernels;
using NegSamples.Training.Layers;

namespace NegSamples.Training.Encoders;

/// <summary>
/// A block whose input also reaches its end directly: <c>y = relu(branch(x) + shortcut(x))</c>. He et al. 2016, arXiv:1512.03385, equations 1 and 2.
/// </summary>
internal abstract class ResidualBlock
{
    public abstract MapShape Output { get; }

    /// <summary>y; the slot of x, if it lies in one, is returned.</summary>
    public abstract Tensor Forward(Tensor x, bool training);

    /// <summary>Names the operations of inference.</summary>
    public abstract string Trace(INetworkTrace trace, string x);

    /// <summary>dx in a slot; the slot of dy is returned or becomes that of dx.</summary>
    public abstract Tensor Backward(Tensor dy);

    /// <summary>The projection of the shortcut where the shape changes, otherwise null: the shortcut is x itself.</summary>
    protected static NormalizedConvolution? Downsample(Blueprint blueprint, string name, MapShape input, int channels, int stride) =>
        stride == 1 && input.Channels == channels
            ? null
            : new NormalizedConvolution(blueprint, name + ".downsample.0", name + ".downsample.1", input, channels, kernel: 1, stride, padding: 0, relu: false);
}
