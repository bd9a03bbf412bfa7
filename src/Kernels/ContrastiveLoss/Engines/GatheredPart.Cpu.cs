using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

// Few drawn negatives among keys that lie in parts: of each query those that this part has. Their dot products are those of the tiles to the bit, since the
// gradient of the keys is made of tiles.
public sealed partial class CpuOps
{
    /// <summary>The first step for some queries, or the third for their gradient.</summary>
    private unsafe struct GatheredPart : IChunks
    {
        public const int PerChunk = 16;
        public ContrastivePairs Pairs;
        public Scratch Scratch;

        /// <summary>What the first step leaves; null in the third.</summary>
        public RowState* States;
        public float* Products;

        /// <summary>What the third step reads and writes.</summary>
        public RowFactors* Factors;
        public float* Dq;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int words = NegativeDraw.Words(Pairs.AllKeys), most = Tiling.RoundUp(Pairs.Sample.Negatives, MicroKernel.TileColumns);
            float* dots = Scratch.OfWorker(worker, (2L * most) + words);
            int* keys = (int*)(dots + most);
            uint* bits = (uint*)(keys + most);
            int last = Math.Min(Pairs.Rows, (chunk + 1) * PerChunk);
            for (int row = chunk * PerChunk; row < last; row++)
            {
                Pairs.DrawNegatives(row, bits);
                int count = NegativeDraw.Keep(bits, Pairs.FirstKey, Pairs.KeyCount), padded = Tiling.RoundUp(count, MicroKernel.TileColumns);
                NegativeDraw.List(bits, NegativeDraw.Words(Pairs.KeyCount), keys);
                for (int i = 0; i < count; i++) dots[i] = DotInOrder(Pairs, row, Pairs.Keys + ((long)keys[i] * Pairs.Depth));
                for (int i = count; i < padded; i++) dots[i] = LogitRow.Masked;
                if (States != null) Sum(row, keys, dots, count, padded);
                else Weigh(row, keys, dots, count, padded);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Sum(int row, int* keys, float* dots, int count, int padded)
        {
            float maximum = count == 0 ? LogitRow.Masked : LogitRow.Maximum(dots, padded), offset = maximum == LogitRow.Masked ? 0 : maximum;
            RowState state = new() { Reference = maximum, Negatives = count, Sum = LogitRow.SumOfExponentials(dots, padded, offset, Pairs.Scale) };
            if (Pairs.Concentration > 0) state.TiltedSum = LogitRow.SumOfExponentials(dots, padded, offset, Pairs.TiltedScale);
            if (Pairs.PositiveRow(row) != null) state.Positive = DotInOrder(Pairs, row, Pairs.PositiveRow(row));
            States[row] = state;
            if (Products == null) return;
            LogitRow.Weights(dots, padded, new RowWeights { Offset = offset, Factor = 1, Scale = Pairs.Scale });
            Multiply(keys, dots, count, Row(Products, row, Pairs.Depth));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Weigh(int row, int* keys, float* dots, int count, int padded)
        {
            RowFactors factors = Factors[row];
            LogitRow.Weights(dots, padded, new RowWeights
            {
                Offset = factors.Offset, Factor = factors.BySum, TiltedFactor = factors.ByTiltedSum, Scale = Pairs.Scale,
                TiltedScale = Pairs.Concentration == 0 ? 0 : Pairs.TiltedScale,
            });
            Span<float> dq = Row(Dq, row, Pairs.Depth);
            Multiply(keys, dots, count, dq);
            float* positive = Pairs.PositiveRow(row);
            if (positive != null) TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(positive, Pairs.Depth), factors.ByPositive, dq, dq);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Multiply(int* keys, float* weights, int count, Span<float> sum)
        {
            sum.Clear();
            for (int i = 0; i < count; i++) TensorPrimitives.MultiplyAdd(Row(Pairs.Keys, keys[i], Pairs.Depth), weights[i], sum, sum);
        }
    }
}
