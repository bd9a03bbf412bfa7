using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>Convolution, batch norm, residual sum and ReLU: <c>y = act(norm(conv(x)) + residual)</c>, the unit of every residual network.</summary>
/// <remarks>In training the results of convolution and norm are kept for backward; in inference the norm works in place in one slot.</remarks>
internal sealed class NormalizedConvolution
{
    private readonly Slots slots;
    private readonly Convolution convolution;
    private readonly BatchNorm norm;
    private readonly Activation product, result;

    public NormalizedConvolution(
        Blueprint blueprint, string convolutionName, string normName, MapShape input, int channels, int kernel, int stride, int padding, bool relu)
    {
        slots = blueprint.Slots;
        convolution = new Convolution(blueprint, convolutionName, input, channels, kernel, stride, padding);
        norm = new BatchNorm(blueprint, normName, channels, relu);
        product = blueprint.Saved(Output);
        result = blueprint.Saved(Output);
        blueprint.Passes(Output);
    }

    public MapShape Output => convolution.Output;

    /// <summary>y; x and residual stay with their owner.</summary>
    public Tensor Forward(Tensor x, Tensor residual, bool training)
    {
        int images = x[0];
        Tensor c = training ? product.Of(images) : slots.Take(images, Output);
        Tensor y = training ? result.Of(images) : c;
        Tensor statistics = training && convolution.LeavesColumnStatistics(x, c) ? slots.TakeColumnStatistics(c) : default;
        convolution.Forward(x, c, statistics);
        norm.Forward(c, residual, training, y, statistics);
        if (!statistics.IsNone) slots.Return(statistics);
        return y;
    }

    /// <summary>Names the operations of inference.</summary>
    public string Trace(INetworkTrace trace, string x, string? residual) => norm.Trace(trace, convolution.Trace(trace, x), residual);

    /// <summary>dx, in a slot of its own; the slot of dy is returned.</summary>
    public Tensor Backward(Tensor dy)
    {
        norm.Backward(dy, dy, default);
        Tensor dx = slots.Take(dy[0], convolution.Input);
        convolution.Backward(dy, dx, accumulate: false);
        slots.Return(dy);
        return dx;
    }

    /// <summary>dx, in a slot of its own; dy becomes the gradient of the residual.</summary>
    public Tensor BackwardResidual(Tensor dy)
    {
        Tensor dc = slots.Take(dy[0], Output);
        norm.Backward(dy, dc, dy);
        Tensor dx = slots.Take(dy[0], convolution.Input);
        convolution.Backward(dc, dx, accumulate: false);
        slots.Return(dc);
        return dx;
    }

    /// <summary>Adds the gradient of x to dx, which another reader of x has written; the slot of dy is returned.</summary>
    public void BackwardInto(Tensor dy, Tensor dx)
    {
        norm.Backward(dy, dy, default);
        convolution.Backward(dy, dx, accumulate: true);
        slots.Return(dy);
    }

    /// <summary>The gradients of the parameters alone, for the images themselves; the slot of dy is returned.</summary>
    public void BackwardParameters(Tensor dy)
    {
        norm.Backward(dy, dy, default);
        convolution.BackwardWeight(dy);
        slots.Return(dy);
    }
}
