using NegSamples.Kernels;
using NegSamples.Training.Layers;

namespace NegSamples.Training.Encoders;

/// <summary>Two 3 x 3 convolutions; the block of ResNet-18 and ResNet-34.</summary>
internal sealed class BasicBlock : ResidualBlock
{
    private readonly Slots slots;
    private readonly NormalizedConvolution first, second;
    private readonly NormalizedConvolution? downsample;

    public BasicBlock(Blueprint blueprint, string name, MapShape input, int channels, int stride)
    {
        slots = blueprint.Slots;
        first = new NormalizedConvolution(blueprint, name + ".conv1", name + ".bn1", input, channels, kernel: 3, stride, padding: 1, relu: true);
        second = new NormalizedConvolution(blueprint, name + ".conv2", name + ".bn2", first.Output, channels, kernel: 3, stride: 1, padding: 1, relu: true);
        downsample = Downsample(blueprint, name, input, channels, stride);
    }

    public override MapShape Output => second.Output;

    public override Tensor Forward(Tensor x, bool training)
    {
        Tensor a = first.Forward(x, default, training);
        Tensor shortcut = x;
        if (downsample is not null)
        {
            shortcut = downsample.Forward(x, default, training);
            slots.Return(x);
        }

        Tensor y = second.Forward(a, shortcut, training);
        slots.Return(a);
        slots.Return(shortcut);
        return y;
    }

    public override string Trace(INetworkTrace trace, string x)
    {
        string a = first.Trace(trace, x, residual: null), shortcut = downsample?.Trace(trace, x, residual: null) ?? x;
        return second.Trace(trace, a, shortcut);
    }

    public override Tensor Backward(Tensor dy)
    {
        Tensor da = second.BackwardResidual(dy);
        Tensor dshortcut = dy;
        Tensor dx = downsample is null ? dshortcut : downsample.Backward(dshortcut);
        first.BackwardInto(da, dx);
        return dx;
    }
}
