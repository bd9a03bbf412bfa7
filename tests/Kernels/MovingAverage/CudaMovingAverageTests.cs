using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

/// <summary>The moving average and the product with a number.</summary>
public class CudaMovingAverageTests
{
    /// <summary>One element, a ragged end, whole packs that do not fill a block, several blocks; both types.</summary>
    public static TheoryData<int, ElementType> Cases => new()
    {
        { 1, ElementType.Float32 }, { 777, ElementType.Float32 }, { 40, ElementType.Float32 }, { 4096, ElementType.Float32 },
        { 1, ElementType.BFloat16 }, { 777, ElementType.BFloat16 }, { 40, ElementType.BFloat16 }, { 8192, ElementType.BFloat16 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Scale(int count, ElementType type)
    {
        using CudaRig rig = new();
        Tensor x = rig.Random(type, count), y = rig.Unwritten(type, count);
        rig.Ops.Scale(x, 1 / 3f, y);

        // One operation in float32 and one rounding: exact to the bit.
        Assert.Equal(rig.Floats(x).Select(value => Rounded(value * (1 / 3f), type)), rig.Floats(y));
        rig.Ops.Scale(x, 1 / 3f, x);
        Assert.Equal(rig.Floats(y), rig.Floats(x));
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
        Tensor x = rig.Random(type, 64, 64), y = rig.Unwritten(type, 64, 64);
        rig.Ops.Scale(x, 2, y);
        rig.AssertWholeSectors("Scale");

        // 64·64 elements of 4 or 2 bytes, read and written in packs of 16 bytes by warps of 32.
        Assert.Equal(64 * 64 * ElementTypes.SizeOf(type) * 2 / 16, rig.Device.Report("Scale").Lines.Where(line => line.SectorsAsked > 0).Sum(line => line.Threads));
    }

    private static float Rounded(float value, ElementType type) => type == ElementType.Float32 ? value : BFloat16.ToFloat(BFloat16.FromFloat(value));
}
