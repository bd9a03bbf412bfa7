using System.Runtime.InteropServices;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Products;
using NegSamples.PtxInterpreter;

namespace NegSamples.Tests.Kernels.Cuda.Products;

public class ProductStatisticsTests
{
    /// <summary>One tile; three, of which the last has 6 rows; columns that end within a panel. Far from zero, where sums of squares alone would cancel.</summary>
    [Theory]
    [InlineData(Precision.BFloat16, 1, 8, 8, 16)]
    [InlineData(Precision.BFloat16, 2, 67, 1, 72)]
    [InlineData(Precision.Float32, 2, 67, 1, 20)]
    internal void AreThoseOfTheNumbersThatWereWritten(Precision precision, int n, int h, int w, int outputs)
    {
        using CudaRig rig = new(precision);
        ElementType type = rig.Ops.ActivationType;
        float[] values = new float[n * h * w * 8], weights = new float[outputs * 8];
        Random random = new(5);
        foreach (ref float value in values.AsSpan()) value = 3 + random.NextSingle();
        foreach (ref float value in weights.AsSpan()) value = 1 + random.NextSingle();
        Tensor x = rig.Of(values, type, n, h, w, 8), filter = rig.Of(weights, ElementType.Float32, outputs, 1, 1, 8), y = rig.Unwritten(type, n, h, w, outputs);
        rig.Ops.Conv2dForward(x, filter, y, 1, 0);
        ProductStatistics statistics = rig.Ops.ProductStatisticsOf(y)!.Value;
        Assert.Equal(((n * h * w) + 63) / 64, statistics.Tiles);
        float[] partials = new float[statistics.Partials.Count], written = rig.Floats(y);
        rig.Device.Download(statistics.Partials.Address, MemoryMarshal.AsBytes(partials.AsSpan()));
        for (int tile = 0; tile < statistics.Tiles; tile++)
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

    [Fact]
    public void AreForgottenWhenAnythingElseRuns()
    {
        using CudaRig rig = new();
        Tensor x = rig.Random(1, 4, 4, 4), w = rig.Random(8, 1, 1, 4), y = rig.Unwritten(1, 4, 4, 8), other = rig.Unwritten(1, 4, 4, 8);
        Action[] forgetful = [() => rig.Ops.Zero(y), () => rig.Ops.Copy(other, y), () => rig.Ops.Upload<float>(new float[y.Count], y), () => rig.Ops.ReluForward(y, other)];
        foreach (Action forget in forgetful)
        {
            rig.Ops.Conv2dForward(x, w, y, 1, 0);
            Assert.NotNull(rig.Ops.ProductStatisticsOf(y));
            Assert.Null(rig.Ops.ProductStatisticsOf(other));
            forget();
            Assert.Null(rig.Ops.ProductStatisticsOf(y));
        }
    }

    private static void LaunchIsCoalesced(CudaRig rig)
    {
        LaunchReport report = rig.Device.Report("ConvolutionKernel");
        Assert.InRange((double)report.BankConflicts / report.Wavefronts, 0, 0.05);
    }
}
