using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    private const int RowsPerNormalizeChunk = 16;

    /// <inheritdoc/>
    private protected override unsafe void L2NormalizeForwardCore(Tensor x, Tensor y, Tensor scale)
    {
        bool widens = x.Type == ElementType.BFloat16;
        Workers.Run(Tiling.Blocks(x.Rows, RowsPerNormalizeChunk), new NormalizeRows
        {
            X = widens ? null : x.FloatPointer, Widened = widens ? x.BFloat16Pointer : null, Y = y.FloatPointer, Scale = scale.FloatPointer, Rows = x.Rows,
            Columns = x.Columns,
        });
    }

    /// <inheritdoc/>
    private protected override unsafe void L2NormalizeBackwardCore(Tensor dy, Tensor y, Tensor scale, Tensor dx)
    {
        bool rounds = dx.Type == ElementType.BFloat16;
        Workers.Run(Tiling.Blocks(y.Rows, RowsPerNormalizeChunk), new NormalizeGradientRows
        {
            Dy = dy.FloatPointer, Y = y.FloatPointer, Scale = scale.FloatPointer, Dx = rounds ? null : dx.FloatPointer,
            Rounded = rounds ? dx.BFloat16Pointer : null, Scratch = Scratch, Rows = y.Rows, Columns = y.Columns,
        });
    }

    /// <summary>Rows of float32, or of bfloat16, which are widened where the unit row will stand.</summary>
    private unsafe struct NormalizeRows : IChunks
    {
        public float* X, Y, Scale;
        public ushort* Widened;
        public int Rows, Columns;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int last = Math.Min(Rows, (chunk + 1) * RowsPerNormalizeChunk);
            for (int row = chunk * RowsPerNormalizeChunk; row < last; row++)
            {
                long start = (long)row * Columns;
                if (Widened != null) BFloat16Rows.Widen(Widened + start, Y + start, Columns);
                ReadOnlySpan<float> x = new((Widened != null ? Y : X) + start, Columns);
                float inverse = 1 / MathF.Max(TensorPrimitives.Norm(x), L2NormalizeFloor);
                TensorPrimitives.Multiply(x, inverse, new Span<float>(Y + start, Columns));
                Scale[row] = inverse;
            }
        }
    }

    /// <summary>Rows of float32, or rounded to bfloat16 from a row of the thread's own.</summary>
    private unsafe struct NormalizeGradientRows : IChunks
    {
        public float* Dy, Y, Scale, Dx;
        public ushort* Rounded;
        public Scratch Scratch;
        public int Rows, Columns;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            float* own = Rounded != null ? Scratch.OfWorker(worker, Columns) : null;
            int last = Math.Min(Rows, (chunk + 1) * RowsPerNormalizeChunk);
            for (int row = chunk * RowsPerNormalizeChunk; row < last; row++)
            {
                long start = (long)row * Columns;
                ReadOnlySpan<float> dy = new(Dy + start, Columns), y = new(Y + start, Columns);
                float* target = Rounded != null ? own : Dx + start;
                Span<float> dx = new(target, Columns);
                if (Scale[row] >= 1 / L2NormalizeFloor)
                {
                    dx.Clear();
                }
                else
                {
                    TensorPrimitives.MultiplyAdd(y, -TensorPrimitives.Dot(dy, y), dy, dx);
                    TensorPrimitives.Multiply(dx, Scale[row], dx);
                }

                if (Rounded != null) BFloat16Rows.Round(target, Rounded + start, Columns);
            }
        }
    }
}
