using System.Numerics.Tensors;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

// The form that people know: one matrix product for all dot products, a softmax per row, two more matrix products for the gradients.
public sealed partial class CpuOps
{
    private unsafe void MaterialisedForward(in KNegativesPairs pairs, Tensor loss, Tensor logSumExp)
    {
        long dots = (long)pairs.Anchors * pairs.Keys;
        float* shared = Scratch.Shared(dots + Gemm.PackedRightFloats(pairs.Keys, pairs.Depth));
        AllDots(pairs, shared, shared + dots);
        Workers.Run(Tiling.Blocks(pairs.Anchors, SoftmaxRows.PerChunk), new SoftmaxRows
        {
            Pairs = pairs, Dots = shared, Loss = loss.FloatPointer, LogSumExp = logSumExp.FloatPointer, Scratch = Scratch,
        });
    }

    private unsafe void MaterialisedBackward(in KNegativesPairs pairs, Tensor logSumExp, Tensor dz)
    {
        int depth = pairs.Depth;
        long dots = (long)pairs.Anchors * pairs.Keys;
        long packedFloats = Math.Max(Gemm.PackedRightFloats(pairs.Keys, depth), Gemm.PackedRightFloats(depth, Math.Max(pairs.Anchors, pairs.Keys)));
        float* shared = Scratch.Shared(dots + packedFloats + pairs.Anchors), packed = shared + dots, probabilities = packed + packedFloats;
        AllDots(pairs, shared, packed);
        Workers.Run(Tiling.Blocks(pairs.Anchors, SoftmaxRows.PerChunk), new SoftmaxRows
        {
            Pairs = pairs, Dots = shared, LogSumExp = logSumExp.FloatPointer, Probabilities = probabilities, Scratch = Scratch,
        });
        float* keys = pairs.Z + ((long)pairs.FirstKey * depth), dkeys = dz.FloatPointer + ((long)pairs.FirstKey * depth);
        ParallelGemm.Multiply(Workers, Scratch, shared, pairs.Keys, false, keys, depth, false, dz.FloatPointer, pairs.Anchors, depth, pairs.Keys, false, packed);
        ParallelGemm.Multiply(Workers, Scratch, shared, pairs.Keys, true, pairs.Z, depth, false, dkeys, pairs.Keys, depth, pairs.Anchors, pairs.BothViews, packed);
        AddPositives(pairs, probabilities, dz);
    }

    private unsafe void AllDots(in KNegativesPairs pairs, float* dots, float* packed) =>
        ParallelGemm.Multiply(Workers, Scratch, 
            pairs.Z, pairs.Depth, false, pairs.Z + ((long)pairs.FirstKey * pairs.Depth), pairs.Depth, true, dots, pairs.Anchors, pairs.Keys, pairs.Depth, false, packed);

    /// <summary>Per anchor: forward the loss; backward its negatives' probabilities in place of the dot products, 0 for all other keys.</summary>
    private unsafe struct SoftmaxRows : IChunks
    {
        public const int PerChunk = 16;
        public KNegativesPairs Pairs;
        public float* Dots, Loss, LogSumExp, Probabilities;
        public Scratch Scratch;

        public void Run(int chunk, int worker)
        {
            uint* bits = Pairs.Sampled > 0 ? (uint*)Scratch.OfWorker(worker, NegativeSample.Words(Pairs.Keys)) : null;
            int last = Math.Min(Pairs.Anchors, (chunk + 1) * PerChunk);
            for (int anchor = chunk * PerChunk; anchor < last; anchor++)
            {
                Span<float> dots = new(Dots + ((long)anchor * Pairs.Keys), Pairs.Keys);
                float positive = dots[Pairs.PositiveKey(anchor)];
                dots[Pairs.PositiveKey(anchor)] = LogitRow.Masked;
                if (Pairs.SelfKey(anchor) >= 0) dots[Pairs.SelfKey(anchor)] = LogitRow.Masked;
                if (bits != null)
                {
                    NegativeSample.Draw(Pairs, anchor, bits);
                    for (int key = 0; key < dots.Length; key++)
                    {
                        if ((bits[key >> 5] >> (key & 31) & 1) == 0) dots[key] = LogitRow.Masked;
                    }
                }

                float maximum = TensorPrimitives.Max<float>(dots), reference = maximum == LogitRow.Masked ? 0 : maximum;
                TensorPrimitives.Subtract(dots, reference, dots);
                TensorPrimitives.Multiply(dots, Pairs.ScaleHigh, dots);
                if (Loss == null) TensorPrimitives.Subtract(dots, (float)(LogSumExp[Pairs.Anchors + anchor] + (((double)LogSumExp[anchor] - reference) / Pairs.Temperature)), dots);
                TensorPrimitives.Exp<float>(dots, dots);
                float sum = TensorPrimitives.Sum<float>(dots);
                if (Loss == null) Probabilities[anchor] = sum;
                else Pairs.Finish(anchor, sum, maximum, positive, Loss, LogSumExp);
            }
        }
    }
}
