using NegSamples.Kernels;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Tests.Kernels;

/// <summary>The form of 3 x 3 convolutions with tiles of 2 x 2 outputs, whose products are those of bfloat16.</summary>
public sealed unsafe class BFloat16WinogradTests
{
    /// <summary>Images, height, width, in, out, padding: whole tiles, ragged ones, more channels than one panel, chunks that are not full.</summary>
    public static TheoryData<int, int, int, int, int, int> Cases => new()
    {
        { 2, 8, 8, 32, 64, 1 }, { 3, 9, 11, 64, 32, 1 }, { 1, 7, 7, 96, 160, 1 }, { 5, 4, 4, 256, 32, 1 }, { 2, 10, 13, 32, 32, 0 }, { 1, 6, 6, 32, 96, 2 },
    };

    /// <summary>Small whole numbers, and weights that are multiples of four, go through both transforms exactly: what is left is the last rounding.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void WholeNumbersAreConvolvedExactly(int n, int h, int w, int c, int o, int padding)
    {
        Conv2dTests.Geometry g = new(n, h, w, c, o, 3, 3, 1, padding);
        using BFloat16Rig rig = new(4 * g.Total);
        Random random = new(c);
        Tensor x = Whole(2, 1, n, h, w, c), weights = Whole(2, 4, o, 3, 3, c), y = Whole(9, 1, n, g.P, g.Q, o);
        Tensor dy = Whole(2, 1, n, g.P, g.Q, o), dx = Whole(9, 1, n, h, w, c);
        Assert.True(BFloat16WinogradConvolution.Suits(x, weights, y, 1));
        float[] xs = rig.Floats(x), ws = rig.Floats(weights), dys = rig.Floats(dy), back = rig.Floats(dx), forward = new float[y.Count];
        g.ForEachProduct((xi, wi, yi) =>
        {
            forward[yi] += xs[xi] * ws[wi];
            back[xi] += dys[yi] * ws[wi];
        });
        rig.Ops.Conv2dForward(x, weights, y, 1, padding);
        rig.Ops.Conv2dBackwardInput(dy, weights, dx, 1, padding, accumulate: true);
        Assert.Equal(Rounded(forward), rig.Floats(y));
        Assert.Equal(Rounded(back), rig.Floats(dx));

        Tensor Whole(int most, int unit, params ReadOnlySpan<int> shape)
        {
            Tensor tensor = rig.Random(unit == 1 ? ElementType.BFloat16 : ElementType.Float32, shape);
            rig.Ops.Upload<float>([.. Enumerable.Range(0, (int)tensor.Count).Select(_ => (float)(unit * random.Next(-most, most + 1)))], tensor);
            return tensor;
        }
    }

    /// <summary>Rounding after the transforms costs more than before them: 1.88 times in the mean square, apart from the last rounding.</summary>
    [Fact]
    public void ALayersErrorIsLessThanTwiceThatOfRoundingItsInputs()
    {
        const int channels = 64, side = 12;
        Conv2dTests.Geometry g = new(1, side, side, channels, channels, 3, 3, 1, 1);
        using BFloat16Rig rig = new(4 * g.Total);
        Random random = new(11);
        float[] xs = Normal(side * side * channels), ws = Normal(channels * 9 * channels);
        Tensor x = rig.Random(ElementType.BFloat16, 1, side, side, channels), w = rig.Random(ElementType.Float32, channels, 3, 3, channels);
        Tensor y = rig.Random(ElementType.BFloat16, 1, side, side, channels), dx = rig.Random(ElementType.BFloat16, 1, side, side, channels);
        rig.Ops.Upload<float>(xs, x);
        rig.Ops.Upload<float>(ws, w);
        float[] xRounded = Rounded(xs), wRounded = Rounded(ws);
        double[] truth = new double[y.Count], ofRounded = new double[y.Count], backTruth = new double[y.Count], backOfRounded = new double[y.Count];
        g.ForEachProduct((xi, wi, yi) =>
        {
            truth[yi] += (double)xs[xi] * ws[wi];
            ofRounded[yi] += (double)xRounded[xi] * wRounded[wi];
            backTruth[xi] += (double)xs[yi] * ws[wi];
            backOfRounded[xi] += (double)xRounded[yi] * wRounded[wi];
        });
        Assert.True(BFloat16WinogradConvolution.Suits(x, w, y, 1));
        rig.Ops.Conv2dForward(x, w, y, 1, 1);
        rig.Ops.Conv2dBackwardInput(x, w, dx, 1, 1);
        (double forward, double back) = (Ratio(rig.Floats(y), truth, ofRounded), Ratio(rig.Floats(dx), backTruth, backOfRounded));
        Assert.InRange(forward, 1, 2);
        Assert.InRange(back, 1, 2);

        // The last rounding, which every form has, is independent of what went before: squares add.
        static double Ratio(float[] values, double[] truth, double[] ofRounded)
        {
            double whole = Error([.. values.Select(value => (double)value)], truth);
            double last = Error([.. truth.Select(value => (double)BFloat16.ToFloat(BFloat16.FromFloat((float)value)))], truth);
            return Math.Sqrt((whole * whole) - (last * last)) / Error(ofRounded, truth);
        }

        float[] Normal(int count) => [.. Enumerable.Range(0, count)
            .Select(_ => (float)(Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble())))];
        static double Error(double[] values, double[] truth) => Math.Sqrt(values.Zip(truth, (value, real) => (value - real) * (value - real)).Average());
    }

    [Fact]
    public void TheTransformsAreThoseOfTheirTwins()
    {
        const int channels = 96, gap = 16, of = channels + gap;
        Random random = new(5);
        ushort[] image = [.. Enumerable.Range(0, 16 * channels).Select(_ => Half())], points = new ushort[16 * of], twinPoints = new ushort[16 * of];
        float[] products = [.. Enumerable.Range(0, 16 * of).Select(_ => (float)(random.NextDouble() - 0.5))];
        ushort** pixels = stackalloc ushort*[16];
        fixed (ushort* i = image, p = points, t = twinPoints)
        {
            for (int pixel = 0; pixel < 16; pixel++) pixels[pixel] = i + ((15 - pixel) * channels);
            BFloat16Winograd.Input(pixels, channels, p, of);
            BFloat16Winograd.InputPortable(pixels, channels, t, of);
        }

        Assert.Equal(twinPoints, points);
        foreach (bool accumulate in new[] { false, true })
        {
            ushort[] result = [.. image], twin = [.. image];
            fixed (float* m = products)
            {
                fixed (ushort* r = result, t = twin)
                {
                    for (int pixel = 0; pixel < 4; pixel++) pixels[pixel] = r + ((3 - pixel) * channels);
                    BFloat16Winograd.Output(m, of, channels, pixels, accumulate);
                    for (int pixel = 0; pixel < 4; pixel++) pixels[pixel] = t + ((3 - pixel) * channels);
                    BFloat16Winograd.OutputPortable(m, of, channels, pixels, accumulate);
                }
            }

            Assert.Equal(twin, result);
            Assert.NotEqual(image, result);
        }

        ushort Half() => BFloat16.FromFloat((float)(random.NextDouble() - 0.5));
    }

    private static float[] Rounded(float[] values) => [.. values.Select(value => BFloat16.ToFloat(BFloat16.FromFloat(value)))];
}
