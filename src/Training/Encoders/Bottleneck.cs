using NegSamples.Kernels;
using NegSamples.Training.Layers;

namespace NegSamples.Training.Encoders;

/// <summary>1 x 1 to fewer channels, 3 x 3, 1 x 1 to four times as many; the block of ResNet-50.</summary>
/// <remarks>The stride is on the 3 x 3 convolution, as in torchvision ("v1.5"), not on the first 1 x 1 as published.</remarks>
internal sealed class Bottleneck : ResidualBlock
{
    /// <summary>Output channels for each inner channel.</summary>
    public const int Expansion = 4;

    private readonly Slots slots;
    private readonly NormalizedConvolution first, second, third;
    private readonly NormalizedConvolution? downsample;

    public Bottleneck(Blueprint blueprint, string name, MapShape input, int channels, int stride)
    {
        slots = blueprint.Slots;
        int outputs = Expansion * channels;
        first = new NormalizedConvolution(blueprint, name + ".conv1", name + ".bn1", input, channels, kernel: 1, stride: 1, padding: 0, relu: true);
        second = new NormalizedConvolution(blueprint, name + ".conv2", name + ".bn2", first.Output, channels, kernel: 3, stride, padding: 1, relu: true);
        third = new NormalizedConvolution(blueprint, name + ".conv3", name + ".bn3", second.Output, outputs, kernel: 1, stride: 1, padding: 0, relu: true);
        downsample = Downsample(blueprint, name, input, outputs, stride);
    }

    public override MapShape Output => third.Output;

    public override Tensor Forward(Tensor x, bool training)
    {
        Tensor a = first.Forward(x, default, training);
        Tensor b = second.Forward(a, default, training);
        slots.Return(a);
        Tensor shortcut = x;
        if (downsample is not null)
        {
            shortcut = downsample.Forward(x, default, training);
            slots.Return(x);
        }

        Tensor y = third.Forward(b, shortcut, training);
        slots.Return(b);
        slots.Return(shortcut);
        return y;
    }

    public override string Trace(INetworkTrace trace, string x)
    {
        string b = second.Trace(trace, first.Trace(trace, x, residual: null), residual: null), shortcut = downsample?.Trace(trace, x, residual: null) ?? x;
        return third.Trace(trace, b, shortcut);
    }

    public override Tensor Backward(Tensor dy)
    {
        Tensor db = third.BackwardResidual(dy);
        Tensor dshortcut = dy;
        Tensor da = second.Backward(db);
        Tensor dx = downsample is null ? dshortcut : downsample.Backward(dshortcut);
        first.BackwardInto(da, dx);
        return dx;
    }
}
