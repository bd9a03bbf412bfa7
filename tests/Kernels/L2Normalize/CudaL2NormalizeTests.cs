using ILGPU;
using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

public class CudaL2NormalizeTests
{
    private const ElementType F32 = ElementType.Float32, BF16 = ElementType.BFloat16;

    /// <summary>One value, ragged rows and columns, a row longer than a warp's packs.</summary>
    public static TheoryData<int, int, ElementType> Cases => new()
    {
        { 1, 1, F32 }, { 5, 3, F32 }, { 33, 67, F32 }, { 9, 128, F32 }, { 3, 516, F32 }, { 5, 3, BF16 }, { 33, 67, BF16 }, { 9, 128, BF16 }, { 3, 516, BF16 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void ForwardAndBackwardErrNoMoreThanTwiceANaiveFloatLoop(int rows, int columns, ElementType type)
    {
        using CudaRig rig = new();
        using Rig cpu = new(8L * rows * (columns + 16));
        Tensor x = rig.Random(type, rows, columns), y = rig.Unwritten(rows, columns), scale = rig.Unwritten(rows, 1), dy = rig.Random(rows, columns), dx = rig.Unwritten(type, rows, columns);
        rig.Ops.L2NormalizeForward(x, y, scale);
        rig.Ops.L2NormalizeBackward(dy, y, scale, dx);
        Truth truth = new(rig.Floats(x), rig.Floats(dy), rows, columns);
        truth.Check(rig.Floats(y), rig.Floats(scale), rig.Floats(dx), type);

        Tensor cpuY = cpu.Take(rows, columns), cpuScale = cpu.Take(rows, 1), cpuDx = cpu.Take(rows, columns);
        cpu.Ops.L2NormalizeForward(rig.OnCpu(cpu, x), cpuY, cpuScale);
        cpu.Ops.L2NormalizeBackward(rig.OnCpu(cpu, dy), cpuY, cpuScale, cpuDx);
        Activations.AssertClose(Rig.Doubles(cpuY), rig.Floats(y), 2 * truth.ForwardError);
        Activations.AssertClose(Rig.Doubles(cpuDx), rig.Floats(dx), 2 * truth.BackwardError, type);

        if (type == BF16) return;
        rig.Ops.L2NormalizeForward(x, x, scale);
        rig.Ops.L2NormalizeBackward(dy, y, scale, dy);
        Assert.Equal(rig.Floats(y), rig.Floats(x));
        Assert.Equal(rig.Floats(dx), rig.Floats(dy));
    }

    [Theory]
    [InlineData(F32, 5)]
    [InlineData(F32, 8)]
    [InlineData(BF16, 8)]
    public void ARowWithoutLengthStaysZeroAndHasNoGradient(ElementType type, int columns)
    {
        using CudaRig rig = new();
        float[] values = rig.Floats(rig.Random(3, columns));
        values.AsSpan(0, columns).Clear();
        values.AsSpan(2 * columns, columns).Fill(1e-14f);
        Tensor x = rig.Of(values, type, 3, columns), y = rig.Unwritten(3, columns), scale = rig.Unwritten(3, 1), dx = rig.Unwritten(type, 3, columns);
        rig.Ops.L2NormalizeForward(x, y, scale);
        rig.Ops.L2NormalizeBackward(rig.Random(3, columns), y, scale, dx);
        Assert.All(rig.Floats(y)[..columns], value => Assert.Equal(0, value));
        Assert.All(rig.Floats(y)[(2 * columns)..], value => Assert.Equal(1e-2, value, type == BF16 ? 1e-4 : 1e-6));
        Assert.All(rig.Floats(dx)[..columns], value => Assert.Equal(0, value));
        Assert.All(rig.Floats(dx)[(2 * columns)..], value => Assert.Equal(0, value));
        Assert.All(rig.Floats(dx)[columns..(2 * columns)], value => Assert.NotEqual(0, value));
    }

    [Theory]
    [InlineData(F32)]
    [InlineData(BF16)]
    public void WholeSectorsMove(ElementType type)
    {
        using CudaRig rig = new();
        Tensor x = rig.Random(type, 64, 128), y = rig.Unwritten(64, 128), scale = rig.Unwritten(64, 1);
        rig.Ops.L2NormalizeForward(x, y, scale);
        rig.AssertWholeSectors("L2NormalizeForward");
        rig.Ops.L2NormalizeBackward(y, y, scale, x);
        rig.AssertWholeSectors("L2NormalizeBackward");
    }

    [Fact]
    public void ACopyThatLeavesOutAStepOfTheButterflyFailsTheSameCheck()
    {
        using CudaRig rig = new();
        Tensor x = rig.Random(3, 67), y = rig.Unwritten(3, 67), scale = rig.Unwritten(3, 1), dy = rig.Random(3, 67), dx = rig.Unwritten(3, 67);
        Truth truth = new(rig.Floats(x), rig.Floats(dy), 3, 67);
        rig.Launch(HalfSumKernel, 3, 32, x, y, scale, 67);
        rig.Ops.L2NormalizeBackward(dy, y, scale, dx);
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => truth.Check(rig.Floats(y), rig.Floats(scale), rig.Floats(dx), F32));
    }

    private static void HalfSumKernel(ArrayView<float> x, ArrayView<float> y, ArrayView<float> scale, int columns)
    {
        int start = Grid.IdxX * columns;
        float squares = 0;
        for (int i = Group.IdxX; i < columns; i += 32) squares += x[start + i] * x[start + i];
        for (int distance = 16; distance > 1; distance /= 2) squares += Warp.ShuffleXor(squares, distance);
        float inverse = 1f / MathF.Sqrt(squares);
        for (int i = Group.IdxX; i < columns; i += 32) y[start + i] = x[start + i] * inverse;
        if (Group.IdxX == 0) scale[Grid.IdxX] = inverse;
    }

    private sealed class Truth
    {
        private readonly double[] forward, backward, inverses;
        private readonly double scaleError;

        public Truth(float[] x, float[] dy, int rows, int columns)
        {
            (forward, backward, inverses) = (new double[x.Length], new double[x.Length], new double[rows]);
            float[] naiveForward = new float[x.Length], naiveBackward = new float[x.Length], naiveInverses = new float[rows];
            for (int i = 0; i < rows; i++)
            {
                double squares = 0, along = 0;
                float squaresInFloat = 0, alongInFloat = 0;
                for (int at = i * columns; at < (i + 1) * columns; at++) (squares, squaresInFloat) = (squares + ((double)x[at] * x[at]), squaresInFloat + (x[at] * x[at]));
                (inverses[i], naiveInverses[i]) = (1 / Math.Sqrt(squares), 1 / MathF.Sqrt(squaresInFloat));
                for (int at = i * columns; at < (i + 1) * columns; at++)
                {
                    (forward[at], naiveForward[at]) = (x[at] * inverses[i], x[at] * naiveInverses[i]);
                    (along, alongInFloat) = (along + (dy[at] * forward[at]), alongInFloat + (dy[at] * naiveForward[at]));
                }

                for (int at = i * columns; at < (i + 1) * columns; at++)
                {
                    backward[at] = inverses[i] * (dy[at] - (along * forward[at]));
                    naiveBackward[at] = naiveInverses[i] * (dy[at] - (alongInFloat * naiveForward[at]));
                }
            }

            double unit = inverses.Max() / (1 << 22);
            ForwardError = (2 * Rig.MaxError(naiveForward, forward)) + 2.4e-7;
            BackwardError = (2 * Rig.MaxError(naiveBackward, backward)) + unit;
            scaleError = (2 * Rig.MaxError(naiveInverses, inverses)) + unit;
        }

        public double ForwardError { get; }

        public double BackwardError { get; }

        public void Check(float[] y, float[] scale, float[] dx, ElementType type)
        {
            Activations.AssertClose(forward, y, ForwardError);
            Activations.AssertClose(inverses, scale, scaleError);
            Activations.AssertClose(backward, dx, BackwardError, type);
        }
    }
}
