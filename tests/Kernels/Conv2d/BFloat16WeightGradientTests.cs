using NegSamples.Kernels;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Tests.Kernels;

public sealed class BFloat16WeightGradientTests
{
    /// <summary>Images, side, channels, outputs, kernel, stride, padding: whole windows copied, strips of channels, odd widths, bands, several runs.</summary>
    public static TheoryData<int, int, int, int, int, int, int> Shapes => new()
    {
        { 3, 9, 3, 20, 3, 1, 1 }, { 2, 13, 3, 33, 7, 2, 3 }, { 2, 7, 5, 40, 5, 3, 2 }, { 2, 8, 64, 32, 3, 1, 1 }, { 3, 7, 40, 33, 3, 1, 1 }, { 2, 9, 12, 8, 3, 2, 1 },
        { 2, 10, 20, 70, 1, 2, 0 }, { 1, 6, 9, 5, 1, 1, 0 }, { 1, 40, 8, 32, 3, 1, 1 }, { 1, 5, 8, 32, 2, 3, 0 }, { 2, 6, 300, 32, 1, 1, 0 },

        // One pixel for each, of images of odd sides: two images in a row, one alone, and so large that rows stay as they are.
        { 4, 7, 40, 33, 1, 1, 0 }, { 3, 7, 24, 64, 1, 1, 0 }, { 2, 9, 8, 32, 1, 1, 0 }, { 1, 33, 8, 32, 1, 1, 0 }, { 2, 33, 8, 20, 1, 1, 0 },
    };

    /// <summary>The types of the tensors choose the products, as in the other passes.</summary>
    [Fact]
    public void Float32TensorsAreMultipliedAsFloat32()
    {
        float[][] gradients = [.. new[] { Precision.BFloat16, Precision.Float32 }.Select(precision =>
        {
            using CpuOps ops = new(1, precision);
            using Arena arena = ops.CreateArena("tensors", 1 << 20);
            Random random = new(5);
            Tensor x = arena.Take(2, 8, 8, 12), dy = arena.Take(2, 8, 8, 20), dw = arena.Take(20, 3, 3, 12);
            foreach (Tensor tensor in new[] { x, dy, dw }) ops.Upload<float>([.. Enumerable.Range(0, (int)tensor.Count).Select(_ => random.NextSingle() - 0.5f)], tensor);
            ops.Conv2dBackwardWeight(x, dy, dw, 1, 1);
            float[] gradient = new float[dw.Count];
            ops.Download(dw, gradient);
            return gradient;
        })];
        Assert.Equal(gradients[1], gradients[0]);
    }

    [Theory, MemberData(nameof(Shapes))]
    public void TheDirectFormErrsAsFloat32SumsDo(int images, int side, int channels, int outputs, int kernel, int stride, int padding)
    {
        int outputSide = ((side + (2 * padding) - kernel) / stride) + 1;
        using BFloat16Rig rig = new(1_000_000);
        rig.Ops.AllowWinograd = false;
        (Tensor x, double[] xs) = rig.Known(ElementType.BFloat16, images, side, side, channels);
        (Tensor dy, double[] dys) = rig.Known(ElementType.BFloat16, images, outputSide, outputSide, outputs);
        Tensor dw = rig.Random(ElementType.Float32, outputs, kernel, kernel, channels);
        float[] before = rig.Floats(dw);
        rig.Ops.Conv2dBackwardWeight(x, dy, dw, stride, padding);
        (double[] truth, double[] sizes) = Truth(xs, dys, images, side, channels, outputSide, outputs, kernel, stride, padding);
        float[] after = rig.Floats(dw);
        for (int i = 0; i < truth.Length; i++)
            Assert.Equal(before[i] + truth[i], after[i], (sizes[i] + Math.Abs(before[i])) * 6e-8 * (4 + Math.Sqrt(images * outputSide * outputSide)));
    }

    /// <summary>
    /// Winograd's form rounds transformed numbers once more. Beside float64 it may err twice as much as x and dy rounded alone do, over all weights together.
    /// </summary>
    [Theory]
    [InlineData(6, 8, 64, 32, 1)]
    [InlineData(4, 7, 32, 64, 1)]
    [InlineData(3, 11, 16, 32, 1)]
    [InlineData(2, 12, 144, 96, 0)]
    public void TheTilesErrAtMostTwiceWhatRoundedInputsDo(int images, int side, int channels, int outputs, int padding)
    {
        int outputSide = side + (2 * padding) - 2;
        using BFloat16Rig rig = new(2_000_000);
        Random random = new(3);
        double[] xs = Normal(random, images * side * side * channels), dys = Normal(random, images * outputSide * outputSide * outputs);
        Tensor x = rig.Take(ElementType.BFloat16, images, side, side, channels), dy = rig.Take(ElementType.BFloat16, images, outputSide, outputSide, outputs);
        Tensor tiles = rig.Take(ElementType.Float32, outputs, 3, 3, channels), direct = rig.Take(ElementType.Float32, outputs, 3, 3, channels);
        rig.Ops.Upload<float>([.. xs.Select(value => (float)value)], x);
        rig.Ops.Upload<float>([.. dys.Select(value => (float)value)], dy);
        rig.Ops.Conv2dBackwardWeight(x, dy, tiles, 1, padding);
        rig.Ops.AllowWinograd = false;
        rig.Ops.Conv2dBackwardWeight(x, dy, direct, 1, padding);
        (double[] truth, _) = Truth(xs, dys, images, side, channels, outputSide, outputs, 3, 1, padding);
        double ofTiles = Distance(rig.Floats(tiles), truth), ofRounding = Distance(rig.Floats(direct), truth);
        if (InstructionSets.Chosen == InstructionSet.Avx512) Assert.NotEqual(rig.Floats(direct), rig.Floats(tiles)); // Narrower ones have the direct form alone.
        Assert.InRange(ofTiles, 0, 2 * ofRounding);
    }

    [Theory]
    [InlineData(3, 32, 3, 1)]
    [InlineData(64, 64, 3, 1)]
    [InlineData(64, 64, 3, 2)]
    public void TheBitsDoNotDependOnTheNumberOfThreads(int channels, int outputs, int kernel, int stride)
    {
        float[]? first = null;
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using BFloat16Rig rig = new(3_000_000, threads);
            int outputSide = ((16 + 2 - kernel) / stride) + 1;
            Tensor x = rig.Random(ElementType.BFloat16, 9, 16, 16, channels);
            Tensor dy = rig.Random(ElementType.BFloat16, 9, outputSide, outputSide, outputs);
            Tensor dw = rig.Take(ElementType.Float32, outputs, kernel, kernel, channels);
            rig.Ops.Conv2dBackwardWeight(x, dy, dw, stride, 1);
            first ??= rig.Floats(dw);
            Assert.Equal(first, rig.Floats(dw));
            Assert.Equal(0, ManagedBytes.EachRoundOf(() => rig.Ops.Conv2dBackwardWeight(x, dy, dw, stride, 1)));
        }
    }

    /// <summary>The plan of a run's memory counts on it.</summary>
    [Theory]
    [InlineData(3, 64, 3, 1)]
    [InlineData(3, 64, 7, 2)]
    [InlineData(33, 17, 3, 1)]
    [InlineData(64, 64, 3, 1)]
    [InlineData(64, 128, 3, 2)]
    [InlineData(64, 128, 1, 2)]
    [InlineData(256, 96, 3, 1)]
    public void TheWorkspaceIsWhatThePlanSays(int channels, int outputs, int kernel, int stride)
    {
        CpuWorkspace workspace = CpuWorkspace.OfConvolution(outputs, kernel, channels);
        foreach (bool allow in new[] { false, true })
        {
            int side = Ops.OutputLength(32, kernel, stride, kernel / 2);
            using BFloat16Rig rig = new((4 * ((32 * 32 * channels) + (side * side * outputs))) + (outputs * kernel * kernel * channels));
            rig.Ops.AllowWinograd = allow;
            Tensor x = rig.Random(ElementType.BFloat16, 4, 32, 32, channels), dy = rig.Random(ElementType.BFloat16, 4, side, side, outputs);
            rig.Ops.Conv2dBackwardWeight(x, dy, rig.Take(ElementType.Float32, outputs, kernel, kernel, channels), stride, kernel / 2);
            Assert.InRange(rig.Ops.WorkspaceBytes, 1, workspace.Bytes(rig.Ops.Threads));
        }
    }

    private static double[] Normal(Random random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];

    private static double Distance(float[] values, double[] truth) => Math.Sqrt(values.Zip(truth, (value, exact) => (value - exact) * (value - exact)).Sum());

    private static (double[] Gradient, double[] Sizes) Truth(
        double[] x, double[] dy, int images, int side, int channels, int outputSide, int outputs, int kernel, int stride, int padding)
    {
        double[] gradient = new double[outputs * kernel * kernel * channels], sizes = new double[gradient.Length];
        for (int pixel = 0; pixel < images * outputSide * outputSide; pixel++)
        {
            int n = pixel / outputSide / outputSide, p = pixel / outputSide % outputSide, q = pixel % outputSide;
            for (int tap = 0; tap < kernel * kernel; tap++)
            {
                int h = (p * stride) + (tap / kernel) - padding, w = (q * stride) + (tap % kernel) - padding;
                if (h < 0 || w < 0 || h >= side || w >= side) continue;
                int source = ((((n * side) + h) * side) + w) * channels;
                for (int o = 0; o < outputs; o++)
                {
                    double g = dy[(pixel * outputs) + o];
                    int target = ((o * kernel * kernel) + tap) * channels;
                    for (int c = 0; c < channels; c++)
                    {
                        gradient[target + c] += g * x[source + c];
                        sizes[target + c] += Math.Abs(g * x[source + c]);
                    }
                }
            }
        }

        return (gradient, sizes);
    }
}
