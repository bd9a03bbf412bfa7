using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    protected override unsafe void BatchNormBackwardCore(
        Tensor dy, Tensor x, Tensor y, Tensor gamma, Tensor mean, Tensor inverseDeviation, bool relu, Tensor dgamma, Tensor dbeta, Tensor dx, Tensor dresidual)
    {
        int rows = x.Rows, channels = x.Columns;
        int perRun = ChannelRows.RowsPerRun(rows, channels), runs = Tiling.Blocks(rows, perRun);
        float* partials = Scratch.Shared((2L * runs * channels) + (3 * channels) + RankSums.Floats(Collective, channels));
        float* output = relu ? y.FloatPointer : null;
        Workers.Run(runs, new BatchNormGradientSums
        {
            X = x.FloatPointer, Dy = dy.FloatPointer, Y = output, Mean = mean.FloatPointer, InverseDeviation = inverseDeviation.FloatPointer,
            Partials = partials, Rows = rows, Channels = channels, RowsPerRun = perRun,
        });

        // dx = γ·r·(g − Σg/R − x̂·Σ(g·x̂)/R) with x̂ = (x − μ)·r, gathered as a·g + b·x + d.
        float* a = partials + (2L * runs * channels), b = a + channels, d = b + channels;
        RankSums over = new(Collective, d + channels, channels);
        for (int c = 0; c < channels; c++)
        {
            double sum = 0, product = 0;
            for (int run = 0; run < runs; run++)
            {
                sum += partials[(2L * run * channels) + c];
                product += partials[(((2L * run) + 1) * channels) + c];
            }

            dbeta.FloatPointer[c] += (float)sum;
            dgamma.FloatPointer[c] += (float)product;
            over.Put(c, sum, product);
        }

        double allRows = over.Gather(rows);
        for (int c = 0; c < channels; c++)
        {
            (double sum, double product) = over.Sums(c);
            double inverse = inverseDeviation.FloatPointer[c], scale = gamma.FloatPointer[c] * inverse;
            double slope = -scale * inverse * product / allRows;
            a[c] = (float)scale;
            b[c] = (float)slope;
            d[c] = (float)((-scale * sum / allRows) - (slope * mean.FloatPointer[c]));
        }

        Workers.Run(runs, new BatchNormGradient
        {
            Dy = dy.FloatPointer, Y = output, X = x.FloatPointer, A = a, B = b, D = d, Dx = dx.FloatPointer,
            Dresidual = dresidual.IsNone ? null : dresidual.FloatPointer, Rows = rows, Channels = channels, RowsPerRun = perRun,
        });
    }

    private unsafe struct BatchNormGradientSums : IChunks
    {
        public float* X, Dy, Y, Mean, InverseDeviation, Partials;
        public int Rows, Channels, RowsPerRun;

        public void Run(int chunk, int worker)
        {
            int first = chunk * RowsPerRun, rows = Math.Min(RowsPerRun, Rows - first);
            long start = (long)first * Channels;
            ColumnSums.Gradient(
                X + start, Dy + start, Y == null ? null : Y + start, rows, Channels, new ReadOnlySpan<float>(Mean, Channels),
                new ReadOnlySpan<float>(InverseDeviation, Channels),
                new Span<float>(Partials + (2L * chunk * Channels), Channels), new Span<float>(Partials + (((2L * chunk) + 1) * Channels), Channels));
        }
    }

    private unsafe struct BatchNormGradient : IChunks
    {
        public float* Dy, Y, X, A, B, D, Dx, Dresidual;
        public int Rows, Channels, RowsPerRun;

        public void Run(int chunk, int worker)
        {
            int first = chunk * RowsPerRun, rows = Math.Min(RowsPerRun, Rows - first);
            long start = (long)first * Channels;
            for (int row = 0; row < rows; row++, start += Channels)
            {
                BatchNormRow.Gradient(
                    Dy + start, Y == null ? null : Y + start, X + start, A, B, D, Dx + start, Dresidual == null ? null : Dresidual + start, Channels);
            }
        }
    }
}
