using ILGPU;
using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

public class CudaPoolTests
{
    private const ElementType F32 = ElementType.Float32, BF16 = ElementType.BFloat16;

    /// <summary>Overlapping and separate windows, pixels no window reaches, ragged channels, whole packs, more packs than a block has threads.</summary>
    public static TheoryData<int, int, int, int, int, int, int, ElementType> MaxCases => new()
    {
        { 2, 7, 9, 3, 3, 2, 1, F32 }, { 1, 8, 8, 24, 2, 2, 0, F32 }, { 3, 5, 4, 100, 3, 1, 1, F32 }, { 1, 7, 5, 1028, 2, 3, 0, F32 },
        { 2, 7, 9, 3, 3, 2, 1, BF16 }, { 1, 8, 8, 24, 2, 2, 0, BF16 }, { 3, 5, 4, 100, 3, 1, 1, BF16 }, { 1, 7, 5, 1028, 2, 3, 0, BF16 },
    };

    [Theory, MemberData(nameof(MaxCases))]
    public void MaxPoolFollowsTheDefinitionAndItsGradientGoesToTheFirstWinner(int n, int h, int w, int c, int kernel, int stride, int padding, ElementType type)
    {
        using CudaRig rig = new();
        using Rig cpu = new(8L * n * h * w * (c + 16) * 9);
        int p = Ops.OutputLength(h, kernel, stride, padding), q = Ops.OutputLength(w, kernel, stride, padding);
        Tensor x = rig.Random(type, n, h, w, c), y = rig.Unwritten(type, n, p, q, c), winner = rig.Unwritten(ElementType.Int32, n, p, q, c);
        Tensor dy = rig.Random(type, n, p, q, c), dx = rig.Unwritten(type, n, h, w, c);
        float[] values = Array.ConvertAll(rig.Floats(x), value => MathF.Round(value * 4)); // Few values, so that ties are common.
        rig.Ops.Upload<float>(values, x);
        rig.Ops.MaxPoolForward(x, y, winner, kernel, stride, padding);
        rig.Ops.MaxPoolBackward(dy, winner, dx, kernel, stride, padding);

        float[] gradients = rig.Floats(dy);
        double[] dxTruth = new double[values.Length];
        float[] yTruth = new float[y.Count];
        int[] winnerTruth = new int[y.Count];
        for (int output = 0; output < yTruth.Length; output++)
        {
            int best = FirstWinner(values, output, h, w, c, p, q, kernel, stride, padding);
            (yTruth[output], winnerTruth[output]) = (values[best], best / c % (h * w));
            dxTruth[best] += gradients[output];
        }

        Assert.Equal(yTruth, rig.Floats(y));
        Assert.Equal(winnerTruth, rig.Ints(winner));
        Activations.AssertClose(dxTruth, rig.Floats(dx), kernel * kernel * 6e-8 * kernel * kernel, type); // A sum of up to kernel² numbers below 1.

        Tensor cpuY = cpu.Take(n, p, q, c), cpuDx = cpu.Take(n, h, w, c), cpuWinner = cpu.Arena.Take(ElementType.Int32, n, p, q, c);
        cpu.Ops.MaxPoolForward(rig.OnCpu(cpu, x), cpuY, cpuWinner, kernel, stride, padding);
        cpu.Ops.MaxPoolBackward(rig.OnCpu(cpu, dy), cpuWinner, cpuDx, kernel, stride, padding);
        Assert.Equal(cpuWinner.Ints.ToArray(), rig.Ints(winner));
        Activations.AssertClose(Rig.Doubles(cpuDx), rig.Floats(dx), 81 * 6e-8, type);

        // The definition says the first: a copy that takes the last of equal values fails the same comparison.
        if (c > 3 || type != F32) return;
        rig.Launch(LastWinnerKernel, 1, 256, x, winner, n * p * q * c, h, w, c, p, q, kernel, stride, padding);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Assert.Equal(winnerTruth, rig.Ints(winner)));
    }

    [Theory]
    [InlineData(F32)]
    [InlineData(BF16)]
    public void NaNWinsItsWindow(ElementType type)
    {
        using CudaRig rig = new();
        Tensor x = rig.Of([1f, float.NaN, 2f, 3f], type, 1, 2, 2, 1), y = rig.Unwritten(type, 1, 1, 1, 1), winner = rig.Unwritten(ElementType.Int32, 1, 1, 1, 1);
        rig.Ops.MaxPoolForward(x, y, winner, 2, 2, 0);

        // As on the CPU: what follows a NaN is not "less than or equal" to it either.
        using Rig cpu = new(1000);
        Tensor cpuY = cpu.Take(1, 1, 1, 1), cpuWinner = cpu.Arena.Take(ElementType.Int32, 1, 1, 1, 1);
        cpu.Ops.MaxPoolForward(rig.OnCpu(cpu, x), cpuY, cpuWinner, 2, 2, 0);
        Assert.Equal(cpuY.Floats.ToArray(), rig.Floats(y));
        Assert.Equal(cpuWinner.Ints.ToArray(), rig.Ints(winner));
    }

    [Theory]
    [InlineData(3, 5, 7, 3, F32)]
    [InlineData(1, 1, 1, 1, F32)]
    [InlineData(2, 4, 4, 24, F32)]
    [InlineData(2, 3, 3, 1100, F32)]
    [InlineData(3, 5, 7, 3, BF16)]
    [InlineData(2, 4, 4, 24, BF16)]
    [InlineData(2, 7, 7, 100, BF16)]
    [InlineData(1, 2, 2, 2056, BF16)]
    public void GlobalAverageIsTheMeanAndItsGradientSpreads(int n, int h, int w, int c, ElementType type)
    {
        using CudaRig rig = new();
        using Rig cpu = new(5L * n * h * w * (c + 16));
        Tensor x = rig.Random(type, n, h, w, c), y = rig.Unwritten(type, n, c), dy = rig.Random(type, n, c), dx = rig.Unwritten(type, n, h, w, c);
        rig.Ops.GlobalAveragePoolForward(x, y);
        rig.Ops.GlobalAveragePoolBackward(dy, dx);
        double[] mean = new double[n * c], spread = new double[n * h * w * c];
        float[] values = rig.Floats(x), gradients = rig.Floats(dy);
        for (int i = 0; i < values.Length; i++)
        {
            int cell = (i / c / w / h * c) + (i % c);
            mean[cell] += (double)values[i] / (h * w);
            spread[i] = (double)gradients[cell] / (h * w);
        }

        Activations.AssertClose(mean, rig.Floats(y), h * w * 6e-8, type);
        Activations.AssertClose(spread, rig.Floats(dx), 1.2e-7, type);
        Tensor cpuY = cpu.Take(n, c), cpuDx = cpu.Take(n, h, w, c);
        cpu.Ops.GlobalAveragePoolForward(rig.OnCpu(cpu, x), cpuY);
        cpu.Ops.GlobalAveragePoolBackward(rig.OnCpu(cpu, dy), cpuDx);
        Activations.AssertClose(Rig.Doubles(cpuY), rig.Floats(y), 2 * h * w * 6e-8, type);
        Activations.AssertClose(Rig.Doubles(cpuDx), rig.Floats(dx), 2.4e-7, type);
    }

    [Theory]
    [InlineData(F32)]
    [InlineData(BF16)]
    public void WholeSectorsMove(ElementType type)
    {
        using CudaRig rig = new();
        Tensor x = rig.Random(type, 2, 8, 8, 64), y = rig.Unwritten(type, 2, 4, 4, 64), winner = rig.Unwritten(ElementType.Int32, 2, 4, 4, 64), mean = rig.Unwritten(type, 2, 64);
        rig.Ops.MaxPoolForward(x, y, winner, 2, 2, 0);
        rig.AssertWholeSectors("MaxPoolForward");
        rig.Ops.MaxPoolBackward(y, winner, x, 2, 2, 0);
        rig.AssertWholeSectors("MaxPoolBackward");
        rig.Ops.GlobalAveragePoolForward(x, mean);
        rig.AssertWholeSectors("GlobalAveragePoolForward");
        rig.Ops.GlobalAveragePoolBackward(mean, x);
        rig.AssertWholeSectors("GlobalAveragePoolBackward");
    }

    private static int FirstWinner(float[] x, int output, int h, int w, int c, int p, int q, int kernel, int stride, int padding)
    {
        int channel = output % c, column = output / c % q, row = output / c / q % p, image = output / c / q / p, best = -1;
        for (int r = 0; r < kernel; r++)
        {
            for (int s = 0; s < kernel; s++)
            {
                int yy = (row * stride) + r - padding, xx = (column * stride) + s - padding;
                if (yy < 0 || yy >= h || xx < 0 || xx >= w) continue;
                int at = (((((image * h) + yy) * w) + xx) * c) + channel;
                if (best < 0 || x[at] > x[best]) best = at;
            }
        }

        return best;
    }

    /// <summary>Max pooling with "less" where "less or equal" belongs.</summary>
    private static void LastWinnerKernel(
        ArrayView<float> x, ArrayView<int> winner, int count, int h, int w, int c, int p, int q, int kernel, int stride, int padding)
    {
        for (int output = Group.IdxX; output < count; output += Group.DimX)
        {
            int channel = output % c, column = output / c % q, row = output / c / q % p, image = output / c / q / p, place = 0;
            float best = float.NegativeInfinity;
            for (int r = 0; r < kernel; r++)
            {
                for (int s = 0; s < kernel; s++)
                {
                    int yy = (row * stride) + r - padding, xx = (column * stride) + s - padding;
                    if (yy < 0 || yy >= h || xx < 0 || xx >= w) continue;
                    float value = x[(((((image * h) + yy) * w) + xx) * c) + channel];
                    if (value < best) continue;
                    best = value;
                    place = (yy * w) + xx;
                }
            }

            winner[output] = place;
        }
    }
}
