using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>Max pooling. It has no parameters and remembers which pixel won.</summary>
public sealed class MaxPool
{
    private readonly Ops ops;
    private readonly Slots slots;
    private readonly int kernel, stride, padding;
    private readonly MapShape input;
    private readonly Activation winner, saved;

    /// <summary>Declares it.</summary>
    /// <param name="blueprint">Where it declares itself.</param>
    /// <param name="input">The map that it reads.</param>
    /// <param name="kernel">The window's side.</param>
    /// <param name="stride">Pixels between two windows.</param>
    /// <param name="padding">Pixels outside the map on each side; they never win.</param>
    /// <exception cref="ArgumentException">The window is larger than the map.</exception>
    public MaxPool(Blueprint blueprint, MapShape input, int kernel, int stride, int padding)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ops = blueprint.Ops;
        slots = blueprint.Slots;
        (this.input, this.kernel, this.stride, this.padding) = (input, kernel, stride, padding);
        Output = input.After(input.Channels, kernel, stride, padding);
        winner = blueprint.Indices(Output);
        saved = blueprint.Saved(Output);
        blueprint.Passes(input);
    }

    /// <summary>The map that it gives.</summary>
    public MapShape Output { get; }

    /// <summary>The pooled map; x is returned to the slots.</summary>
    /// <param name="x">The map before.</param>
    /// <param name="training">Whether backward will follow.</param>
    public Tensor Forward(Tensor x, bool training)
    {
        int images = x[0];
        Tensor y = training ? saved.Of(images) : slots.Take(images, Output);
        ops.MaxPoolForward(x, y, winner.Of(images), kernel, stride, padding);
        slots.Return(x);
        return y;
    }

    /// <summary>Names the operation.</summary>
    /// <param name="trace">Is told the operation.</param>
    /// <param name="x">What stands for the input.</param>
    public string Trace(INetworkTrace trace, string x) => trace.MaxPool(x, kernel, stride, padding);

    /// <summary>dx; dy is returned to the slots.</summary>
    /// <param name="dy">The gradient of the result.</param>
    public Tensor Backward(Tensor dy)
    {
        Tensor dx = slots.Take(dy[0], input);
        ops.MaxPoolBackward(dy, winner.Of(dy[0]), dx, kernel, stride, padding);
        slots.Return(dy);
        return dx;
    }
}
