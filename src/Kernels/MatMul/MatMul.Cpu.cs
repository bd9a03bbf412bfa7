namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    protected override void MatMulCore(Tensor a, Tensor b, Tensor c, bool transposeA, bool transposeB, bool accumulate) => throw new NotImplementedException();
}
