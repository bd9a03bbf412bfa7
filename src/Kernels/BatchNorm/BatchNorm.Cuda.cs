namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void BatchNormForwardCore(Tensor x, Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance, Tensor mean, Tensor inverseDeviation, Tensor residual, bool relu, Tensor y) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void BatchNormInferenceCore(Tensor x, Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance, Tensor residual, bool relu, Tensor y) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void BatchNormBackwardCore(Tensor dy, Tensor x, Tensor y, Tensor gamma, Tensor mean, Tensor inverseDeviation, bool relu, Tensor dgamma, Tensor dbeta, Tensor dx, Tensor dresidual) => throw new NotSupportedException();
}
