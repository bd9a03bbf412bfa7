using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>Convolutions with images of bfloat16 on the CPU, beside float64 on the same images and rounded weights.</summary>
public sealed class BFloat16Conv2dTests
{
    /// <summary>images, height, width, in, out, kernel height, kernel width, stride, padding, whether the gradient is added.</summary>
    public static TheoryData<int, int, int, int, int, int, int, int, int, bool> Cases => new()
    {
        { 1, 1, 1, 1, 1, 1, 1, 1, 0, false },
        { 2, 7, 5, 3, 9, 3, 3, 1, 1, true },
        { 3, 32, 32, 3, 64, 3, 3, 1, 1, false },
        { 3, 8, 8, 32, 40, 3, 3, 1, 1, true },
        { 2, 9, 7, 5, 33, 3, 3, 2, 1, false },
        { 2, 6, 10, 64, 32, 1, 1, 2, 0, true },
        { 2, 7, 9, 32, 34, 1, 1, 2, 0, false },
        { 1, 11, 13, 4, 8, 7, 7, 2, 3, false },
        { 2, 5, 5, 6, 7, 3, 3, 1, 3, true },
        { 1, 10, 9, 3, 5, 2, 4, 3, 1, true },
        { 1, 4, 4, 300, 35, 3, 3, 1, 1, false },
        { 2, 9, 9, 96, 64, 3, 3, 2, 1, true },
        { 5, 12, 10, 33, 17, 3, 3, 1, 0, false },
        { 2, 30, 30, 3, 32, 7, 7, 2, 3, false },
        { 2, 3, 2, 3, 4, 7, 7, 1, 3, false },
        { 2, 6, 5, 37, 8, 1, 1, 1, 0, true },
    };

    private static readonly (ElementType X, ElementType Y)[] Types =
        [(ElementType.BFloat16, ElementType.BFloat16), (ElementType.Float32, ElementType.BFloat16), (ElementType.BFloat16, ElementType.Float32)];

    /// <summary>Sums are those of float32, and a result is rounded once; float32 images, as the stem reads them, are rounded on the way.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void AllButTheLastRoundingIsThatOfFloat32(int n, int h, int w, int c, int o, int kh, int kw, int stride, int padding, bool accumulate)
    {
        Conv2dTests.Geometry g = new(n, h, w, c, o, kh, kw, stride, padding);
        foreach ((ElementType xType, ElementType yType) in Types)
        {
            using BFloat16Rig rig = new(4 * g.Total);
            rig.Ops.AllowWinograd = false;
            Tensor x = rig.Random(xType, n, h, w, c), weights = rig.Random(ElementType.Float32, o, kh, kw, c), y = rig.Random(yType, n, g.P, g.Q, o);
            Tensor dy = rig.Random(yType, n, g.P, g.Q, o), dx = rig.Random(xType, n, h, w, c);
            float[] xs = Rounded(x), ws = Rounded(weights), dys = Rounded(dy), held = rig.Floats(dx);
            Sums forward = new(new float[y.Count]), back = new(accumulate ? held : new float[dx.Count]);
            g.ForEachProduct((xi, wi, yi) =>
            {
                forward.Add(yi, xs[xi], ws[wi]);
                back.Add(xi, dys[yi], ws[wi]);
            });
            rig.Ops.Conv2dForward(x, weights, y, stride, padding);
            rig.Ops.Conv2dBackwardInput(dy, weights, dx, stride, padding, accumulate);
            forward.AssertAre(rig.Floats(y), yType, kh * kw * c);
            back.AssertAre(rig.Floats(dx), xType, kh * kw * o);

            float[] Rounded(Tensor tensor) => [.. rig.Floats(tensor).Select(value => BFloat16.ToFloat(BFloat16.FromFloat(value)))];
        }
    }

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfThreads()
    {
        float[][]? first = null;
        foreach (int threads in new[] { 1, 2, 3 })
        {
            using BFloat16Rig rig = new(3_000_000, threads);
            List<float[]> results = [];
            foreach (int channels in new[] { 3, 35, 64, 256 })
            {
                foreach (bool allow in new[] { false, true })
                {
                    rig.Ops.AllowWinograd = allow;
                    Tensor x = rig.Random(ElementType.BFloat16, 9, 8, 9, channels), w = rig.Random(ElementType.Float32, 64, 3, 3, channels);
                    Tensor y = rig.Random(ElementType.BFloat16, 9, 8, 9, 64), dx = rig.Random(ElementType.BFloat16, 9, 8, 9, channels);
                    rig.Ops.Conv2dForward(x, w, y, 1, 1);
                    rig.Ops.Conv2dBackwardInput(y, w, dx, 1, 1, accumulate: true);
                    results.AddRange([rig.Floats(y), rig.Floats(dx)]);
                }
            }

            first ??= [.. results];
            for (int i = 0; i < results.Count; i++) Assert.Equal(first[i], results[i]);
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
    [InlineData(128, 96, 3, 1)]
    [InlineData(256, 256, 3, 1)]
    public void TheWorkspaceIsWhatThePlanSays(int channels, int outputs, int kernel, int stride)
    {
        CpuWorkspace workspace = CpuWorkspace.OfConvolution(outputs, kernel, channels);
        foreach (ElementType type in new[] { ElementType.Float32, ElementType.BFloat16 })
        {
            foreach (bool allow in new[] { false, true })
            {
                int side = Ops.OutputLength(16, kernel, stride, kernel / 2);
                using BFloat16Rig rig = new((8 * ((16 * 16 * channels) + (side * side * outputs))) + (outputs * kernel * kernel * channels));
                rig.Ops.AllowWinograd = allow;
                Tensor x = rig.Random(type, 8, 16, 16, channels), w = rig.Random(ElementType.Float32, outputs, kernel, kernel, channels);
                Tensor y = rig.Random(type, 8, side, side, outputs);
                rig.Ops.Conv2dForward(x, w, y, stride, kernel / 2);
                rig.Ops.Conv2dBackwardInput(y, w, x, stride, kernel / 2);
                Assert.InRange(rig.Ops.WorkspaceBytes, 1, workspace.Bytes(rig.Ops.Threads));
            }
        }
    }

    /// <summary>Sums in float64, and the sizes of what was added.</summary>
    private sealed class Sums(float[] start)
    {
        private readonly double[] sums = [.. start.Select(value => (double)value)], sizes = [.. start.Select(value => (double)Math.Abs(value))];

        public void Add(int place, float left, float right)
        {
            sums[place] += (double)left * right;
            sizes[place] += Math.Abs((double)left * right);
        }

        /// <summary>One rounding to the type, to 8 significant bits at bfloat16, of float32 sums of so many terms.</summary>
        public void AssertAre(float[] values, ElementType type, int terms)
        {
            for (int i = 0; i < values.Length; i++)
            {
                double ofSums = sizes[i] * (terms + 1) * Math.Pow(2, -24);
                double ofType = type == ElementType.BFloat16 ? (Math.Abs(sums[i]) + ofSums) * Math.Pow(2, -8) : 0;
                Assert.Equal(sums[i], values[i], ofSums + ofType);
            }
        }
    }
}
