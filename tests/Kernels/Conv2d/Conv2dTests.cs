using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class Conv2dTests
{
    /// <summary>images, height, width, in, out, kernel height, kernel width, stride, padding.</summary>
    public static TheoryData<int, int, int, int, int, int, int, int, int> Cases => new()
    {
        { 1, 1, 1, 1, 1, 1, 1, 1, 0 },
        { 2, 7, 5, 3, 9, 3, 3, 1, 1 },
        { 3, 8, 8, 32, 40, 3, 3, 1, 1 },
        { 2, 9, 7, 5, 33, 3, 3, 2, 1 },
        { 2, 6, 10, 64, 32, 1, 1, 2, 0 },
        { 1, 11, 13, 4, 8, 7, 7, 2, 3 },
        { 2, 5, 5, 6, 7, 3, 3, 1, 3 },
        { 1, 10, 9, 3, 5, 2, 4, 3, 1 },
        { 1, 4, 4, 300, 35, 3, 3, 1, 1 },
        { 5, 16, 16, 33, 17, 3, 3, 1, 0 },
        { 2, 3, 2, 3, 4, 7, 7, 1, 3 },
    };

    [Theory, MemberData(nameof(Cases))]
    public void ForwardErrsNoMoreThanTwiceANaiveFloatLoop(int n, int h, int w, int c, int o, int kh, int kw, int stride, int padding)
    {
        Geometry g = new(n, h, w, c, o, kh, kw, stride, padding);
        using Rig rig = new(2 * g.Total);
        Tensor x = rig.Random(n, h, w, c), weights = rig.Random(o, kh, kw, c), y = rig.Random(n, g.P, g.Q, o);
        double[] truth = new double[y.Count];
        float[] naive = new float[y.Count];
        float[] xs = x.Floats.ToArray(), ws = weights.Floats.ToArray();
        g.ForEachProduct((xi, wi, yi) =>
        {
            truth[yi] += (double)xs[xi] * ws[wi];
            naive[yi] += xs[xi] * ws[wi];
        });
        rig.Ops.Conv2dForward(x, weights, y, stride, padding);
        Assert.InRange(Rig.MaxError(y.Floats, truth), 0, (2 * Rig.MaxError(naive, truth)) + 1e-6);
    }

    [Theory, MemberData(nameof(Cases))]
    public void GradientsErrNoMoreThanTwiceANaiveFloatLoop(int n, int h, int w, int c, int o, int kh, int kw, int stride, int padding)
    {
        Geometry g = new(n, h, w, c, o, kh, kw, stride, padding);
        using Rig rig = new(4 * g.Total);
        Tensor x = rig.Random(n, h, w, c), weights = rig.Random(o, kh, kw, c), dy = rig.Random(n, g.P, g.Q, o);
        float[] xs = x.Floats.ToArray(), ws = weights.Floats.ToArray(), dys = dy.Floats.ToArray();
        foreach (bool accumulate in new[] { false, true })
        {
            Tensor dx = rig.Random(n, h, w, c), dw = rig.Random(o, kh, kw, c);
            double[] dxTruth = accumulate ? Rig.Doubles(dx) : new double[dx.Count], dwTruth = Rig.Doubles(dw);
            float[] dxNaive = accumulate ? dx.Floats.ToArray() : new float[dx.Count], dwNaive = dw.Floats.ToArray();
            g.ForEachProduct((xi, wi, yi) =>
            {
                dxTruth[xi] += (double)dys[yi] * ws[wi];
                dxNaive[xi] += dys[yi] * ws[wi];
                dwTruth[wi] += (double)dys[yi] * xs[xi];
                dwNaive[wi] += dys[yi] * xs[xi];
            });
            rig.Ops.Conv2dBackwardInput(dy, weights, dx, stride, padding, accumulate);
            rig.Ops.Conv2dBackwardWeight(x, dy, dw, stride, padding);
            Assert.InRange(Rig.MaxError(dx.Floats, dxTruth), 0, (2 * Rig.MaxError(dxNaive, dxTruth)) + 1e-6);
            Assert.InRange(Rig.MaxError(dw.Floats, dwTruth), 0, (2 * Rig.MaxError(dwNaive, dwTruth)) + 1e-6);
        }
    }

    /// <summary>Images, height, width, in, out, padding: whole tiles, ragged ones, and more channels than one panel.</summary>
    public static TheoryData<int, int, int, int, int, int> WinogradCases => new()
    {
        { 2, 8, 8, 32, 64, 1 }, { 3, 9, 11, 64, 32, 1 }, { 1, 18, 18, 96, 32, 1 }, { 5, 4, 4, 256, 64, 1 }, { 2, 10, 12, 32, 32, 0 },
    };

    /// <summary>Winograd's form trades products for sums of larger terms; with these points it loses at most a factor of 4 against a naive sum.</summary>
    [Theory, MemberData(nameof(WinogradCases))]
    public void WinogradErrsNoMoreThanFourTimesANaiveFloatLoop(int n, int h, int w, int c, int o, int padding)
    {
        Geometry g = new(n, h, w, c, o, 3, 3, 1, padding);
        using Rig rig = new(2 * g.Total);
        Tensor x = rig.Random(n, h, w, c), weights = rig.Random(o, 3, 3, c), y = rig.Take(n, g.P, g.Q, o), dy = rig.Random(n, g.P, g.Q, o), dx = rig.Random(n, h, w, c), dw = rig.Random(o, 3, 3, c);
        Assert.True(WinogradConvolution.Suits(x, weights, y, 1));
        float[] xs = x.Floats.ToArray(), ws = weights.Floats.ToArray(), dys = dy.Floats.ToArray();
        double[] yTruth = new double[y.Count], dxTruth = Rig.Doubles(dx), dwTruth = Rig.Doubles(dw);
        float[] yNaive = new float[y.Count], dxNaive = dx.Floats.ToArray(), dwNaive = dw.Floats.ToArray();
        g.ForEachProduct((xi, wi, yi) =>
        {
            yTruth[yi] += (double)xs[xi] * ws[wi];
            yNaive[yi] += xs[xi] * ws[wi];
            dxTruth[xi] += (double)dys[yi] * ws[wi];
            dxNaive[xi] += dys[yi] * ws[wi];
            dwTruth[wi] += (double)dys[yi] * xs[xi];
            dwNaive[wi] += dys[yi] * xs[xi];
        });
        rig.Ops.Conv2dForward(x, weights, y, 1, padding);
        rig.Ops.Conv2dBackwardInput(dy, weights, dx, 1, padding, accumulate: true);
        rig.Ops.Conv2dBackwardWeight(x, dy, dw, 1, padding);
        Assert.InRange(Rig.MaxError(y.Floats, yTruth), 0, (4 * Rig.MaxError(yNaive, yTruth)) + 1e-6);
        Assert.InRange(Rig.MaxError(dx.Floats, dxTruth), 0, (4 * Rig.MaxError(dxNaive, dxTruth)) + 1e-6);
        Assert.InRange(Rig.MaxError(dw.Floats, dwTruth), 0, (4 * Rig.MaxError(dwNaive, dwTruth)) + 1e-6);
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfThreads()
    {
        float[][]? first = null;
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using Rig rig = new(2_000_000, threads);
            List<float[]> results = [];
            foreach (int channels in new[] { 35, 64 }) // the second by Winograd's form
            {
                Tensor x = rig.Random(9, 16, 16, channels), w = rig.Random(96, 3, 3, channels), y = rig.Take(9, 16, 16, 96), dx = rig.Take(9, 16, 16, channels), dw = rig.Take(96, 3, 3, channels);
                rig.Ops.Conv2dForward(x, w, y, 1, 1);
                rig.Ops.Conv2dBackwardInput(y, w, dx, 1, 1);
                rig.Ops.Conv2dBackwardWeight(x, y, dw, 1, 1);
                results.AddRange([y.Floats.ToArray(), dx.Floats.ToArray(), dw.Floats.ToArray()]);
            }

            first ??= [.. results];
            for (int i = 0; i < results.Count; i++) Assert.Equal(first[i], results[i]);
        }
    }

    [Fact]
    public void AWrongShapeIsNamed()
    {
        using Rig rig = new(10_000);
        Tensor x = rig.Take(1, 8, 8, 3), w = rig.Take(4, 3, 3, 3);
        ArgumentException wrong = Assert.Throws<ArgumentException>(() => rig.Ops.Conv2dForward(x, w, rig.Take(1, 8, 8, 5), 1, 1));
        Assert.Contains("y is [1, 8, 8, 5]; expected [1, 8, 8, 4].", wrong.Message, StringComparison.Ordinal);
        ArgumentException small = Assert.Throws<ArgumentException>(() => rig.Ops.Conv2dForward(rig.Take(1, 2, 2, 3), w, x, 1, 0));
        Assert.Contains("x is [1, 2, 2, 3]; with padding 0 it is smaller than the window of [4, 3, 3, 3].", small.Message, StringComparison.Ordinal);
    }

    /// <summary>The published definition, one product at a time.</summary>
    internal sealed record Geometry(int N, int H, int W, int C, int O, int Kh, int Kw, int Stride, int Padding)
    {
        public int P => ((H + (2 * Padding) - Kh) / Stride) + 1;

        public int Q => ((W + (2 * Padding) - Kw) / Stride) + 1;

        public long Total => (3L * N * H * W * C) + (3L * O * Kh * Kw * C) + (3L * N * P * Q * O) + 10_000;

        public void ForEachProduct(Action<int, int, int> product)
        {
            for (int n = 0; n < N; n++)
            for (int p = 0; p < P; p++)
            for (int q = 0; q < Q; q++)
            for (int o = 0; o < O; o++)
            for (int r = 0; r < Kh; r++)
            for (int s = 0; s < Kw; s++)
            {
                int y = (p * Stride) + r - Padding, x = (q * Stride) + s - Padding;
                if (y < 0 || y >= H || x < 0 || x >= W) continue;
                for (int c = 0; c < C; c++)
                    product((((((n * H) + y) * W) + x) * C) + c, (((((o * Kh) + r) * Kw) + s) * C) + c, (((((n * P) + p) * Q) + q) * O) + o);
            }
        }
    }
}
