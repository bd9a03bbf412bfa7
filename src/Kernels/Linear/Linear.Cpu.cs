namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    protected override void AddBiasCore(Tensor b, Tensor y) => throw new NotImplementedException();

    protected override void AddBiasGradientCore(Tensor dy, Tensor db) => throw new NotImplementedException();
}
