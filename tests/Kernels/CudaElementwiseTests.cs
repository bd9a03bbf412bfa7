using ILGPU;
using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

public class CudaElementwiseTests
{
    /// <summary>One element, a ragged end, whole packs that do not fill a block, several blocks; both types.</summary>
    public static TheoryData<int, ElementType> Cases => new()
    {
        { 1, ElementType.Float32 }, { 777, ElementType.Float32 }, { 40, ElementType.Float32 }, { 4096, ElementType.Float32 },
        { 1, ElementType.BFloat16 }, { 777, ElementType.BFloat16 }, { 40, ElementType.BFloat16 }, { 8192, ElementType.BFloat16 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Relu(int count, ElementType type)
    {
        using CudaRig rig = new();
        Tensor x = rig.Random(type, count), y = rig.Unwritten(type, count), dy = rig.Random(type, count), dx = rig.Unwritten(type, count);
        rig.Ops.ReluForward(x, y);
        AssertRectified(rig.Floats(x), rig.Floats(y));
        rig.Ops.ReluBackward(dy, y, dx);
        Assert.Equal(rig.Floats(dy).Zip(rig.Floats(y), (gradient, output) => output > 0 ? gradient : 0), rig.Floats(dx));

        using Rig cpu = new(4L * (count + 16));
        Tensor cpuX = rig.OnCpu(cpu, x), cpuDy = rig.OnCpu(cpu, dy);
        cpu.Ops.ReluForward(cpuX, cpuX);
        cpu.Ops.ReluBackward(cpuDy, cpuX, cpuDy);
        rig.Ops.ReluForward(x, x);
        rig.Ops.ReluBackward(dy, x, dy);
        Assert.Equal(cpuX.Floats.ToArray(), rig.Floats(x));
        Assert.Equal(cpuDy.Floats.ToArray(), rig.Floats(dy));
    }

    [Theory, MemberData(nameof(Cases))]
    public void SumAndProduct(int count, ElementType type)
    {
        using CudaRig rig = new();
        Tensor a = rig.Random(type, count), b = rig.Random(type, count), y = rig.Unwritten(type, count), z = rig.Unwritten(type, count);
        rig.Ops.Add(a, b, y);
        rig.Ops.Scale(a, 1 / 3f, z);

        // One operation in float32 and one rounding: exact to the bit.
        Assert.Equal(rig.Floats(a).Zip(rig.Floats(b), (left, right) => Rounded(left + right, type)), rig.Floats(y));
        Assert.Equal(rig.Floats(a).Select(value => Rounded(value * (1 / 3f), type)), rig.Floats(z));
        rig.Ops.Add(a, b, b);
        rig.Ops.Scale(a, 1 / 3f, a);
        Assert.Equal(rig.Floats(y), rig.Floats(b));
        Assert.Equal(rig.Floats(z), rig.Floats(a));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(777)]
    [InlineData(4096)]
    public void MovingAverage(int count)
    {
        using CudaRig rig = new();
        using Rig cpu = new(4L * (count + 16));
        Tensor x = rig.Random(count), average = rig.Random(count), cpuAverage = rig.OnCpu(cpu, average);
        double[] truth = [.. rig.Doubles(average).Zip(rig.Doubles(x), (before, arrived) => before + ((double)0.3f * (arrived - before)))];
        rig.Ops.MovingAverage(x, 0.3f, average);
        cpu.Ops.MovingAverage(rig.OnCpu(cpu, x), 0.3f, cpuAverage);
        Activations.AssertClose(truth, rig.Floats(average), 3 * 1.2e-7); // Three roundings of numbers up to 2.
        Activations.AssertClose(Rig.Doubles(cpuAverage), rig.Floats(average), 3 * 1.2e-7);
        rig.Ops.MovingAverage(x, 1, average);
        Assert.Equal(rig.Floats(x), rig.Floats(average));
    }

    [Theory]
    [InlineData(ElementType.Float32)]
    [InlineData(ElementType.BFloat16)]
    public void WholeSectorsMove(ElementType type)
    {
        using CudaRig rig = new();
        Tensor x = rig.Random(type, 64, 64), y = rig.Random(type, 64, 64), z = rig.Unwritten(type, 64, 64);
        rig.Ops.ReluForward(x, z);
        rig.AssertWholeSectors("ReluForward");
        rig.Ops.ReluBackward(x, y, z);
        rig.AssertWholeSectors("ReluBackward");
        rig.Ops.Add(x, y, z);
        rig.AssertWholeSectors("Add");
        rig.Ops.Scale(x, 2, z);
        rig.AssertWholeSectors("Scale");

        // 64·64 elements of 4 or 2 bytes, read and written in packs of 16 bytes by warps of 32.
        Assert.Equal(64 * 64 * ElementTypes.SizeOf(type) * 2 / 16, rig.Device.Report("Scale").Lines.Where(line => line.SectorsAsked > 0).Sum(line => line.Threads));
    }

    [Fact]
    public void NaNStaysNaNAndACopyThatLosesItFailsTheSameCheck()
    {
        using CudaRig rig = new();
        float[] values = [.. Enumerable.Range(-20, 41).Select(i => i == 7 ? float.NaN : i / 4f)];
        Tensor x = rig.Of(values, ElementType.Float32, 41), y = rig.Unwritten(41), half = rig.Of(values, ElementType.BFloat16, 41);
        rig.Ops.ReluForward(x, y);
        AssertRectified(values, rig.Floats(y));
        rig.Ops.ReluForward(half, half);
        AssertRectified(values, rig.Floats(half));

        rig.Launch(NaNToZeroKernel, 1, 64, x, y, 41);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => AssertRectified(values, rig.Floats(y)));
    }

    private static void AssertRectified(float[] x, float[] y) => Assert.Equal(x.Select(value => value < 0 ? 0 : value), y);

    private static float Rounded(float value, ElementType type) => type == ElementType.Float32 ? value : BFloat16.ToFloat(BFloat16.FromFloat(value));

    /// <summary>ReLU with the comparison turned round.</summary>
    private static void NaNToZeroKernel(ArrayView<float> x, ArrayView<float> y, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count) y[i] = x[i] > 0 ? x[i] : 0;
    }
}
