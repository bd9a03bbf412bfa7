using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    private protected override unsafe void BatchNormBackwardCore(
        Tensor dy, Tensor x, Tensor y, Tensor gamma, Tensor mean, Tensor inverseDeviation, bool relu, Tensor dgamma, Tensor dbeta, Tensor dx, Tensor dresidual)
    {
        Tensor output = relu ? y : default;
        if (x.Type == ElementType.BFloat16) BatchNormBackward<BFloat16Activation>(dy, x, output, gamma, mean, inverseDeviation, dgamma, dbeta, dx, dresidual);
        else BatchNormBackward<Float32Activation>(dy, x, output, gamma, mean, inverseDeviation, dgamma, dbeta, dx, dresidual);
    }

    /// <summary>With the output of a ReLU, or no tensor where there was none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void BatchNormBackward<T>(
        Tensor dy, Tensor x, Tensor output, Tensor gamma, Tensor mean, Tensor inverseDeviation, Tensor dgamma, Tensor dbeta, Tensor dx, Tensor dresidual)
        where T : unmanaged, IActivation<T>
    {
        int rows = x.Rows, channels = x.Columns;
        int perRun = ChannelRows.RowsPerRun(rows, channels), runs = Tiling.Blocks(rows, perRun);
        float* partials = Scratch.Shared((2L * runs * channels) + (3 * channels) + RankSums.Floats(Collective, channels));
        Workers.Run(runs, new BatchNormGradientSums<T>
        {
            X = T.Of(x), Dy = T.Of(dy), Y = T.Of(output), Mean = mean.FloatPointer, InverseDeviation = inverseDeviation.FloatPointer,
            Partials = partials, Rows = rows, Channels = channels, RowsPerRun = perRun,
        });

        // dx = γ·r·(g − Σg/R − x̂·Σ(g·x̂)/R) with x̂ = (x − μ)·r, gathered as a·g + b·x + d.
        float* a = partials + (2L * runs * channels), b = a + channels, d = b + channels;
        RankSums over = new(Collective, d + channels, channels);
        AddRuns merge = new() { Partials = partials, Into = over.Own, Runs = runs, Channels = channels };
        Workers.Run(merge.Chunks, merge);
        for (int c = 0; c < channels; c++)
        {
            (double sum, double product) = over.Own[c];
            dbeta.FloatPointer[c] += (float)sum;
            dgamma.FloatPointer[c] += (float)product;
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

        Workers.Run(runs, new BatchNormGradient<T>
        {
            Dy = T.Of(dy), Y = T.Of(output), X = T.Of(x), A = a, B = b, D = d, Dx = T.Of(dx), Dresidual = T.Of(dresidual),
            Rows = rows, Channels = channels, RowsPerRun = perRun,
        });
    }

    private unsafe struct BatchNormGradientSums<T> : IChunks
        where T : unmanaged, IActivation<T>
    {
        public T* X, Dy, Y;
        public float* Mean, InverseDeviation, Partials;
        public int Rows, Channels, RowsPerRun;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int first = chunk * RowsPerRun, rows = Math.Min(RowsPerRun, Rows - first);
            long start = (long)first * Channels;
            float* sums = Partials + (2L * chunk * Channels), products = sums + Channels;
            ColumnSums.Gradient(X + start, Dy + start, Y == null ? null : Y + start, rows, Channels, Mean, InverseDeviation, sums, products);
        }
    }

    private unsafe struct BatchNormGradient<T> : IChunks
        where T : unmanaged, IActivation<T>
    {
        public T* Dy, Y, X, Dx, Dresidual;
        public float* A, B, D;
        public int Rows, Channels, RowsPerRun;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
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
