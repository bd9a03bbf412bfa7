using NegSamples.Kernels;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

public class BatchNormOverRanksTests
{
    /// <summary>Ranks with other numbers of rows each, one of them with a single one: the statistics and gradients of all rows together.</summary>
    [Theory]
    [InlineData(5, new[] { 3, 5 }, false)]
    [InlineData(17, new[] { 1, 7, 4 }, false)]
    [InlineData(3, new[] { 1, 1 }, false)]
    [InlineData(5, new[] { 3, 5 }, true)]
    [InlineData(17, new[] { 1, 7, 4 }, true)]
    [InlineData(3, new[] { 1, 1 }, true)]
    [InlineData(40, new[] { 301, 2 }, true)]
    [InlineData(130, new[] { 9, 70, 33 }, true)]
    public void AreThoseOfOneBatch(int channels, int[] rows, bool onCuda)
    {
        int all = rows.Sum();
        float[] x = Numbers(1, all * channels, 3), dy = Numbers(2, all * channels, 0), gamma = Numbers(3, channels, 1), beta = Numbers(4, channels, 0);
        Result[] ranks = ThreadCollective.Run(rows.Length, collective =>
        {
            int first = rows[..collective.Rank].Sum() * channels, count = rows[collective.Rank] * channels;
            using Ops ops = onCuda ? new CudaOps(new InterpretedDevice(), Precision.Float32) : new CpuOps(1);
            ops.Collective = collective;
            return Run(ops, x[first..(first + count)], dy[first..(first + count)], gamma, beta);
        });

        for (int c = 0; c < channels; c++)
        {
            double[] column = [.. Enumerable.Range(0, all).Select(i => (double)x[(i * channels) + c])], slopes = [.. Enumerable.Range(0, all).Select(i => (double)dy[(i * channels) + c])];
            double mean = column.Average(), variance = column.Average(value => (value - mean) * (value - mean)), inverse = 1 / Math.Sqrt(variance + Ops.BatchNormEpsilon);
            double[] hat = [.. column.Select(value => (value - mean) * inverse)];
            double sum = slopes.Sum(), product = slopes.Zip(hat, (g, h) => g * h).Sum();
            Assert.Equal(0.1 * mean, ranks[0].RunningMean[c], 1e-6);
            Assert.Equal(0.9 + (0.1 * variance * all / (all - 1)), ranks[0].RunningVariance[c], 1e-5);

            // dγ and dβ are of the own rows: they add up over the ranks.
            Assert.Equal(sum, ranks.Sum(rank => (double)rank.Dbeta[c]), 1e-5);
            Assert.Equal(product, ranks.Sum(rank => (double)rank.Dgamma[c]), 1e-5);
            for (int rank = 0, row = 0; rank < rows.Length; rank++)
            {
                Assert.Equal(ranks[0].RunningVariance[c], ranks[rank].RunningVariance[c]);
                for (int i = 0; i < rows[rank]; i++, row++)
                {
                    Assert.Equal((gamma[c] * hat[row]) + beta[c], ranks[rank].Y[(i * channels) + c], 2e-5);
                    Assert.Equal(gamma[c] * inverse * (slopes[row] - (sum / all) - (hat[row] * product / all)), ranks[rank].Dx[(i * channels) + c], 1e-4 * Math.Max(1, inverse));
                }
            }
        }
    }

    private static Result Run(Ops ops, float[] x, float[] dy, float[] gamma, float[] beta)
    {
        int channels = gamma.Length, rows = x.Length / channels;
        using Arena arena = ops.CreateArena("test", (4 * Arena.BytesFor(ElementType.Float32, x.Length)) + (8 * Arena.BytesFor(ElementType.Float32, channels)));
        Tensor input = arena.Take(rows, channels), output = arena.Take(rows, channels), slopes = arena.Take(rows, channels), dx = arena.Take(rows, channels);
        Tensor g = arena.Take(channels), b = arena.Take(channels), runningMean = arena.Take(channels), runningVariance = arena.Take(channels),
            mean = arena.Take(channels), inverse = arena.Take(channels), dgamma = arena.Take(channels), dbeta = arena.Take(channels);
        ops.Upload<float>(x, input);
        ops.Upload<float>(dy, slopes);
        ops.Upload<float>(gamma, g);
        ops.Upload<float>(beta, b);
        ops.Upload<float>([.. Enumerable.Repeat(1f, channels)], runningVariance);
        foreach (Tensor zeros in new[] { runningMean, dgamma, dbeta }) ops.Zero(zeros); // The interpreter's memory starts as NaN.
        ops.BatchNormForward(input, g, b, runningMean, runningVariance, mean, inverse, default, relu: false, output);
        ops.BatchNormBackward(slopes, input, default, g, mean, inverse, relu: false, dgamma, dbeta, dx, default);
        return new(Floats(output), Floats(dx), Floats(dgamma), Floats(dbeta), Floats(runningMean), Floats(runningVariance));

        float[] Floats(Tensor tensor)
        {
            float[] values = new float[tensor.Count];
            ops.Download<float>(tensor, values);
            return values;
        }
    }

    private static float[] Numbers(uint stream, int count, float around) =>
        [.. Enumerable.Range(0, count).Select(i => around + (float)new Philox(11, RandomPurpose.Evaluation, stream, (uint)i).Normal(0))];

    private sealed record Result(float[] Y, float[] Dx, float[] Dgamma, float[] Dbeta, float[] RunningMean, float[] RunningVariance);
}
