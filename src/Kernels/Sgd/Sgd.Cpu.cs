using System.Numerics;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    private readonly SegmentChunks segmentChunks = new();

    /// <inheritdoc/>
    protected override unsafe void SgdStepCore(
        Tensor parameters, Tensor gradients, Tensor velocity, ReadOnlySpan<ParameterSegment> segments, float learningRate, float momentum, float weightDecay, bool nesterov)
    {
        segmentChunks.Cut(segments);
        Workers.Run(segmentChunks.Blocks.Length, new SgdBlocks
        {
            W = parameters.FloatPointer, G = gradients.FloatPointer, V = velocity.FloatPointer, Table = segmentChunks, LearningRate = learningRate,
            Momentum = momentum, WeightDecay = weightDecay, Nesterov = nesterov,
        });
    }

    private unsafe struct SgdBlocks : IChunks
    {
        public float* W, G, V;
        public SegmentChunks Table;
        public float LearningRate, Momentum, WeightDecay;
        public bool Nesterov;

        public void Run(int chunk, int worker)
        {
            (int segment, int start, int length) = Table.Blocks[chunk];
            MomentumStep.Apply(
                new Span<float>(W + start, length), new ReadOnlySpan<float>(G + start, length), new Span<float>(V + start, length),
                1, Table.Segments[segment].Decay ? WeightDecay : 0, LearningRate, Momentum, Nesterov);
        }
    }
}

/// <summary>The last step of SGD and LARC: g' = scale·(g + λ·w), v = m·v + g', w −= lr·v (or Nesterov's form).</summary>
internal static class MomentumStep
{
    public static void Apply(
        Span<float> w, ReadOnlySpan<float> g, Span<float> v, float scale, float weightDecay, float learningRate, float momentum, bool nesterov)
    {
        int i = 0, width = Vector<float>.Count;
        for (; i + width <= w.Length; i += width)
        {
            Vector<float> weights = new(w[i..]);
            Vector<float> gradient = scale * (new Vector<float>(g[i..]) + (weightDecay * weights));
            Vector<float> speed = (momentum * new Vector<float>(v[i..])) + gradient;
            speed.CopyTo(v[i..]);
            (weights - (learningRate * (nesterov ? gradient + (momentum * speed) : speed))).CopyTo(w[i..]);
        }

        for (; i < w.Length; i++)
        {
            float gradient = scale * (g[i] + (weightDecay * w[i]));
            v[i] = (momentum * v[i]) + gradient;
            w[i] -= learningRate * (nesterov ? gradient + (momentum * v[i]) : v[i]);
        }
    }
}
