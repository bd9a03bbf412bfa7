using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>Max pooling. It has no parameters and remembers which pixel won.</summary>
internal sealed class MaxPool
{
    private readonly Ops ops;
    private readonly Slots slots;
    private readonly int kernel, stride, padding;
    private readonly MapShape input;
    private readonly Activation winner, saved;

    public MaxPool(Blueprint blueprint, MapShape input, int kernel, int stride, int padding)
    {
        ops = blueprint.Ops;
        slots = blueprint.Slots;
        (this.input, this.kernel, this.stride, this.padding) = (input, kernel, stride, padding);
        Output = input.After(input.Channels, kernel, stride, padding);
        winner = blueprint.Indices(Output);
        saved = blueprint.Saved(Output);
        blueprint.Passes(input);
    }

    public MapShape Output { get; }

    /// <summary>The pooled map; x is returned to the slots.</summary>
    public Tensor Forward(Tensor x, bool training)
    {
        int images = x[0];
        Tensor y = training ? saved.Of(images) : slots.Take(images, Output);
        ops.MaxPoolForward(x, y, winner.Of(images), kernel, stride, padding);
        slots.Return(x);
        return y;
    }

    /// <summary>Names the operation.</summary>
    public string Trace(INetworkTrace trace, string x) => trace.MaxPool(x, kernel, stride, padding);

    /// <summary>dx; dy is returned to the slots.</summary>
    public Tensor Backward(Tensor dy)
    {
        Tensor dx = slots.Take(dy[0], input);
        ops.MaxPoolBackward(dy, winner.Of(dy[0]), dx, kernel, stride, padding);
        slots.Return(dy);
        return dx;
    }
}
