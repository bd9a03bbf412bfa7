using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>A convolution without bias; a batch norm follows and has the shift.</summary>
internal sealed class Convolution
{
    private readonly Ops ops;
    private readonly StateTensor weight;
    private readonly int stride, padding;
    private Tensor x;

    public Convolution(Blueprint blueprint, string name, MapShape input, int channels, int kernel, int stride, int padding)
    {
        ops = blueprint.Ops;
        this.stride = stride;
        this.padding = padding;
        Input = input;
        Output = input.After(channels, kernel, stride, padding);
        weight = blueprint.ConvolutionWeight(name + ".weight", channels, kernel, input.Channels);
    }

    public MapShape Input { get; }

    public MapShape Output { get; }

    /// <summary>y = conv(x); backward reads x.</summary>
    public void Forward(Tensor x, Tensor y, Tensor columnStatistics = default)
    {
        this.x = x;
        ops.Conv2dForward(x, weight.Value, y, stride, padding, columnStatistics);
    }

    /// <summary>Whether <see cref="Forward"/> leaves the statistics of y's columns.</summary>
    public bool LeavesColumnStatistics(Tensor x, Tensor y) => ops.LeavesColumnStatistics(x, weight.Value, y);

    /// <summary>Names the operation.</summary>
    public string Trace(INetworkTrace trace, string x) => trace.Convolution(x, weight.Name, stride, padding);

    /// <summary>The gradient of the weights, and of the input: written to dx, or added to it.</summary>
    public void Backward(Tensor dy, Tensor dx, bool accumulate)
    {
        BackwardWeight(dy);
        ops.Conv2dBackwardInput(dy, weight.Value, dx, stride, padding, accumulate);
    }

    /// <summary>The gradient of the weights alone, for a convolution of the images themselves.</summary>
    public void BackwardWeight(Tensor dy) => ops.Conv2dBackwardWeight(x, dy, weight.Gradient, stride, padding);
}
