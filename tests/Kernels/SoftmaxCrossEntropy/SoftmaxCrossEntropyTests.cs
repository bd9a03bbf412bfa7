using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class SoftmaxCrossEntropyTests
{
    /// <summary>Rows, classes, and the size of the logits; large ones overflow an exponential without the maximum taken off.</summary>
    public static TheoryData<int, int, float> Cases => new() { { 1, 1, 1 }, { 3, 2, 1 }, { 70, 10, 5 }, { 33, 67, 100 }, { 40, 1000, 1000 } };

    [Theory, MemberData(nameof(Cases))]
    public void LossAndGradientErrNoMoreThanTwiceANaiveFloatLoop(int rows, int classes, float size)
    {
        using Rig rig = new(4L * rows * (classes + 64));
        (Tensor x, Tensor labels) = Problem(rig, rows, classes, size);
        Tensor loss = rig.Take(rows), dx = rig.Take(rows, classes);
        double[] truth = new double[rows], gradient = new double[rows * classes];
        float[] naive = new float[rows], naiveGradient = new float[rows * classes];
        for (int i = 0; i < rows; i++)
        {
            float[] row = x.Row(i).ToArray();
            int label = labels.Ints[i];
            float maximum = row.Max(), sumInFloat = 0;
            foreach (float value in row) sumInFloat += MathF.Exp(value - maximum);
            double sum = row.Sum(value => Math.Exp((double)value - maximum));
            truth[i] = Math.Log(sum) + ((double)maximum - row[label]);
            naive[i] = MathF.Log(sumInFloat) - (row[label] - maximum);
            for (int c = 0; c < classes; c++)
            {
                gradient[(i * classes) + c] = ((Math.Exp((double)row[c] - maximum) / sum) - (c == label ? 1 : 0)) / rows;
                naiveGradient[(i * classes) + c] = ((MathF.Exp(row[c] - maximum) / sumInFloat) - (c == label ? 1 : 0)) / rows;
            }
        }

        rig.Ops.SoftmaxCrossEntropy(x, labels, loss, dx);
        Assert.InRange(Rig.MaxError(loss.Floats, truth), 0, (2 * Rig.MaxError(naive, truth)) + (2.4e-7 * truth.Max()));
        Assert.InRange(Rig.MaxError(dx.Floats, gradient), 0, (2 * Rig.MaxError(naiveGradient, gradient)) + (1.2e-7 / rows));
        float[] separate = dx.Floats.ToArray(), losses = loss.Floats.ToArray();
        rig.Ops.SoftmaxCrossEntropy(x, labels, loss, default);
        Assert.Equal(losses, loss.Floats.ToArray());
        rig.Ops.SoftmaxCrossEntropy(x, labels, loss, x);
        Assert.Equal(losses, loss.Floats.ToArray());
        Assert.Equal(separate, x.Floats.ToArray());
    }

    [Fact]
    public void ALargeCommonOffsetChangesNothing()
    {
        using Rig rig = new(1000);
        Tensor x = rig.Take(1, 4), labels = rig.Arena.Take(ElementType.Int32, 1), loss = rig.Take(1);
        foreach (float offset in new[] { 0, 1e5f, -1e5f })
        {
            for (int c = 0; c < 4; c++) x.Floats[c] = offset + c;
            labels.Ints[0] = 2;
            rig.Ops.SoftmaxCrossEntropy(x, labels, loss, default);
            Assert.Equal(1.4401897, loss.Floats[0], 1e-6);
        }
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfThreads()
    {
        float[]? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using Rig rig = new(100_000, threads);
            (Tensor x, Tensor labels) = Problem(rig, 301, 67, 3);
            Tensor loss = rig.Take(301);
            rig.Ops.SoftmaxCrossEntropy(x, labels, loss, x);
            float[] results = [.. loss.Floats, .. x.Floats];
            first ??= results;
            Assert.Equal(first, results);
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(4)]
    public void ALabelOutOfRangeIsNamed(int label)
    {
        using Rig rig = new(1000);
        (Tensor x, Tensor labels) = Problem(rig, 3, 4, 1);
        labels.Ints[1] = label;
        ArgumentException refused = Assert.Throws<ArgumentException>(() => rig.Ops.SoftmaxCrossEntropy(x, labels, rig.Take(3), default));
        Assert.Contains($"labels[1] is {label}; expected 0 to 3.", refused.Message, StringComparison.Ordinal);
    }

    private static (Tensor X, Tensor Labels) Problem(Rig rig, int rows, int classes, float size)
    {
        Tensor x = rig.Random(rows, classes), labels = rig.Arena.Take(ElementType.Int32, rows);
        foreach (ref float value in x.Floats) value *= size;
        for (int i = 0; i < rows; i++) labels.Ints[i] = (i * 7) % classes;
        return (x, labels);
    }
}
