using System.Numerics.Tensors;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    // A dot product of two rows that lie anywhere costs about 16 times one inside a tile, so up to this part of all negatives it is cheaper to gather.
    private const int GatherBelow = 16;

    protected override void KNegativesForwardCore(Tensor z, KNegativesSettings settings, Tensor loss, Tensor logSumExp)
    {
        KNegativesPairs pairs = new(z, settings);
        if (settings.Method == KNegativesMethod.Materialised) MaterialisedForward(pairs, loss, logSumExp);
        else if (Gathers(pairs)) GatheredForward(pairs, loss, logSumExp);
        else if (pairs.BothViews && pairs.Sampled == 0) TriangleForward(pairs, loss, logSumExp);
        else StreamingForward(pairs, loss, logSumExp);
    }

    protected override void KNegativesBackwardCore(Tensor z, KNegativesSettings settings, Tensor logSumExp, Tensor dz)
    {
        KNegativesPairs pairs = new(z, settings);
        if (settings.Method == KNegativesMethod.Materialised) MaterialisedBackward(pairs, logSumExp, dz);
        else if (Gathers(pairs)) GatheredBackward(pairs, logSumExp, dz);
        else StreamingBackward(pairs, logSumExp, dz);
    }

    private static bool Gathers(in KNegativesPairs pairs) => pairs.Sampled > 0 && (long)pairs.Sampled * GatherBelow <= pairs.Available;

    /// <summary>The number of rows in a chunk of anchors, by the shape alone: 64 fill the second-level cache well, fewer give a small batch enough chunks.</summary>
    private static int RowsPerChunk(int rows)
    {
        int perChunk = 64;
        while (perChunk > 16 && Tiling.Blocks(rows, perChunk) < 16) perChunk /= 2;
        return perChunk;
    }

    /// <summary>Draws the negatives of all anchors as bits, [anchors][words].</summary>
    private unsafe void DrawNegatives(in KNegativesPairs pairs, uint* bits) =>
        Workers.Run(Tiling.Blocks(pairs.Anchors, DrawRows.PerChunk), new DrawRows { Pairs = pairs, Bits = bits });

    /// <summary>The end of the backward pass where the sums stand in dz.</summary>
    private unsafe void AddPositives(in KNegativesPairs pairs, float* probabilities, Tensor dz) =>
        AddPositives(pairs, probabilities, dz, dz.FloatPointer, pairs.Depth, 0, pairs.Rows);

    /// <summary>The end of the backward pass: the positives' part and the scale. <c>dz_r = (sums_r − (n_r + n_p)·z_p) / (anchors·T)</c>.</summary>
    /// <remarks>n is the probability that an anchor gives to all its negatives, its own 1 − P of the positive, with all digits where the positive has nearly everything.</remarks>
    private unsafe void AddPositives(in KNegativesPairs pairs, float* probabilities, Tensor dz, float* sums, int sumStride, int firstRow, int rows) =>
        Workers.Run(Tiling.Blocks(rows, PositiveRows.PerChunk), new PositiveRows
        {
            Pairs = pairs, Probabilities = probabilities, Dz = dz.FloatPointer, Sums = sums, SumStride = sumStride, FirstRow = firstRow, Count = rows,
        });

    private unsafe struct DrawRows : IChunks
    {
        public const int PerChunk = 16;
        public KNegativesPairs Pairs;
        public uint* Bits;

        public void Run(int chunk, int worker)
        {
            int last = Math.Min(Pairs.Anchors, (chunk + 1) * PerChunk);
            for (int anchor = chunk * PerChunk; anchor < last; anchor++) NegativeSample.Draw(Pairs, anchor, Bits + ((long)anchor * NegativeSample.Words(Pairs.Keys)));
        }
    }

    private unsafe struct PositiveRows : IChunks
    {
        public const int PerChunk = 64;
        public KNegativesPairs Pairs;
        public float* Probabilities, Dz, Sums;
        public int SumStride, FirstRow, Count;

        public void Run(int chunk, int worker)
        {
            int last = Math.Min(Count, (chunk + 1) * PerChunk), depth = Pairs.Depth;
            float scale = (float)(1 / (Pairs.Anchors * Pairs.Temperature));
            for (int place = chunk * PerChunk; place < last; place++)
            {
                int row = FirstRow + place, positive = Pairs.PositiveRow(row);
                float weight = 0;
                if (row < Pairs.Anchors) weight += Probabilities[row];
                if (positive < Pairs.Anchors) weight += Probabilities[positive];
                Span<float> dz = new(Dz + ((long)row * depth), depth);
                ReadOnlySpan<float> sums = new(Sums + ((long)place * SumStride), depth);
                TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(Pairs.Z + ((long)positive * depth), depth), -weight, sums, dz);
                TensorPrimitives.Multiply(dz, scale, dz);
            }
        }
    }
}
