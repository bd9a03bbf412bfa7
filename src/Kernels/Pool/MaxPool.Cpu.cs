namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    protected override void MaxPoolForwardCore(Tensor x, Tensor y, Tensor winner, int kernel, int stride, int padding) => throw new NotImplementedException();

    protected override void MaxPoolBackwardCore(Tensor dy, Tensor winner, Tensor dx) => throw new NotImplementedException();
}
