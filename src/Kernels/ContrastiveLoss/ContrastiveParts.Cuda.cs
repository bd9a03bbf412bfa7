namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void ContrastiveSumsCore(ContrastiveBatch batch, ContrastiveSettings settings, ContrastiveState state) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void ContrastiveFinishCore(Tensor states, ContrastiveSettings settings, Tensor loss, Tensor logSumExp, Tensor factors) =>
        throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void ContrastiveWeightsCore(
        ContrastiveBatch batch, ContrastiveSettings settings, Tensor factors, ContrastiveGradients gradients, ContrastiveState state) => throw new NotSupportedException();
}
