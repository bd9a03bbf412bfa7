using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    private protected override unsafe void SgdStepCore(
        Tensor parameters, Tensor gradients, Tensor velocity, ReadOnlySpan<ParameterSegment> segments, float learningRate, float momentum, float weightDecay,
        bool nesterov)
    {
        SegmentChunks.Cut(segments);
        Workers.Run(SegmentChunks.Blocks.Length, new SgdBlocks
        {
            W = parameters.FloatPointer, G = gradients.FloatPointer, V = velocity.FloatPointer, Table = SegmentChunks, LearningRate = learningRate,
            Momentum = momentum, WeightDecay = weightDecay, Nesterov = nesterov,
        });
    }

    private unsafe struct SgdBlocks : IChunks
    {
        public float* W, G, V;
        public SegmentChunks Table;
        public float LearningRate, Momentum, WeightDecay;
        public bool Nesterov;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            (int segment, int start, int length) = Table.Blocks[chunk];
            MomentumStep.Apply(
                new Span<float>(W + start, length), new ReadOnlySpan<float>(G + start, length), new Span<float>(V + start, length),
                1, Table.Segments[segment].Decay ? WeightDecay : 0, LearningRate, Momentum, Nesterov);
        }
    }
}
