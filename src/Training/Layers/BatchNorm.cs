using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>Batch norm over all rows, with the residual sum and the ReLU that may follow it.</summary>
internal sealed class BatchNorm(Blueprint blueprint, string name, int channels, bool relu)
{
    private readonly Ops ops = blueprint.Ops;
    private readonly StateTensor gamma = blueprint.Norm(name + ".weight", 1, channels), beta = blueprint.Norm(name + ".bias", 0, channels);
    private readonly StateTensor runningMean = blueprint.Statistic(name + ".running_mean", 0, channels);
    private readonly StateTensor runningVariance = blueprint.Statistic(name + ".running_var", 1, channels);
    private readonly Activation mean = blueprint.SavedChannels(channels), inverseDeviation = blueprint.SavedChannels(channels);
    private Tensor x, y;

    /// <summary>
    /// y = act(norm(x) + residual). In training y must not be x: backward reads both. The statistics are what the convolution before has left.
    /// </summary>
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
    public string Trace(INetworkTrace trace, string x, string? residual) => trace.BatchNorm(x, name, residual, relu);

    /// <summary>The gradients of factor, shift, x and residual; dx or dresidual may be dy itself.</summary>
    public void Backward(Tensor dy, Tensor dx, Tensor dresidual) =>
        ops.BatchNormBackward(dy, x, y, gamma.Value, mean.Value, inverseDeviation.Value, relu, gamma.Gradient, beta.Gradient, dx, dresidual);
}
