using System.Numerics;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    private protected override unsafe void LarcStepCore(
        Tensor parameters, Tensor gradients, Tensor velocity, ReadOnlySpan<ParameterSegment> segments, float learningRate, float momentum, float weightDecay,
        float trust, float epsilon)
    {
        SegmentChunks.Cut(segments);
        LarcBlocks work = new()
        {
            W = parameters.FloatPointer, G = gradients.FloatPointer, V = velocity.FloatPointer, Table = SegmentChunks, LearningRate = learningRate,
            Momentum = momentum,
            WeightDecay = weightDecay, Trust = trust, Epsilon = epsilon,
        };
        Workers.Run(SegmentChunks.Blocks.Length, new SquaredNorms { W = work.W, G = work.G, Table = SegmentChunks });
        Workers.Run(SegmentChunks.Blocks.Length, work);
    }

    /// <summary>Per block: Σ w² and Σ g², in double.</summary>
    private unsafe struct SquaredNorms : IChunks
    {
        public float* W, G;
        public SegmentChunks Table;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            (_, int start, int length) = Table.Blocks[chunk];
            Table.Sums[2 * chunk] = SumOfSquares(new ReadOnlySpan<float>(W + start, length));
            Table.Sums[(2 * chunk) + 1] = SumOfSquares(new ReadOnlySpan<float>(G + start, length));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static double SumOfSquares(ReadOnlySpan<float> x)
        {
            Vector<double> sum = Vector<double>.Zero;
            int i = 0, width = Vector<float>.Count;
            for (; i + width <= x.Length; i += width)
            {
                Vector.Widen(new Vector<float>(x[i..]), out Vector<double> low, out Vector<double> high);
                sum += (low * low) + (high * high);
            }

            double total = Vector.Sum(sum);
            for (; i < x.Length; i++) total += (double)x[i] * x[i];
            return total;
        }
    }

    private unsafe struct LarcBlocks : IChunks
    {
        public float* W, G, V;
        public SegmentChunks Table;
        public float LearningRate, Momentum, WeightDecay, Trust, Epsilon;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            (int segment, int start, int length) = Table.Blocks[chunk];
            double weights = 0, gradients = 0;
            for (int block = Table.FirstBlock[segment]; block < Table.FirstBlock[segment + 1]; block++)
            {
                weights += Table.Sums[2 * block];
                gradients += Table.Sums[(2 * block) + 1];
            }

            double decay = Table.Segments[segment].Decay ? WeightDecay : 0, weightNorm = Math.Sqrt(weights), gradientNorm = Math.Sqrt(gradients);
            bool adapt = weightNorm > 0 && gradientNorm > 0;
            double scale = adapt ? Trust * weightNorm / (gradientNorm + (decay * weightNorm) + Epsilon) : 1;
            MomentumStep.Apply(
                new Span<float>(W + start, length), new ReadOnlySpan<float>(G + start, length), new Span<float>(V + start, length),
                (float)scale, adapt ? (float)decay : 0, LearningRate, Momentum, nesterov: false);
        }
    }
}
