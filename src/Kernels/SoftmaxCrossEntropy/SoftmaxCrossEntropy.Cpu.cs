namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    protected override void SoftmaxCrossEntropyCore(Tensor x, Tensor labels, Tensor loss, Tensor dx) => throw new NotImplementedException();
}
