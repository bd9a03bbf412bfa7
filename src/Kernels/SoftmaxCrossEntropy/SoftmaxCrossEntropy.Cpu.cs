using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override unsafe void SoftmaxCrossEntropyCore(Tensor x, Tensor labels, Tensor loss, Tensor dx)
    {
        int* label = labels.IntPointer;
        for (int row = 0; row < x.Rows; row++)
        {
            if ((uint)label[row] >= (uint)x.Columns)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"labels[{row}] is {label[row]}; expected 0 to {x.Columns - 1}."),
                    nameof(labels));
        }

        Workers.Run(Tiling.Blocks(x.Rows, CrossEntropyRows.PerChunk), new CrossEntropyRows
        {
            X = x.FloatPointer, Labels = label, Loss = loss.FloatPointer, Dx = dx.IsNone ? null : dx.FloatPointer, Scratch = Scratch, Rows = x.Rows,
            Columns = x.Columns,
        });
    }

    private unsafe struct CrossEntropyRows : IChunks
    {
        public const int PerChunk = 32;
        public float* X, Loss, Dx;
        public int* Labels;
        public Scratch Scratch;
        public int Rows, Columns;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            Span<float> exponentials = new(Scratch.OfWorker(worker, Columns), Columns);
            int last = Math.Min(Rows, (chunk + 1) * PerChunk);
            for (int row = chunk * PerChunk; row < last; row++)
            {
                ReadOnlySpan<float> x = new(X + ((long)row * Columns), Columns);
                float maximum = TensorPrimitives.Max(x), ofLabel = x[Labels[row]];
                TensorPrimitives.Subtract(x, maximum, exponentials);
                TensorPrimitives.Exp(exponentials, exponentials);
                float sum = TensorPrimitives.Sum<float>(exponentials);

                // The two small terms are added, never the large logarithm of the sum taken from the large logit.
                Loss[row] = MathF.Log(sum) + (maximum - ofLabel);
                if (Dx == null) continue;
                Span<float> dx = new(Dx + ((long)row * Columns), Columns);
                TensorPrimitives.Multiply(exponentials, 1 / (sum * Rows), dx);
                dx[Labels[row]] -= 1f / Rows;
            }
        }
    }
}
