namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    protected override void GlobalAveragePoolForwardCore(Tensor x, Tensor y) => throw new NotImplementedException();

    protected override void GlobalAveragePoolBackwardCore(Tensor dy, Tensor dx) => throw new NotImplementedException();
}
