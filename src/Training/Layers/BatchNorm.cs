using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>Batch norm over all rows, of all ranks, with the residual sum and the ReLU that may follow it.</summary>
/// <param name="blueprint">Where it declares itself.</param>
/// <param name="name">What the names of its four tensors begin with: "bn1" of "bn1.weight".</param>
/// <param name="channels">Channels of what it norms.</param>
/// <param name="relu">Whether ReLU follows.</param>
public sealed class BatchNorm(Blueprint blueprint, string name, int channels, bool relu)
{
    private readonly Ops ops = (blueprint ?? throw new ArgumentNullException(nameof(blueprint))).Ops;
    private readonly StateTensor gamma = blueprint.Norm(name + ".weight", 1, channels), beta = blueprint.Norm(name + ".bias", 0, channels);
    private readonly StateTensor runningMean = blueprint.Statistic(name + ".running_mean", 0, channels);
    private readonly StateTensor runningVariance = blueprint.Statistic(name + ".running_var", 1, channels);
    private readonly Activation mean = blueprint.SavedChannels(channels), inverseDeviation = blueprint.SavedChannels(channels);
    private Tensor x, y;

    /// <summary>
    /// y = act(norm(x) + residual). In training y must not be x: backward reads both. The statistics are what the convolution before has left.
    /// </summary>
    /// <param name="x">Maps or rows; must stay as they are until backward.</param>
    /// <param name="residual">What is added before ReLU; none for nothing.</param>
    /// <param name="training">With the statistics of the batch, which also move the running ones; otherwise with the running ones.</param>
    /// <param name="y">Receives the result.</param>
    /// <param name="columnStatistics">What the convolution before has left; none where it has not.</param>
    public void Forward(Tensor x, Tensor residual, bool training, Tensor y, Tensor columnStatistics = default)
    {
        this.x = x;
        this.y = y;
        if (!training)
        {
            ops.BatchNormInference(x, gamma.Value, beta.Value, runningMean.Value, runningVariance.Value, residual, relu, y);
            return;
        }

        ops.BatchNormForward(
            x, gamma.Value, beta.Value, runningMean.Value, runningVariance.Value, mean.Value, inverseDeviation.Value, residual, relu, y, columnStatistics);
    }

    /// <summary>Names the operation of inference.</summary>
    /// <param name="trace">Is told the operation.</param>
    /// <param name="x">What stands for the input.</param>
    /// <param name="residual">What stands for the residual; null for none.</param>
    public string Trace(INetworkTrace trace, string x, string? residual) => trace.BatchNorm(x, name, residual, relu);

    /// <summary>The gradients of factor, shift, x and residual; dx or dresidual may be dy itself.</summary>
    /// <param name="dy">The gradient of y.</param>
    /// <param name="dx">Receives that of x.</param>
    /// <param name="dresidual">Receives that of the residual; none where there was none.</param>
    public void Backward(Tensor dy, Tensor dx, Tensor dresidual) =>
        ops.BatchNormBackward(dy, x, y, gamma.Value, mean.Value, inverseDeviation.Value, relu, gamma.Gradient, beta.Gradient, dx, dresidual);
}
