using ILGPU;
using ILGPU.Algorithms;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

public class CudaSoftmaxCrossEntropyTests
{
    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(9, 10, 4)]
    [InlineData(5, 33, 40)]
    [InlineData(17, 100, 90)]
    [InlineData(3, 1000, 12)]
    public void LossAndGradientFollowTheFormula(int rows, int columns, float range)
    {
        using CudaRig rig = new();
        using Rig cpu = new(4L * rows * (columns + 64));
        Problem p = new(rig, rows, columns, range);
        Tensor loss = rig.Unwritten(rows), dx = rig.Unwritten(rows, columns), alone = rig.Unwritten(rows);
        rig.Ops.SoftmaxCrossEntropy(p.X, p.Labels, loss, dx);
        p.Check(rig.Floats(loss), rig.Floats(dx));

        Tensor cpuLabels = cpu.Arena.Take(ElementType.Int32, rows), cpuLoss = cpu.Take(rows), cpuDx = cpu.Take(rows, columns);
        rig.Ints(p.Labels).CopyTo(cpuLabels.Ints);
        cpu.Ops.SoftmaxCrossEntropy(rig.OnCpu(cpu, p.X), cpuLabels, cpuLoss, cpuDx);
        p.Check(cpuLoss.Floats, cpuDx.Floats);

        rig.Ops.SoftmaxCrossEntropy(p.X, p.Labels, alone, default);
        Assert.Equal(rig.Floats(loss), rig.Floats(alone));
        rig.Ops.SoftmaxCrossEntropy(p.X, p.Labels, loss, p.X);
        Assert.Equal(rig.Floats(dx), rig.Floats(p.X));
    }

    [Fact]
    public void LargeLogitsDoNotOverflowAndACopyThatKeepsTheMaximumFailsTheSameCheck()
    {
        using CudaRig rig = new();
        Problem p = new(rig, 4, 37, 600);
        Tensor loss = rig.Unwritten(4), dx = rig.Unwritten(4, 37);
        rig.Ops.SoftmaxCrossEntropy(p.X, p.Labels, loss, dx);
        p.Check(rig.Floats(loss), rig.Floats(dx));
        rig.Launch(WithoutMaximumKernel, 1, 32, p.X, p.Labels, loss, 4, 37);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => p.Check(rig.Floats(loss), rig.Floats(dx)));
    }

    [Fact]
    public void MinusInfinityHasNoShareAndNaNIsSeen()
    {
        using CudaRig rig = new();
        Tensor x = rig.Of([0f, float.NegativeInfinity, 0f, float.NaN, 1f, 2f], ElementType.Float32, 2, 3), loss = rig.Unwritten(2), dx = rig.Unwritten(2, 3);
        rig.Ops.SoftmaxCrossEntropy(x, rig.Of([0, 1], 2), loss, dx);
        Assert.Equal(Math.Log(2), rig.Floats(loss)[0], 1e-6);
        Assert.Equal([-0.25f, 0, 0.25f], rig.Floats(dx)[..3]);
        Assert.All(rig.Floats(dx)[3..], value => Assert.Equal(float.NaN, value));
        Assert.Equal(float.NaN, rig.Floats(loss)[1]);
    }

    [Fact]
    public void AWrongLabelIsNamedBeforeAnythingIsWritten()
    {
        using CudaRig rig = new();
        Tensor loss = rig.Unwritten(3);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => rig.Ops.SoftmaxCrossEntropy(rig.Random(3, 5), rig.Of([0, 4, 5], 3), loss, default));
        Assert.Contains("labels[2] is 5; expected 0 to 4.", refused.Message, StringComparison.Ordinal);
        Assert.Empty(rig.Device.Reports);
    }

    /// <summary>From near 0, where one term is left, through the range of softmax to the smallest normal number.</summary>
    [Fact]
    public void TheExponentialErrsByTheUnitsApproximationAlone()
    {
        using CudaRig rig = new();
        float[] x = [.. Enumerable.Range(0, 500).Select(i => i * i * -87f / 250000), -0f, 1, 20, 80];
        Tensor y = rig.Unwritten(x.Length);
        rig.Launch(ExponentialKernel, 4, 128, rig.Of(x, ElementType.Float32, x.Length), y, x.Length);
        float[] values = rig.Floats(y);
        for (int i = 0; i < x.Length; i++) Assert.Equal(1, values[i] / Math.Exp(x[i]), 1.0 / (1 << 21)); // 2^-22 of ex2.approx, two roundings of 2^-24 each.
        Tensor far = rig.Of([-104f, -119, -200, float.NegativeInfinity, float.NaN], ElementType.Float32, 5);
        rig.Launch(ExponentialKernel, 1, 32, far, far, 5);
        Assert.All(rig.Floats(far)[..4], value => Assert.InRange(value, 0, 1e-44f));
        Assert.Equal(float.NaN, rig.Floats(far)[4]);
    }

    [Fact]
    public void WholeSectorsMove()
    {
        using CudaRig rig = new();
        rig.Ops.SoftmaxCrossEntropy(rig.Random(64, 128), rig.Of(new int[64], 64), rig.Unwritten(64), rig.Unwritten(64, 128));
        rig.AssertWholeSectors("SoftmaxCrossEntropy");
    }

    private static void ExponentialKernel(ArrayView<float> x, ArrayView<float> y, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i < count) y[i] = DeviceExponential.Of(x[i]);
    }

    /// <summary>ln Σ exp(x) as it is written.</summary>
    private static void WithoutMaximumKernel(ArrayView<float> x, ArrayView<int> labels, ArrayView<float> loss, int rows, int columns)
    {
        int row = Group.IdxX;
        if (row >= rows) return;
        float sum = 0;
        for (int c = 0; c < columns; c++) sum += XMath.Exp(x[(row * columns) + c]);
        loss[row] = XMath.Log(sum) - x[(row * columns) + labels[row]];
    }

    private sealed class Problem
    {
        private readonly double[] losses, gradients;
        private readonly double lossError;

        public Problem(CudaRig rig, int rows, int columns, float range)
        {
            float[] x = Array.ConvertAll(rig.Floats(rig.Random(rows, columns)), value => range * value);
            int[] labels = [.. Enumerable.Range(0, rows).Select(row => row * 7 % columns)];
            (X, Labels, losses, gradients) = (rig.Of(x, ElementType.Float32, rows, columns), rig.Of(labels, rows), new double[rows], new double[x.Length]);
            for (int row = 0; row < rows; row++)
            {
                double[] logits = [.. x.AsSpan(row * columns, columns).ToArray().Select(value => (double)value)];
                double maximum = logits.Max(), sum = logits.Sum(value => Math.Exp(value - maximum));
                losses[row] = Math.Log(sum) + maximum - logits[labels[row]];
                for (int c = 0; c < columns; c++) gradients[(row * columns) + c] = ((Math.Exp(logits[c] - maximum) / sum) - (c == labels[row] ? 1 : 0)) / rows;
            }

            // The logarithm errs by 2^-22 where it is near 0, the sum by its additions, the difference of the maximum and the logit by a rounding.
            lossError = (columns * 6e-8) + 5e-7 + (range * 1.2e-7);
        }

        public Tensor X { get; }

        public Tensor Labels { get; }

        public void Check(ReadOnlySpan<float> loss, ReadOnlySpan<float> dx)
        {
            Activations.AssertClose(losses, loss, lossError);
            Activations.AssertClose(gradients, dx, 1e-6 / losses.Length);
        }
    }
}
