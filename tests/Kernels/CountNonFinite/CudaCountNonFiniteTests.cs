using ILGPU;
using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

/// <summary>The kernel in the PTX interpreter.</summary>
public class CudaCountNonFiniteTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(77, 3)]
    [InlineData(9_001, 0)]
    [InlineData(9_001, 1)]
    [InlineData(9_001, 400)]
    public void EachSegmentHasItsCount(int count, int bad)
    {
        (float[] values, ParameterSegment[] segments, int[] expected) = CountNonFiniteTests.Sample(count, bad);
        using CudaRig rig = new();
        Tensor x = rig.Of(values, ElementType.Float32, count);
        int[] counts = [7, 7, 7, 7];
        rig.Ops.CountNonFinite(x, segments, counts);
        Assert.Equal(expected, counts);
        rig.Ops.CountNonFinite(x, segments, counts); // The counts start from 0 again.
        Assert.Equal(expected, counts);
        rig.Ops.CountNonFinite(x, [], []);
    }

    [Fact]
    public void WholeSectorsMove()
    {
        using CudaRig rig = new();
        rig.Ops.CountNonFinite(rig.Random(8192), [new(0, 8192, true)], new int[1]);
        rig.AssertWholeSectors("CountNonFinite");
    }

    [Fact]
    public void ABrokenCopyFailsTheSameCheck()
    {
        using CudaRig rig = new();
        Tensor x = rig.Of([1, float.NaN, float.PositiveInfinity, 2], ElementType.Float32, 4), count = rig.Of([0], 1);
        rig.Launch(BrokenKernel, 1, 32, x, count, 4);
        Assert.NotEqual(2, rig.Ints(count)[0]);
    }

    /// <summary>The comparison turned round, which takes a NaN for finite.</summary>
    private static void BrokenKernel(ArrayView<float> x, ArrayView<int> count, int length)
    {
        int i = Grid.GlobalIndex.X;
        if (i < length && x[i] > float.MaxValue) Atomic.Add(ref count[0], 1);
    }
}
