using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>Convolution, batch norm, residual sum and ReLU: <c>y = act(norm(conv(x)) + residual)</c>, the unit of every residual network.</summary>
/// <remarks>In training the results of convolution and norm are kept for backward; in inference the norm works in place in one slot.</remarks>
public sealed class NormalizedConvolution
{
    private readonly Slots slots;
    private readonly Convolution convolution;
    private readonly BatchNorm norm;
    private readonly Activation product, result;

    /// <summary>Declares it.</summary>
    /// <param name="blueprint">Where it declares itself.</param>
    /// <param name="convolutionName">What the name of its weights begins with: "conv1" of "conv1.weight".</param>
    /// <param name="normName">What the names of its norm's four tensors begin with.</param>
    /// <param name="input">The map that it reads.</param>
    /// <param name="channels">Channels of the result.</param>
    /// <param name="kernel">The window's side.</param>
    /// <param name="stride">Pixels between two windows.</param>
    /// <param name="padding">Pixels of 0 on each side.</param>
    /// <param name="relu">Whether ReLU follows.</param>
    /// <exception cref="ArgumentException">The window is larger than the map.</exception>
    public NormalizedConvolution(
        Blueprint blueprint, string convolutionName, string normName, MapShape input, int channels, int kernel, int stride, int padding, bool relu)
    {
        ArgumentNullException.ThrowIfNull(blueprint);
        ArgumentNullException.ThrowIfNull(convolutionName);
        ArgumentNullException.ThrowIfNull(normName);
        slots = blueprint.Slots;
        convolution = new Convolution(blueprint, convolutionName, input, channels, kernel, stride, padding);
        norm = new BatchNorm(blueprint, normName, channels, relu);
        product = blueprint.Saved(Output);
        result = blueprint.Saved(Output);
        blueprint.Passes(Output);
    }

    /// <summary>The map that it gives.</summary>
    public MapShape Output => convolution.Output;

    /// <summary>y; x and residual stay with their owner, who returns them to the slots when nobody reads them any more.</summary>
    /// <param name="x">The map before.</param>
    /// <param name="residual">What is added before ReLU, shaped as the result; none for nothing.</param>
    /// <param name="training">Whether backward will follow.</param>
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
    /// <param name="trace">Is told the operation.</param>
    /// <param name="x">What stands for the input.</param>
    /// <param name="residual">What stands for the residual; null for none.</param>
    public string Trace(INetworkTrace trace, string x, string? residual) => norm.Trace(trace, convolution.Trace(trace, x), residual);

    /// <summary>dx, in a slot of its own; the slot of dy is returned.</summary>
    /// <param name="dy">The gradient of the result.</param>
    public Tensor Backward(Tensor dy)
    {
        norm.Backward(dy, dy, default);
        Tensor dx = slots.Take(dy[0], convolution.Input);
        convolution.Backward(dy, dx, accumulate: false);
        slots.Return(dy);
        return dx;
    }

    /// <summary>dx, in a slot of its own; dy becomes the gradient of the residual.</summary>
    /// <param name="dy">The gradient of the result.</param>
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
    /// <param name="dy">The gradient of the result.</param>
    /// <param name="dx">What the other has written.</param>
    public void BackwardInto(Tensor dy, Tensor dx)
    {
        norm.Backward(dy, dy, default);
        convolution.Backward(dy, dx, accumulate: true);
        slots.Return(dy);
    }

    /// <summary>The gradients of the parameters alone, for the images themselves; the slot of dy is returned.</summary>
    /// <param name="dy">The gradient of the result.</param>
    public void BackwardParameters(Tensor dy)
    {
        norm.Backward(dy, dy, default);
        convolution.BackwardWeight(dy);
        slots.Return(dy);
    }
}
