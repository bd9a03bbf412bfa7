using System.Numerics.Tensors;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

// The streaming form for few sampled negatives: only the sampled dot products, from rows gathered by lists. O(N·(D + K)) memory.
public sealed partial class CpuOps
{
    private unsafe void GatheredForward(in KNegativesPairs pairs, Tensor loss, Tensor logSumExp)
    {
        int* lists = (int*)Scratch.Shared((long)pairs.Anchors * pairs.Sampled);
        ListNegatives(pairs, lists);
        Workers.Run(Tiling.Blocks(pairs.Anchors, GatheredLogSumExp.PerChunk), new GatheredLogSumExp
        {
            Pairs = pairs, Lists = lists, Loss = loss.FloatPointer, LogSumExp = logSumExp.FloatPointer, Scratch = Scratch,
        });
    }

    private unsafe void GatheredBackward(in KNegativesPairs pairs, Tensor logSumExp, Tensor dz)
    {
        long entries = (long)pairs.Anchors * pairs.Sampled;
        int* lists = (int*)Scratch.Shared((2 * entries) + (2L * pairs.Keys) + 2 + pairs.Anchors), reverse = lists + entries;
        long* starts = (long*)(reverse + entries);
        float* probabilities = (float*)(starts + pairs.Keys + 1);
        ListNegatives(pairs, lists);
        ListAnchors(pairs, lists, starts, reverse);
        Workers.Run(Tiling.Blocks(pairs.Rows, GatheredGradient.PerChunk), new GatheredGradient
        {
            Pairs = pairs, Lists = lists, Reverse = reverse, Starts = starts, LogSumExp = logSumExp.FloatPointer, Probabilities = probabilities, Dz = dz.FloatPointer,
            Scratch = Scratch,
        });
        AddPositives(pairs, probabilities, dz);
    }

    /// <summary>Per anchor its sampled keys, ascending, [anchors][K].</summary>
    private unsafe void ListNegatives(in KNegativesPairs pairs, int* lists) =>
        Workers.Run(Tiling.Blocks(pairs.Anchors, ListRows.PerChunk), new ListRows { Pairs = pairs, Lists = lists, Scratch = Scratch });

    /// <summary>Per key the anchors that sampled it, ascending: a counting sort of the lists, in the order of the anchors.</summary>
    private static unsafe void ListAnchors(in KNegativesPairs pairs, int* lists, long* starts, int* reverse)
    {
        long entries = (long)pairs.Anchors * pairs.Sampled;
        new Span<long>(starts, pairs.Keys + 1).Clear();
        for (long at = 0; at < entries; at++) starts[lists[at] + 1]++;
        for (int key = 0; key < pairs.Keys; key++) starts[key + 1] += starts[key];
        for (int anchor = 0; anchor < pairs.Anchors; anchor++)
        {
            for (int k = 0; k < pairs.Sampled; k++) reverse[starts[*lists++]++] = anchor;
        }

        // Each start has moved to its end, which is the next one's start.
        for (int key = pairs.Keys; key > 0; key--) starts[key] = starts[key - 1];
        starts[0] = 0;
    }

    private static unsafe void Dots(in KNegativesPairs pairs, int row, int* others, int count, int firstOther, float* dots)
    {
        ReadOnlySpan<float> z = new(pairs.Z + ((long)row * pairs.Depth), pairs.Depth);
        for (int k = 0; k < count; k++)
            dots[k] = TensorPrimitives.Dot(z, new ReadOnlySpan<float>(pairs.Z + ((long)(firstOther + others[k]) * pairs.Depth), pairs.Depth));
        for (int k = count; k < Tiling.RoundUp(count, MicroKernel.TileColumns); k++) dots[k] = LogitRow.Masked;
    }

    private static unsafe void AddRows(in KNegativesPairs pairs, int* others, int count, int firstOther, float* shares, Span<float> sum)
    {
        for (int k = 0; k < count; k++)
            TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(pairs.Z + ((long)(firstOther + others[k]) * pairs.Depth), pairs.Depth), shares[k], sum, sum);
    }

    private unsafe struct ListRows : IChunks
    {
        public const int PerChunk = 16;
        public KNegativesPairs Pairs;
        public int* Lists;
        public Scratch Scratch;

        public void Run(int chunk, int worker)
        {
            int words = NegativeSample.Words(Pairs.Keys), last = Math.Min(Pairs.Anchors, (chunk + 1) * PerChunk);
            uint* bits = (uint*)Scratch.OfWorker(worker, words);
            for (int anchor = chunk * PerChunk; anchor < last; anchor++)
            {
                NegativeSample.Draw(Pairs, anchor, bits);
                NegativeSample.List(bits, words, Lists + ((long)anchor * Pairs.Sampled));
            }
        }
    }

    private unsafe struct GatheredLogSumExp : IChunks
    {
        public const int PerChunk = 16;
        public KNegativesPairs Pairs;
        public int* Lists;
        public float* Loss, LogSumExp;
        public Scratch Scratch;

        public void Run(int chunk, int worker)
        {
            int padded = Tiling.RoundUp(Pairs.Sampled, MicroKernel.TileColumns), last = Math.Min(Pairs.Anchors, (chunk + 1) * PerChunk);
            float* dots = Scratch.OfWorker(worker, padded), positive = stackalloc float[MicroKernel.TileColumns];
            for (int anchor = chunk * PerChunk; anchor < last; anchor++)
            {
                int positiveKey = Pairs.PositiveKey(anchor);
                Dots(Pairs, anchor, Lists + ((long)anchor * Pairs.Sampled), Pairs.Sampled, Pairs.FirstKey, dots);
                Dots(Pairs, anchor, &positiveKey, 1, Pairs.FirstKey, positive);
                float maximum = LogitRow.Masked;
                double sum = 0;
                LogSumExpRows.Add(dots, padded, Pairs, ref maximum, ref sum);
                Pairs.Finish(anchor, sum, maximum, positive[0], Loss, LogSumExp);
            }
        }
    }

    private unsafe struct GatheredGradient : IChunks
    {
        public const int PerChunk = 16;
        public KNegativesPairs Pairs;
        public int* Lists, Reverse;
        public long* Starts;
        public float* LogSumExp, Probabilities, Dz;
        public Scratch Scratch;

        public void Run(int chunk, int worker)
        {
            // A key can be sampled by every anchor at most.
            int longest = Tiling.RoundUp(Math.Max(Pairs.Anchors, Pairs.Sampled), MicroKernel.TileColumns), last = Math.Min(Pairs.Rows, (chunk + 1) * PerChunk);
            float* dots = Scratch.OfWorker(worker, 3L * longest), maxima = dots + longest, logarithms = maxima + longest;
            ShareTerms terms = new() { ScaleHigh = Pairs.ScaleHigh, ScaleLow = Pairs.ScaleLow };
            for (int row = chunk * PerChunk; row < last; row++)
            {
                Span<float> sum = new(Dz + ((long)row * Pairs.Depth), Pairs.Depth);
                sum.Clear();
                if (row < Pairs.Anchors)
                {
                    int* keys = Lists + ((long)row * Pairs.Sampled);
                    (terms.OfRow, terms.RowMaximum, terms.RowLogarithm) = (true, LogSumExp[row], LogSumExp[Pairs.Anchors + row]);
                    terms.ColumnMaxima = null;
                    Dots(Pairs, row, keys, Pairs.Sampled, Pairs.FirstKey, dots);
                    Probabilities[row] = LogitRow.Shares(dots, Tiling.RoundUp(Pairs.Sampled, MicroKernel.TileColumns), terms);
                    AddRows(Pairs, keys, Pairs.Sampled, Pairs.FirstKey, dots, sum);
                }

                int key = row - Pairs.FirstKey;
                if (key < 0) continue;
                int* anchors = Reverse + Starts[key];
                int count = (int)(Starts[key + 1] - Starts[key]), padded = Tiling.RoundUp(count, MicroKernel.TileColumns);
                for (int k = 0; k < count; k++) (maxima[k], logarithms[k]) = (LogSumExp[anchors[k]], LogSumExp[Pairs.Anchors + anchors[k]]);
                for (int k = count; k < padded; k++) (maxima[k], logarithms[k]) = (0, 0);
                terms.OfRow = false;
                terms.ColumnMaxima = maxima;
                terms.ColumnLogarithms = logarithms;
                Dots(Pairs, row, anchors, count, 0, dots);
                LogitRow.Shares(dots, padded, terms);
                AddRows(Pairs, anchors, count, 0, dots, sum);
            }
        }
    }
}
