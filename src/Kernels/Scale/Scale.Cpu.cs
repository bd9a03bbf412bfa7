using System.Numerics.Tensors;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    protected override unsafe void ScaleCore(Tensor x, float factor, Tensor y)
    {
        ScaleRuns work = new() { X = x.FloatPointer, Y = y.FloatPointer, Factor = factor, Count = y.Count };
        Workers.Run(work.Chunks, work);
    }

    private unsafe struct ScaleRuns : IChunks
    {
        public float* X, Y;
        public float Factor;
        public long Count;

        public readonly int Chunks => (int)Tiling.Blocks(Count, ChannelRows.ElementsPerRun);

        public readonly void Run(int chunk, int worker)
        {
            long first = (long)chunk * ChannelRows.ElementsPerRun;
            int length = (int)Math.Min(ChannelRows.ElementsPerRun, Count - first);
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(X + first, length), Factor, new Span<float>(Y + first, length));
        }
    }
}
