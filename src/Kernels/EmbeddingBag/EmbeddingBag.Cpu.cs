using System.Numerics;
using System.Numerics.Tensors;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    protected override unsafe void EmbeddingBagForwardCore(Tensor ids, Tensor w, Tensor y) => Workers.Run(
        Tiling.Blocks(ids[0], BagRows.PerChunk),
        new BagRows { Ids = ids.IntPointer, W = w.FloatPointer, Y = y.FloatPointer, Bags = ids[0], Length = ids[1], Words = w[0], Columns = w[1] });

    /// <inheritdoc/>
    protected override unsafe void EmbeddingBagBackwardCore(Tensor dy, Tensor ids, Tensor dw) => Workers.Run(
        Math.Min(WordGradients.Owners, dw[0]),
        new WordGradients { Ids = ids.IntPointer, Dy = dy.FloatPointer, Dw = dw.FloatPointer, Bags = ids[0], Length = ids[1], Words = dw[0], Columns = dw[1] });

    private unsafe struct BagRows : IChunks
    {
        public const int PerChunk = 32;
        public int* Ids;
        public float* W, Y;
        public int Bags, Length, Words, Columns;

        public readonly void Run(int chunk, int worker)
        {
            int last = Math.Min(Bags, (chunk + 1) * PerChunk);
            for (int bag = chunk * PerChunk; bag < last; bag++)
            {
                Span<float> y = new(Y + ((long)bag * Columns), Columns);
                y.Clear();
                int* ids = Ids + ((long)bag * Length);
                int words = 0;
                for (int place = 0; place < Length; place++)
                {
                    if ((uint)ids[place] >= (uint)Words) continue;
                    TensorPrimitives.Add(y, new ReadOnlySpan<float>(W + ((long)ids[place] * Columns), Columns), y);
                    words++;
                }

                if (words > 1) TensorPrimitives.Divide(y, words, y);
            }
        }
    }

    /// <summary>A chunk owns the words whose id is its own number modulo all owners: frequent words, which have small ids, are spread over them.</summary>
    private unsafe struct WordGradients : IChunks
    {
        public const int Owners = 16;
        public int* Ids;
        public float* Dy, Dw;
        public int Bags, Length, Words, Columns;

        public readonly void Run(int chunk, int worker)
        {
            for (int bag = 0; bag < Bags; bag++)
            {
                int* ids = Ids + ((long)bag * Length);
                int words = 0; // counted where the first word is owned
                for (int place = 0; place < Length; place++)
                {
                    if ((uint)ids[place] >= (uint)Words || ids[place] % Owners != chunk) continue;
                    if (words == 0) words = Count(ids);
                    AddShare(new(Dy + ((long)bag * Columns), Columns), words, new(Dw + ((long)ids[place] * Columns), Columns));
                }
            }
        }

        private readonly int Count(int* ids)
        {
            int words = 0;
            for (int place = 0; place < Length; place++)
            {
                if ((uint)ids[place] < (uint)Words) words++;
            }

            return words;
        }

        private static void AddShare(ReadOnlySpan<float> dy, float words, Span<float> dw)
        {
            int i = 0, width = Vector<float>.Count;
            for (; i + width <= dw.Length; i += width) (new Vector<float>(dw[i..]) + (new Vector<float>(dy[i..]) / new Vector<float>(words))).CopyTo(dw[i..]);
            for (; i < dw.Length; i++) dw[i] += dy[i] / words;
        }
    }
}
