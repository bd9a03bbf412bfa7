using System.Numerics.Tensors;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    protected override unsafe void GlobalAveragePoolForwardCore(Tensor x, Tensor y) =>
        Workers.Run(x[0], new AveragePixels { X = x.FloatPointer, Y = y.FloatPointer, Pixels = x[1] * x[2], Channels = x[3] });

    /// <inheritdoc/>
    protected override unsafe void GlobalAveragePoolBackwardCore(Tensor dy, Tensor dx) =>
        Workers.Run(dx[0], new SpreadGradient { Dy = dy.FloatPointer, Dx = dx.FloatPointer, Pixels = dx[1] * dx[2], Channels = dx[3] });

    private unsafe struct AveragePixels : IChunks
    {
        public float* X, Y;
        public int Pixels, Channels;

        public void Run(int chunk, int worker)
        {
            Span<float> y = new(Y + ((long)chunk * Channels), Channels);
            ColumnSums.Add(X + ((long)chunk * Pixels * Channels), Pixels, Channels, y);
            TensorPrimitives.Divide(y, Pixels, y);
        }
    }

    private unsafe struct SpreadGradient : IChunks
    {
        public float* Dy, Dx;
        public int Pixels, Channels;

        public void Run(int chunk, int worker)
        {
            ReadOnlySpan<float> dy = new(Dy + ((long)chunk * Channels), Channels);
            float* dx = Dx + ((long)chunk * Pixels * Channels);
            Span<float> first = new(dx, Channels);
            TensorPrimitives.Divide(dy, Pixels, first);
            for (int pixel = 1; pixel < Pixels; pixel++) first.CopyTo(new Span<float>(dx + ((long)pixel * Channels), Channels));
        }
    }
}
