using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <summary>Columns of a tile of logits: with 64 rows 64 KiB, and the two packed copies of its keys stay in the second-level cache at 128 dimensions.</summary>
    private const int LogitColumns = 256;

    private unsafe void StreamingForward(in KNegativesPairs pairs, Tensor loss, Tensor logSumExp)
    {
        long panels = Gemm.PackedRightFloats(pairs.Keys, pairs.Depth);
        int words = pairs.Sampled > 0 ? NegativeSample.Words(pairs.Keys) : 0;
        float* shared = Scratch.Shared(panels + ((long)words * pairs.Anchors));
        uint* bits = words == 0 ? null : (uint*)(shared + panels);
        if (bits != null) DrawNegatives(pairs, bits);
        ParallelGemm.PackRight(Workers, pairs.Z + ((long)pairs.FirstKey * pairs.Depth), pairs.Depth, true, pairs.Keys, pairs.Depth, shared);
        int rows = RowsPerChunk(pairs.Anchors);
        Workers.Run(Tiling.Blocks(pairs.Anchors, rows), new LogSumExpRows
        {
            Pairs = pairs, Keys = shared, Bits = bits, Loss = loss.FloatPointer, LogSumExp = logSumExp.FloatPointer, Scratch = Scratch, PerChunk = rows,
        });
    }

    /// <summary>A tile of dot products: rows packed as strips times columns packed as panels, whole tiles of 8 x 32 throughout.</summary>
    private static unsafe void DotTile(float* strips, int rows, float* panels, int columns, int depth, float* tile, int stride = LogitColumns)
    {
        for (int j = 0; j < columns; j += MicroKernel.TileColumns)
        {
            for (int i = 0; i < rows; i += MicroKernel.TileRows)
            {
                MicroKernel.StripTimesPanel(
                    strips + ((long)i * depth), MicroKernel.TileRows, depth, panels + ((long)j * depth), tile + (i * stride) + j, stride,
                    MicroKernel.TileRows, MicroKernel.TileColumns, false);
            }
        }
    }

    private static unsafe void PackStrips(float* rows, int count, int depth, float* strips)
    {
        for (int i = 0; i < count; i += MicroKernel.TileRows)
            Pack.Strip(rows, depth, false, i, Math.Min(MicroKernel.TileRows, count - i), depth, strips + ((long)i * depth));
    }

    /// <summary>Forward: a chunk of anchors meets all keys tile by tile, with a running maximum and a running sum per anchor.</summary>
    private unsafe struct LogSumExpRows : IChunks
    {
        public KNegativesPairs Pairs;
        public float* Keys, Loss, LogSumExp;
        public uint* Bits;
        public Scratch Scratch;
        public int PerChunk;

        public void Run(int chunk, int worker)
        {
            int first = chunk * PerChunk, rows = Math.Min(PerChunk, Pairs.Anchors - first), padded = Tiling.RoundUp(rows, MicroKernel.TileRows), depth = Pairs.Depth;
            float* strips = Scratch.OfWorker(worker, ((long)padded * depth) + (padded * LogitColumns)), tile = strips + ((long)padded * depth);
            float* maxima = stackalloc float[rows], positives = stackalloc float[rows];
            double* sums = stackalloc double[rows];
            for (int i = 0; i < rows; i++) (maxima[i], sums[i]) = (LogitRow.Masked, 0);
            PackStrips(Pairs.Z + ((long)first * depth), rows, depth, strips);
            for (int c = 0; c < Pairs.Keys; c += LogitColumns)
            {
                int columns = Math.Min(LogitColumns, Pairs.Keys - c), whole = Tiling.RoundUp(columns, MicroKernel.TileColumns);
                DotTile(strips, padded, Keys + ((long)c * depth), whole, depth, tile);
                for (int i = 0; i < rows; i++)
                {
                    float* dots = tile + (i * LogitColumns);
                    int positive = Pairs.PositiveKey(first + i) - c, self = Pairs.SelfKey(first + i) - c;
                    if ((uint)positive < (uint)columns)
                    {
                        positives[i] = dots[positive];
                        dots[positive] = LogitRow.Masked;
                    }

                    if ((uint)self < (uint)columns) dots[self] = LogitRow.Masked;
                    for (int j = columns; j < whole; j++) dots[j] = LogitRow.Masked;
                    if (Bits != null) LogitRow.Mask(dots, whole, Bits + ((long)(first + i) * NegativeSample.Words(Pairs.Keys)) + (c / 32));
                    Add(dots, whole, Pairs, ref maxima[i], ref sums[i]);
                }
            }

            for (int i = 0; i < rows; i++) Pairs.Finish(first + i, sums[i], maxima[i], positives[i], Loss, LogSumExp);
        }

        /// <summary>sum = Σ e^{(s − maximum)/T} over what came before and these dot products, with the maximum of all of them.</summary>
        public static void Add(float* dots, int columns, in KNegativesPairs pairs, ref float maximum, ref double sum)
        {
            float most = LogitRow.Maximum(dots, columns);
            if (most > maximum)
            {
                sum *= Math.Exp(((double)maximum - most) / pairs.Temperature);
                maximum = most;
            }

            // Where all is masked any finite number serves as the maximum: the terms are 0, or NaN where an embedding is.
            sum += LogitRow.SumOfExponentials(dots, columns, maximum == LogitRow.Masked ? 0 : maximum, pairs.PowerScale);
        }
    }
}
