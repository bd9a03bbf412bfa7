using System.Numerics;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    private protected override unsafe void CountNonFiniteCore(Tensor x, ReadOnlySpan<ParameterSegment> segments, Span<int> counts)
    {
        SegmentChunks.Cut(segments);
        fixed (int* target = counts) Workers.Run(SegmentChunks.Blocks.Length, new NonFiniteBlocks { X = x.FloatPointer, Counts = target, Table = SegmentChunks });
    }

    private unsafe struct NonFiniteBlocks : IChunks
    {
        public float* X;
        public int* Counts;
        public SegmentChunks Table;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            (int segment, int start, int length) = Table.Blocks[chunk];
            ReadOnlySpan<float> values = new(X + start, length);
            if (AreFinite(values)) return;
            int count = 0;
            foreach (float value in values) count += float.IsFinite(value) ? 0 : 1;
            Interlocked.Add(ref Counts[segment], count); // A sum of integers is the same in any order.
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static bool AreFinite(ReadOnlySpan<float> values)
        {
            // 0 times a finite number is 0, times any other it is NaN, which no later sum takes away. Two sums, so that none waits for the other.
            Vector<float> even = Vector<float>.Zero, odd = Vector<float>.Zero;
            int i = 0, width = Vector<float>.Count;
            for (; i <= values.Length - (2 * width); i += 2 * width)
            {
                even += new Vector<float>(values[i..]) * Vector<float>.Zero;
                odd += new Vector<float>(values[(i + width)..]) * Vector<float>.Zero;
            }

            float rest = Vector.Sum(even + odd);
            for (; i < values.Length; i++) rest += values[i] * 0;
            return rest == 0;
        }
    }
}
