using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    private protected override unsafe void BatchNormForwardCore(
        Tensor x, Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance, Tensor mean, Tensor inverseDeviation, Tensor residual, bool relu,
        Tensor y,
        Tensor columnStatistics)
    {
        if (x.Type == ElementType.BFloat16)
            BatchNormForward<BFloat16Activation>(x, gamma, beta, runningMean, runningVariance, mean, inverseDeviation, residual, relu, y);
        else BatchNormForward<Float32Activation>(x, gamma, beta, runningMean, runningVariance, mean, inverseDeviation, residual, relu, y);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override unsafe void BatchNormInferenceCore(
        Tensor x, Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance, Tensor residual, bool relu, Tensor y)
    {
        int channels = x.Columns;
        float* scale = Scratch.Shared(2L * channels), shift = scale + channels;
        for (int c = 0; c < channels; c++)
        {
            scale[c] = (float)(gamma.FloatPointer[c] / Math.Sqrt((double)runningVariance.FloatPointer[c] + BatchNormEpsilon));
            shift[c] = beta.FloatPointer[c] - (runningMean.FloatPointer[c] * scale[c]);
        }

        if (x.Type == ElementType.BFloat16) ScaleAndShift<BFloat16Activation>(x, scale, shift, residual, relu, y);
        else ScaleAndShift<Float32Activation>(x, scale, shift, residual, relu, y);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void BatchNormForward<T>(
        Tensor x, Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance, Tensor mean, Tensor inverseDeviation, Tensor residual, bool relu,
        Tensor y)
        where T : unmanaged, IActivation<T>
    {
        int rows = x.Rows, channels = x.Columns;
        int perRun = ChannelRows.RowsPerRun(rows, channels), runs = Tiling.Blocks(rows, perRun);

        // Each run's mean and its squares about that mean, merged in the order of the runs (Chan, Golub and LeVeque 1983), in double:
        // one pass over x, without the cancellation of E[x²] − E[x]².
        float* partials = Scratch.Shared((2L * runs * channels) + (2 * channels) + RankSums.Floats(Collective, channels));
        Workers.Run(runs, new BatchNormMoments<T> { X = T.Of(x), Partials = partials, Rows = rows, Channels = channels, RowsPerRun = perRun });
        float* scale = partials + (2L * runs * channels), shift = scale + channels;
        RankSums over = new(Collective, shift + channels, channels);
        float* g = gamma.FloatPointer, b = beta.FloatPointer, m = mean.FloatPointer, inverse = inverseDeviation.FloatPointer;
        float* runM = runningMean.FloatPointer, runV = runningVariance.FloatPointer;
        RunMoments.Merge(partials, runs, perRun, rows, channels, over);
        double allRows = over.Gather(rows);
        for (int c = 0; c < channels; c++)
        {
            (double centre, double squares) = over.Moments(c);
            double variance = squares / allRows;
            m[c] = (float)centre;
            inverse[c] = (float)(1 / Math.Sqrt(variance + BatchNormEpsilon));
            runM[c] += BatchNormMomentum * ((float)centre - runM[c]);
            runV[c] += BatchNormMomentum * ((float)(squares / (allRows - 1)) - runV[c]);
            scale[c] = g[c] * inverse[c];
            shift[c] = (float)(b[c] - (centre * scale[c]));
        }

        ScaleAndShift<T>(x, scale, shift, residual, relu, y);
    }

    private unsafe void ScaleAndShift<T>(Tensor x, float* scale, float* shift, Tensor residual, bool relu, Tensor y)
        where T : unmanaged, IActivation<T>
    {
        int rows = x.Rows, channels = x.Columns, perRun = ChannelRows.RowsPerRun(rows, channels);
        Workers.Run(Tiling.Blocks(rows, perRun), new BatchNormApply<T>
        {
            X = T.Of(x), Y = T.Of(y), Residual = T.Of(residual), Scale = scale, Shift = shift,
            Rows = rows, Channels = channels, RowsPerRun = perRun, Relu = relu,
        });
    }

    /// <summary>Per run of rows: the mean of each channel and the sum of squares about it.</summary>
    private unsafe struct BatchNormMoments<T> : IChunks
        where T : unmanaged, IActivation<T>
    {
        public T* X;
        public float* Partials;
        public int Rows, Channels, RowsPerRun;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int first = chunk * RowsPerRun, rows = Math.Min(RowsPerRun, Rows - first);
            T* x = X + ((long)first * Channels);
            float* mean = Partials + (2L * chunk * Channels), squares = mean + Channels;
            ColumnSums.Add(x, rows, Channels, mean);
            TensorPrimitives.Divide(new ReadOnlySpan<float>(mean, Channels), rows, new Span<float>(mean, Channels));
            ColumnSums.SquaresAbout(x, rows, Channels, mean, squares);
        }
    }

    private unsafe struct BatchNormApply<T> : IChunks
        where T : unmanaged, IActivation<T>
    {
        public T* X, Y, Residual;
        public float* Scale, Shift;
        public int Rows, Channels, RowsPerRun;
        public bool Relu;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int first = chunk * RowsPerRun, rows = Math.Min(RowsPerRun, Rows - first);
            long start = (long)first * Channels;
            for (int row = 0; row < rows; row++, start += Channels)
                BatchNormRow.Apply(X + start, Scale, Shift, Residual == null ? null : Residual + start, Relu, Y + start, Channels);
        }
    }
}
