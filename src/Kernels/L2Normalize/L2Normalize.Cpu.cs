using System.Numerics.Tensors;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    private const int RowsPerNormalizeChunk = 16;

    /// <inheritdoc/>
    protected override unsafe void L2NormalizeForwardCore(Tensor x, Tensor y, Tensor scale) =>
        Workers.Run(Tiling.Blocks(x.Rows, RowsPerNormalizeChunk), new NormalizeRows
        {
            X = x.FloatPointer, Y = y.FloatPointer, Scale = scale.FloatPointer, Rows = x.Rows, Columns = x.Columns,
        });

    /// <inheritdoc/>
    protected override unsafe void L2NormalizeBackwardCore(Tensor dy, Tensor y, Tensor scale, Tensor dx) =>
        Workers.Run(Tiling.Blocks(y.Rows, RowsPerNormalizeChunk), new NormalizeGradientRows
        {
            Dy = dy.FloatPointer, Y = y.FloatPointer, Scale = scale.FloatPointer, Dx = dx.FloatPointer, Rows = y.Rows, Columns = y.Columns,
        });

    private unsafe struct NormalizeRows : IChunks
    {
        public float* X, Y, Scale;
        public int Rows, Columns;

        public void Run(int chunk, int worker)
        {
            int last = Math.Min(Rows, (chunk + 1) * RowsPerNormalizeChunk);
            for (int row = chunk * RowsPerNormalizeChunk; row < last; row++)
            {
                ReadOnlySpan<float> x = new(X + ((long)row * Columns), Columns);
                float inverse = 1 / MathF.Max(TensorPrimitives.Norm(x), L2NormalizeFloor);
                TensorPrimitives.Multiply(x, inverse, new Span<float>(Y + ((long)row * Columns), Columns));
                Scale[row] = inverse;
            }
        }
    }

    private unsafe struct NormalizeGradientRows : IChunks
    {
        public float* Dy, Y, Scale, Dx;
        public int Rows, Columns;

        public void Run(int chunk, int worker)
        {
            int last = Math.Min(Rows, (chunk + 1) * RowsPerNormalizeChunk);
            for (int row = chunk * RowsPerNormalizeChunk; row < last; row++)
            {
                long start = (long)row * Columns;
                ReadOnlySpan<float> dy = new(Dy + start, Columns), y = new(Y + start, Columns);
                Span<float> dx = new(Dx + start, Columns);
                if (Scale[row] >= 1 / L2NormalizeFloor)
                {
                    dx.Clear();
                    continue;
                }

                TensorPrimitives.MultiplyAdd(y, -TensorPrimitives.Dot(dy, y), dy, dx);
                TensorPrimitives.Multiply(dx, Scale[row], dx);
            }
        }
    }
}
