using System.Numerics;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    private protected override unsafe void AdamWStepCore(
        Tensor parameters, Tensor gradients, Tensor first, Tensor second, ReadOnlySpan<ParameterSegment> segments, int step, float learningRate,
        float weightDecay,
        float beta1, float beta2, float epsilon)
    {
        SegmentChunks.Cut(segments);
        AdamWNumbers numbers = AdamWNumbers.Of(step, learningRate, weightDecay, beta1, beta2);
        Workers.Run(SegmentChunks.Blocks.Length, new AdamWBlocks
        {
            W = parameters.FloatPointer, G = gradients.FloatPointer, First = first.FloatPointer, Second = second.FloatPointer, Table = SegmentChunks,
            Beta1 = beta1, Beta2 = beta2, Epsilon = epsilon, Keep = numbers.Keep, Rate = numbers.Rate,
            SecondCorrection = numbers.SecondCorrection,
        });
    }

    private unsafe struct AdamWBlocks : IChunks
    {
        public float* W, G, First, Second;
        public SegmentChunks Table;
        public float Beta1, Beta2, Epsilon, Keep, Rate, SecondCorrection;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            (int segment, int start, int length) = Table.Blocks[chunk];
            Span<float> w = new(W + start, length), first = new(First + start, length), second = new(Second + start, length);
            ReadOnlySpan<float> g = new(G + start, length);
            float keep = Table.Segments[segment].Decay ? Keep : 1;
            int i = 0, width = Vector<float>.Count;
            for (; i + width <= length; i += width)
            {
                Vector<float> gradient = new(g[i..]);
                Vector<float> m = (Beta1 * new Vector<float>(first[i..])) + ((1 - Beta1) * gradient);
                Vector<float> v = (Beta2 * new Vector<float>(second[i..])) + ((1 - Beta2) * (gradient * gradient));
                m.CopyTo(first[i..]);
                v.CopyTo(second[i..]);
                Vector<float> step = Rate * m / ((SecondCorrection * Vector.SquareRoot(v)) + new Vector<float>(Epsilon));
                ((keep * new Vector<float>(w[i..])) - step).CopyTo(w[i..]);
            }

            for (; i < length; i++)
            {
                first[i] = (Beta1 * first[i]) + ((1 - Beta1) * g[i]);
                second[i] = (Beta2 * second[i]) + ((1 - Beta2) * (g[i] * g[i]));
                w[i] = (keep * w[i]) - (Rate * first[i] / ((SecondCorrection * MathF.Sqrt(second[i])) + Epsilon));
            }
        }
    }
}
