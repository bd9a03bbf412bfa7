using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class PoolTests
{
    [Theory]
    [InlineData(2, 7, 9, 3, 3, 2, 1)]
    [InlineData(1, 8, 8, 33, 2, 2, 0)]
    [InlineData(3, 5, 4, 17, 3, 1, 1)]
    public void MaxPoolFollowsTheDefinitionAndItsGradientGoesToTheFirstWinner(int n, int h, int w, int c, int kernel, int stride, int padding)
    {
        int p = Ops.OutputLength(h, kernel, stride, padding), q = Ops.OutputLength(w, kernel, stride, padding);
        using Rig rig = new(10L * n * h * w * c);
        Tensor x = rig.Random(n, h, w, c), y = rig.Take(n, p, q, c), dy = rig.Random(n, p, q, c), dx = rig.Random(n, h, w, c);
        Tensor winner = rig.Arena.Take(ElementType.Int32, n, p, q, c);
        for (int i = 0; i < x.Count; i++) x.Floats[i] = MathF.Round(x.Floats[i] * 4); // few values, so that ties are common
        rig.Ops.MaxPoolForward(x, y, winner, kernel, stride, padding);
        rig.Ops.MaxPoolBackward(dy, winner, dx, kernel, stride, padding);
        double[] truth = new double[x.Count];
        for (int output = 0; output < y.Count; output++)
        {
            int channel = output % c, column = output / c % q, row = output / c / q % p, image = output / c / q / p;
            int best = -1;
            for (int r = 0; r < kernel; r++)
            for (int s = 0; s < kernel; s++)
            {
                int yy = (row * stride) + r - padding, xx = (column * stride) + s - padding;
                if (yy < 0 || yy >= h || xx < 0 || xx >= w) continue;
                int at = (((((image * h) + yy) * w) + xx) * c) + channel;
                if (best < 0 || x.Floats[at] > x.Floats[best]) best = at;
            }

            Assert.Equal(x.Floats[best], y.Floats[output]);
            truth[best] += dy.Floats[output];
        }

        Assert.InRange(Rig.MaxError(dx.Floats, truth), 0, 1e-6);
    }

    [Theory]
    [InlineData(3, 5, 7, 19)]
    [InlineData(1, 1, 1, 1)]
    [InlineData(2, 4, 4, 512)]
    public void GlobalAverageIsTheMeanAndItsGradientSpreads(int n, int h, int w, int c)
    {
        using Rig rig = new((2L * n * h * w * c) + (2L * n * c));
        Tensor x = rig.Random(n, h, w, c), y = rig.Take(n, c), dy = rig.Random(n, c), dx = rig.Random(n, h, w, c);
        rig.Ops.GlobalAveragePoolForward(x, y);
        rig.Ops.GlobalAveragePoolBackward(dy, dx);
        double[] mean = new double[n * c], spread = new double[n * h * w * c];
        for (int i = 0; i < x.Count; i++)
        {
            int cell = (i / c / w / h * c) + (i % c);
            mean[cell] += (double)x.Floats[i] / (h * w);
            spread[i] = (double)dy.Floats[cell] / (h * w);
        }

        Assert.InRange(Rig.MaxError(y.Floats, mean), 0, 1e-6);
        Assert.InRange(Rig.MaxError(dx.Floats, spread), 0, 1e-7);
    }

    [Fact]
    public void WrongArgumentsAreNamed()
    {
        using Rig rig = new(10_000);
        Tensor x = rig.Take(1, 8, 8, 3), y = rig.Take(1, 4, 4, 3), winner = rig.Arena.Take(ElementType.Int32, 1, 4, 4, 3);
        Assert.Contains("padding is 2; expected 0 to 1", Assert.Throws<ArgumentOutOfRangeException>(() => rig.Ops.MaxPoolForward(x, y, winner, 3, 2, 2)).Message, StringComparison.Ordinal);
        Assert.Contains("y is [1, 4, 4, 3]; expected [1, 8, 8, 3].", Assert.Throws<ArgumentException>(() => rig.Ops.MaxPoolForward(x, y, winner, 3, 1, 1)).Message, StringComparison.Ordinal);
    }
}
