using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>What a convolution on the CPU leaves for the batch norm behind it.</summary>
public class ColumnStatisticsTests
{
    /// <summary>
    /// images, side, in, out, kernel, stride, precision: more pixels than a chunk and a last tile of one; columns past a panel, past two and ragged; a window that is
    /// gathered; strides; Winograd's form in both precisions; a product in more than one pass; a single pixel.
    /// </summary>
    public static TheoryData<int, int, int, int, int, int, Precision> Cases => new()
    {
        { 2, 17, 32, 64, 1, 1, Precision.BFloat16 }, { 1, 19, 64, 160, 1, 1, Precision.BFloat16 }, { 2, 17, 3, 37, 3, 1, Precision.BFloat16 },
        { 3, 9, 64, 96, 3, 2, Precision.BFloat16 }, { 2, 10, 64, 64, 3, 1, Precision.BFloat16 }, { 1, 9, 2048, 33, 1, 1, Precision.BFloat16 },
        { 1, 1, 8, 64, 1, 1, Precision.BFloat16 }, { 2, 17, 32, 64, 1, 1, Precision.Float32 }, { 2, 9, 5, 37, 3, 2, Precision.Float32 },
        { 2, 10, 64, 64, 3, 1, Precision.Float32 }, { 1, 9, 600, 70, 1, 1, Precision.Float32 },
    };

    /// <summary>Far from zero, where sums of squares alone would cancel.</summary>
    [Theory, MemberData(nameof(Cases))]
    public void AreThoseOfTheNumbersThatWereWritten(int n, int side, int depth, int columns, int kernel, int stride, Precision precision)
    {
        using Problem p = new(n, side, depth, columns, kernel, stride, precision, threads: 2);
        float[] written = p.Rig.Floats(p.Y);
        int rows = p.Y.Rows, tiles = (rows + 63) / 64;
        for (int tile = 0; tile < tiles; tile++)
        {
            int first = tile * 64, count = Math.Min(64, rows - first);
            for (int column = 0; column < columns; column++)
            {
                double[] of = [.. Enumerable.Range(first, count).Select(row => (double)written[(row * columns) + column])];
                double sum = of.Sum(), mean = sum / count, squares = of.Sum(value => (value - mean) * (value - mean));

                // Each of the sums rounds to a part of itself, and the mean that it is divided to shifts every distance.
                double spread = of.Max() - of.Min(), unit = Math.ScaleB(1, -24), shift = 2 * count * unit * of.Max(Math.Abs);
                Assert.Equal(sum, p.Statistics.Floats[(2 * tile * columns) + column], count * unit * of.Sum(Math.Abs));
                Assert.Equal(
                    squares, p.Statistics.Floats[(((2 * tile) + 1) * columns) + column], (2 * (count + 4) * unit * squares) + (count * shift * ((2 * spread) + shift)));
            }
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void GiveBatchNormTheBitsThatItWouldGetFromMemory(int n, int side, int depth, int columns, int kernel, int stride, Precision precision)
    {
        if (n * side == 1) return; // one row has no variance
        float[][] results = [.. new[] { (1, true), (2, true), (5, true), (2, false) }.Select(way =>
        {
            using Problem p = new(n, side, depth, columns, kernel, stride, precision, threads: way.Item1);
            Tensor Vector() => p.Rig.Random(columns);
            Tensor mean = Vector(), inverse = Vector(), z = p.Rig.Activations(p.Y.Rows, columns).Reshape(p.Y[0], p.Y[1], p.Y[2], columns);
            p.Rig.Ops.BatchNormForward(
                p.Y, Vector(), Vector(), Vector(), Vector(), mean, inverse, default, false, z, way.Item2 ? p.Statistics : default);
            return (float[])[.. mean.Floats, .. inverse.Floats, .. p.Rig.Floats(z)];
        })];
        foreach (float[] other in results[1..]) Assert.Equal(results[0], other);
    }

    /// <summary>Statistics that a batch norm is given it believes: it reads x no second time for them.</summary>
    [Fact]
    public void AreReadInsteadOfTheRows()
    {
        using Problem p = new(2, 17, 32, 64, 1, 1, Precision.Float32, threads: 2);
        Tensor Vector() => p.Rig.Random(64);
        Tensor mean = Vector(), z = p.Rig.Take(p.Y[0], p.Y[1], p.Y[2], 64);
        for (int tile = 0; tile < p.Statistics[0]; tile++) p.Statistics.Floats.Slice(2 * tile * 64, 64).Fill(5 * Math.Min(64, p.Y.Rows - (64 * tile)));
        p.Rig.Ops.BatchNormForward(p.Y, Vector(), Vector(), Vector(), Vector(), mean, Vector(), default, false, z, p.Statistics);
        foreach (float value in mean.Floats) Assert.Equal(5, value, 1e-6f);
    }

    private sealed class Problem : IDisposable
    {
        public Problem(int n, int side, int depth, int columns, int kernel, int stride, Precision precision, int threads)
        {
            int padding = kernel / 2, output = Ops.OutputLength(side, kernel, stride, padding), rows = n * output * output;
            Rig = new(4L * ((n * side * side * depth) + (columns * kernel * kernel * depth) + (4 * rows * columns) + (20 * columns) + 4096), threads, precision);
            Tensor x = Rig.Activations(n, side, side, depth), w = Rig.Random(columns, kernel, kernel, depth);
            foreach (ref float weight in w.Floats) weight += 2;
            Y = Rig.Activations(n, output, output, columns);
            Statistics = Rig.Random((rows + 63) / 64, 2, columns);
            Assert.True(Rig.Ops.LeavesColumnStatistics(x, w, Y));
            Rig.Ops.Conv2dForward(x, w, Y, stride, padding, Statistics);
        }

        public Rig Rig { get; }

        public Tensor Y { get; }

        public Tensor Statistics { get; }

        public void Dispose() => Rig.Dispose();
    }
}
