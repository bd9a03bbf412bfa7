namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    protected override void L2NormalizeForwardCore(Tensor x, Tensor y, Tensor scale) => throw new NotImplementedException();

    protected override void L2NormalizeBackwardCore(Tensor dy, Tensor y, Tensor scale, Tensor dx) => throw new NotImplementedException();
}
