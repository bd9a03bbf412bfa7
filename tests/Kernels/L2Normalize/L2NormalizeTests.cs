using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class L2NormalizeTests
{
    /// <summary>One value, one dimension, ragged rows and columns, more than one chunk.</summary>
    public static TheoryData<int, int> Shapes => new() { { 1, 1 }, { 17, 1 }, { 5, 3 }, { 33, 67 }, { 50, 513 } };

    [Theory, MemberData(nameof(Shapes))]
    public void ForwardAndBackwardErrNoMoreThanTwiceANaiveFloatLoop(int rows, int columns)
    {
        using Rig rig = new(10L * rows * (columns + 64));
        Tensor x = rig.Random(rows, columns), dy = rig.Random(rows, columns), y = rig.Take(rows, columns), dx = rig.Take(rows, columns), scale = rig.Take(rows, 1);
        double[] forward = new double[rows * columns], backward = new double[rows * columns], inverses = new double[rows];
        float[] naiveForward = new float[rows * columns], naiveBackward = new float[rows * columns], naiveInverses = new float[rows];
        for (int i = 0; i < rows; i++)
        {
            double squares = 0, along = 0;
            float squaresInFloat = 0, alongInFloat = 0;
            foreach (float value in x.Row(i)) (squares, squaresInFloat) = (squares + ((double)value * value), squaresInFloat + (value * value));
            (inverses[i], naiveInverses[i]) = (1 / Math.Sqrt(squares), 1 / MathF.Sqrt(squaresInFloat));
            for (int j = 0; j < columns; j++)
            {
                int at = (i * columns) + j;
                (forward[at], naiveForward[at]) = (x.Floats[at] * inverses[i], x.Floats[at] * naiveInverses[i]);
                (along, alongInFloat) = (along + (dy.Floats[at] * forward[at]), alongInFloat + (dy.Floats[at] * naiveForward[at]));
            }

            for (int at = i * columns; at < (i + 1) * columns; at++)
            {
                backward[at] = inverses[i] * (dy.Floats[at] - (along * forward[at]));
                naiveBackward[at] = naiveInverses[i] * (dy.Floats[at] - (alongInFloat * naiveForward[at]));
            }
        }

        rig.Ops.L2NormalizeForward(x, y, scale);
        rig.Ops.L2NormalizeBackward(dy, y, scale, dx);
        double unit = inverses.Max() / (1 << 22);
        Assert.InRange(Rig.MaxError(y.Floats, forward), 0, (2 * Rig.MaxError(naiveForward, forward)) + 2.4e-7);
        Assert.InRange(Rig.MaxError(scale.Floats, inverses), 0, (2 * Rig.MaxError(naiveInverses, inverses)) + unit);
        Assert.InRange(Rig.MaxError(dx.Floats, backward), 0, (2 * Rig.MaxError(naiveBackward, backward)) + unit);

        rig.Ops.L2NormalizeForward(x, x, scale);
        rig.Ops.L2NormalizeBackward(dy, y, scale, dy);
        Assert.Equal(y.Floats.ToArray(), x.Floats.ToArray());
        Assert.Equal(dx.Floats.ToArray(), dy.Floats.ToArray());
    }

    [Fact]
    public void BackwardIsTheSlopeOfForward()
    {
        const int columns = 9;
        using Rig rig = new(1000);
        Tensor x = rig.Random(1, columns), dy = rig.Random(1, columns), y = rig.Take(1, columns), dx = rig.Take(1, columns), scale = rig.Take(1, 1);
        rig.Ops.L2NormalizeForward(x, y, scale);
        rig.Ops.L2NormalizeBackward(dy, y, scale, dx);
        for (int j = 0; j < columns; j++)
        {
            double Loss(double step)
            {
                double[] moved = Rig.Doubles(x);
                moved[j] += step;
                double norm = Math.Sqrt(moved.Sum(value => value * value));
                return moved.Select((value, i) => value / norm * dy.Floats[i]).Sum();
            }

            Assert.Equal((Loss(1e-5) - Loss(-1e-5)) / 2e-5, dx.Floats[j], 1e-6);
        }
    }

    [Fact]
    public void ARowWithoutLengthStaysZeroAndHasNoGradient()
    {
        using Rig rig = new(1000);
        Tensor x = rig.Random(3, 5), dy = rig.Random(3, 5), y = rig.Take(3, 5), dx = rig.Random(3, 5), scale = rig.Take(3, 1);
        x.Row(0).Clear();
        x.Row(2).Fill(1e-14f);
        rig.Ops.L2NormalizeForward(x, y, scale);
        rig.Ops.L2NormalizeBackward(dy, y, scale, dx);
        Assert.All(y.Row(0).ToArray(), value => Assert.Equal(0, value));
        Assert.All(y.Row(2).ToArray(), value => Assert.Equal(1e-2, value, 1e-6));
        Assert.All(dx.Row(0).ToArray(), value => Assert.Equal(0, value));
        Assert.All(dx.Row(2).ToArray(), value => Assert.Equal(0, value));
        Assert.All(dx.Row(1).ToArray(), value => Assert.NotEqual(0, value));
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfThreads()
    {
        float[]? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using Rig rig = new(100_000, threads);
            Tensor x = rig.Random(201, 67), dx = rig.Random(201, 67), scale = rig.Take(201, 1);
            rig.Ops.L2NormalizeForward(x, x, scale);
            rig.Ops.L2NormalizeBackward(dx, x, scale, dx);
            first ??= dx.Floats.ToArray();
            Assert.Equal(first, dx.Floats.ToArray());
        }
    }

    [Fact]
    public void AWrongShapeIsNamed()
    {
        using Rig rig = new(1000);
        ArgumentException refused = Assert.Throws<ArgumentException>(() => rig.Ops.L2NormalizeForward(rig.Take(2, 3), rig.Take(2, 3), rig.Take(3, 1)));
        Assert.Contains("scale is [3, 1]; expected [2, 1].", refused.Message, StringComparison.Ordinal);
    }
}
