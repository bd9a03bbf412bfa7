using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class CudaElementwiseTests
{
    [Theory]
    [InlineData(1, ElementType.Float32)]
    [InlineData(777, ElementType.Float32)]
    [InlineData(777, ElementType.BFloat16)]
    public void Relu(int count, ElementType type)
    {
        using CudaRig rig = new();
        Tensor x = rig.Random(type, count), y = rig.Unwritten(type, count);
        rig.Ops.ReluForward(x, y);
        Assert.Equal(rig.Floats(x).Select(value => Math.Max(value, 0)), rig.Floats(y));
    }
}
