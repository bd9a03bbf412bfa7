using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    private const int WordOwners = 16;

    /// <inheritdoc/>
    private protected override unsafe void EmbeddingBagForwardCore(Tensor ids, Tensor w, Tensor y)
    {
        bool rounds = y.Type == ElementType.BFloat16;
        Workers.Run(Tiling.Blocks(ids[0], BagRows.PerChunk), new BagRows
        {
            Ids = ids.IntPointer, W = w.FloatPointer, Y = rounds ? null : y.FloatPointer, Rounded = rounds ? y.BFloat16Pointer : null, Scratch = Scratch,
            Bags = ids[0], Length = ids[1], Words = w[0], Columns = w[1],
        });
    }

    /// <inheritdoc/>
    private protected override void EmbeddingBagBackwardCore(Tensor dy, Tensor ids, Tensor dw)
    {
        if (dy.Type == ElementType.BFloat16) AddToWords<BFloat16Activation>(dy, ids, dw);
        else AddToWords<Float32Activation>(dy, ids, dw);
    }

    private unsafe void AddToWords<T>(Tensor dy, Tensor ids, Tensor dw)
        where T : unmanaged, IActivation<T> => Workers.Run(
        Math.Min(WordOwners, dw[0]),
        new WordGradients<T> { Ids = ids.IntPointer, Dy = T.Of(dy), Dw = dw.FloatPointer, Bags = ids[0], Length = ids[1], Words = dw[0], Columns = dw[1] });

    /// <summary>Means in float32, or rounded to bfloat16 from a row of the thread's own.</summary>
    private unsafe struct BagRows : IChunks
    {
        public const int PerChunk = 32;
        public int* Ids;
        public float* W, Y;
        public ushort* Rounded;
        public Scratch Scratch;
        public int Bags, Length, Words, Columns;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk, int worker)
        {
            float* own = Rounded != null ? Scratch.OfWorker(worker, Columns) : null;
            int last = Math.Min(Bags, (chunk + 1) * PerChunk);
            for (int bag = chunk * PerChunk; bag < last; bag++)
            {
                float* target = Rounded != null ? own : Y + ((long)bag * Columns);
                Span<float> y = new(target, Columns);
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
                if (Rounded != null) BFloat16Rows.Round(target, Rounded + ((long)bag * Columns), Columns);
            }
        }
    }

    /// <summary>A chunk owns the words whose id is its own number modulo all owners: frequent words, which have small ids, are spread over them.</summary>
    private unsafe struct WordGradients<T> : IChunks
        where T : unmanaged, IActivation<T>
    {
        public int* Ids;
        public T* Dy;
        public float* Dw;
        public int Bags, Length, Words, Columns;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk, int worker)
        {
            for (int bag = 0; bag < Bags; bag++)
            {
                int* ids = Ids + ((long)bag * Length);
                int words = 0; // counted where the first word is owned
                for (int place = 0; place < Length; place++)
                {
                    if ((uint)ids[place] >= (uint)Words || ids[place] % WordOwners != chunk) continue;
                    if (words == 0) words = Count(ids);
                    AddShare(Dy + ((long)bag * Columns), words, new(Dw + ((long)ids[place] * Columns), Columns));
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly int Count(int* ids)
        {
            int words = 0;
            for (int place = 0; place < Length; place++)
            {
                if ((uint)ids[place] < (uint)Words) words++;
            }

            return words;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void AddShare(T* dy, float words, Span<float> dw)
        {
            int i = 0, width = Vector<float>.Count;
            for (; i + width <= dw.Length; i += width) (new Vector<float>(dw[i..]) + (T.Load(dy + i) / new Vector<float>(words))).CopyTo(dw[i..]);
            for (; i < dw.Length; i++) dw[i] += T.Read(dy[i]) / words;
        }
    }
}
