namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    protected override void KNegativesForwardCore(Tensor z, KNegativesSettings settings, Tensor loss, Tensor logSumExp) => throw new NotImplementedException();

    protected override void KNegativesBackwardCore(Tensor z, KNegativesSettings settings, Tensor logSumExp, Tensor dz) => throw new NotImplementedException();
}
