using NegSamples.Kernels;
using NegSamples.Kernels.Cuda.Products;
using NegSamples.Kernels.Cuda;
using NegSamples.PtxInterpreter;

namespace NegSamples.Tests.Kernels.Cuda.Products;

public class ProductStatisticsTests
{
    /// <summary>One tile; three, of which the last has 6 rows; columns that end within a panel. Far from zero, where sums of squares alone would cancel.</summary>
    [Theory]
    [InlineData(Precision.BFloat16, 1, 8, 8, 16)]
    [InlineData(Precision.BFloat16, 2, 67, 1, 72)]
    [InlineData(Precision.BFloat16, 2, 67, 1, 72, MatrixKernels.Wgmma)]
    [InlineData(Precision.Float32, 2, 67, 1, 20)]
    internal void AreThoseOfTheNumbersThatWereWritten(Precision precision, int n, int h, int w, int outputs, MatrixKernels kernels = MatrixKernels.Mma)
    {
        using CudaRig rig = new(precision, kernels: kernels);
        ElementType type = rig.Ops.ActivationType;
        float[] values = new float[n * h * w * 8], weights = new float[outputs * 8];
        Random random = new(5);
        foreach (ref float value in values.AsSpan()) value = 3 + random.NextSingle();
        foreach (ref float value in weights.AsSpan()) value = 1 + random.NextSingle();
        Tensor x = rig.Of(values, type, n, h, w, 8), filter = rig.Of(weights, ElementType.Float32, outputs, 1, 1, 8), y = rig.Unwritten(type, n, h, w, outputs);
        int tiles = ((n * h * w) + 63) / 64;
        Tensor statistics = rig.Unwritten(tiles, 2, outputs);
        Assert.True(rig.Ops.LeavesColumnStatistics(x, filter, y));
        rig.Ops.Conv2dForward(x, filter, y, 1, 0, statistics);
        float[] partials = rig.Floats(statistics), written = rig.Floats(y);
        for (int tile = 0; tile < tiles; tile++)
        {
            int first = tile * 64, rows = Math.Min(64, (n * h * w) - first);
            for (int column = 0; column < outputs; column++)
            {
                double[] column64 = [.. Enumerable.Range(first, rows).Select(row => (double)written[(row * outputs) + column])];
                double sum = column64.Sum(), squares = column64.Sum(value => (value - (sum / rows)) * (value - (sum / rows)));

                // Sums of 64 distances, each at most the spread of the column, and a shift that is added once for all rows.
                double spread = column64.Max() - column64.Min(), unit = Math.ScaleB(1, -24);
                Assert.Equal(sum, partials[(((tile * 2) + 0) * outputs) + column], unit * ((4 * Math.Abs(sum)) + (rows * rows * spread)));
                Assert.Equal(squares, partials[(((tile * 2) + 1) * outputs) + column], 2 * unit * (rows + 4) * rows * spread * spread);
            }
        }

        LaunchIsCoalesced(rig);
    }

    /// <summary>Columns that are no whole vectors, and a depth that is split among blocks.</summary>
    [Fact]
    public void AreRefusedWhereNoneAreLeft()
    {
        using CudaRig rig = new();
        Tensor x = rig.Random(1, 4, 4, 4), y = rig.Unwritten(1, 4, 4, 6), statistics = rig.Unwritten(1, 2, 6), odd = rig.Random(6, 1, 1, 4);
        Assert.False(rig.Ops.LeavesColumnStatistics(x, odd, y));
        ArgumentException none = Assert.Throws<ArgumentException>(() => rig.Ops.Conv2dForward(x, odd, y, 1, 0, statistics));
        Assert.Contains("columnStatistics", none.Message);
        Tensor deep = rig.Random(1, 4, 4, 512), weights = rig.Random(8, 1, 1, 512), z = rig.Unwritten(1, 4, 4, 8);
        Assert.False(rig.Ops.LeavesColumnStatistics(deep, weights, z));
        ArgumentException shape = Assert.Throws<ArgumentException>(() => rig.Ops.Conv2dForward(deep, weights, z, 1, 0, rig.Unwritten(2, 2, 8)));
        Assert.Contains("[1, 2, 8]", shape.Message);
    }

    /// <summary>Batch norm takes the statistics for what they are: it reads them, and says the same as from x itself to a few units in the last place.</summary>
    [Fact]
    public void ReplaceThePassOverX()
    {
        using CudaRig rig = new();
        Tensor x = rig.Random(2, 9, 9, 4), w = rig.Random(8, 1, 1, 4), y = rig.Unwritten(2, 9, 9, 8), statistics = rig.Unwritten(3, 2, 8);
        rig.Ops.Conv2dForward(x, w, y, 1, 0, statistics);
        Tensor gamma = rig.Random(8);
        float[] own = Norm(default), given = Norm(statistics);
        Assert.Contains(rig.Device.Reports, report => report.Kernel.Contains("ColumnStatisticsKernel", StringComparison.Ordinal));
        for (int i = 0; i < own.Length; i++) Assert.Equal(own[i], given[i], 1e-5);
        Assert.Contains(float.NaN, Norm(rig.Unwritten(3, 2, 8)));
        Assert.Single(rig.Device.Reports, report => report.Kernel.Contains("ColumnStatisticsKernel", StringComparison.Ordinal));

        float[] Norm(Tensor columnStatistics)
        {
            Tensor result = rig.Unwritten(2, 9, 9, 8);
            rig.Ops.BatchNormForward(
                y, gamma, rig.Zeros(8), rig.Zeros(8), rig.Zeros(8), rig.Unwritten(8), rig.Unwritten(8), default, false, result, columnStatistics);
            return rig.Floats(result);
        }
    }

    private static void LaunchIsCoalesced(CudaRig rig)
    {
        LaunchReport report = rig.Device.Report("ConvolutionKernel");
        Assert.InRange((double)report.BankConflicts / report.Wavefronts, 0, 0.05);
    }
}
