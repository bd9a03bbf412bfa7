using System.Numerics;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    private protected override unsafe void MovingAverageCore(Tensor x, float weight, Tensor average)
    {
        MovingAverageRuns work = new() { X = x.FloatPointer, Average = average.FloatPointer, Weight = weight, Count = average.Count };
        Workers.Run(work.Chunks, work);
    }

    private unsafe struct MovingAverageRuns : IChunks
    {
        public float* X, Average;
        public float Weight;
        public long Count;

        public readonly int Chunks => (int)Tiling.Blocks(Count, ChannelRows.ElementsPerRun);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk, int worker)
        {
            long first = (long)chunk * ChannelRows.ElementsPerRun;
            int length = (int)Math.Min(ChannelRows.ElementsPerRun, Count - first), width = Vector<float>.Count, i = 0;
            ReadOnlySpan<float> x = new(X + first, length);
            Span<float> average = new(Average + first, length);
            for (; i + width <= length; i += width)
            {
                Vector<float> before = new(average[i..]);
                (before + (Weight * (new Vector<float>(x[i..]) - before))).CopyTo(average[i..]);
            }

            for (; i < length; i++) average[i] += Weight * (x[i] - average[i]);
        }
    }
}
