namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    protected override void ReluForwardCore(Tensor x, Tensor y) => throw new NotImplementedException();

    protected override void ReluBackwardCore(Tensor dy, Tensor y, Tensor dx) => throw new NotImplementedException();
}
