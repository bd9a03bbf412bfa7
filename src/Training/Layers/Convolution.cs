using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>A convolution without bias; a batch norm follows and has the shift.</summary>
public sealed class Convolution
{
    private readonly Ops ops;
    private readonly StateTensor weight;
    private readonly int stride, padding;
    private Tensor x;

    /// <summary>Declares it.</summary>
    /// <param name="blueprint">Where it declares itself.</param>
    /// <param name="name">What its weights' name begins with: "conv1" of "conv1.weight".</param>
    /// <param name="input">The map that it reads.</param>
    /// <param name="channels">Channels of the result.</param>
    /// <param name="kernel">The window's side.</param>
    /// <param name="stride">Pixels between two windows.</param>
    /// <param name="padding">Pixels of 0 on each side.</param>
    /// <exception cref="ArgumentException">The window is larger than the map.</exception>
    public Convolution(Blueprint blueprint, string name, MapShape input, int channels, int kernel, int stride, int padding)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(name);
        ops = blueprint.Ops;
        this.stride = stride;
        this.padding = padding;
        Input = input;
        Output = input.After(channels, kernel, stride, padding);
        weight = blueprint.ConvolutionWeight(name + ".weight", channels, kernel, input.Channels);
    }

    /// <summary>The map that it reads.</summary>
    public MapShape Input { get; }

    /// <summary>The map that it gives.</summary>
    public MapShape Output { get; }

    /// <summary>y = conv(x); backward reads x.</summary>
    /// <param name="x">[n, <see cref="Input"/>]; must stay as it is until backward.</param>
    /// <param name="y">Receives [n, <see cref="Output"/>].</param>
    /// <param name="columnStatistics">Receives the sums that a batch norm behind would make of y; none for no such sums.</param>
    public void Forward(Tensor x, Tensor y, Tensor columnStatistics = default)
    {
        this.x = x;
        ops.Conv2dForward(x, weight.Value, y, stride, padding, columnStatistics);
    }

    /// <summary>Whether <see cref="Forward"/> leaves the statistics of y's columns.</summary>
    internal bool LeavesColumnStatistics(Tensor x, Tensor y) => ops.LeavesColumnStatistics(x, weight.Value, y);

    /// <summary>Names the operation.</summary>
    /// <param name="trace">Is told the operation.</param>
    /// <param name="x">What stands for the input.</param>
    public string Trace(INetworkTrace trace, string x) => trace.Convolution(x, weight.Name, stride, padding);

    /// <summary>The gradient of the weights, and of the input: written to dx, or added to it.</summary>
    /// <param name="dy">The gradient of y.</param>
    /// <param name="dx">Receives that of x.</param>
    /// <param name="accumulate">Whether it is added to what dx holds.</param>
    public void Backward(Tensor dy, Tensor dx, bool accumulate)
    {
        BackwardWeight(dy);
        ops.Conv2dBackwardInput(dy, weight.Value, dx, stride, padding, accumulate);
    }

    /// <summary>The gradient of the weights alone, for a convolution of the images themselves.</summary>
    /// <param name="dy">The gradient of y.</param>
    public void BackwardWeight(Tensor dy) => ops.Conv2dBackwardWeight(x, dy, weight.Gradient, stride, padding);
}
