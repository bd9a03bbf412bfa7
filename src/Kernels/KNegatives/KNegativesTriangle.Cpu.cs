using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

// Every row against every other: s_ij = s_ji, so each pair of blocks is multiplied once, and its tile counts for the sums of its rows and of its columns.
public sealed partial class CpuOps
{
    // One exponential serves a row and a column if it is relative to one number for both. Of unit rows 0.5 is near the greatest dot products. Where the greatest of
    // each row and column of a tile lies within these many logits, the terms that count have exponents small enough to keep their digits.
    private const float CommonReference = 0.5f, MostLogitsAway = 8;

    private unsafe void TriangleForward(in KNegativesPairs pairs, Tensor loss, Tensor logSumExp)
    {
        int perBlock = RowsPerBlock(pairs.Rows, pairs.Depth), padded = Tiling.RoundUp(pairs.Rows, MicroKernel.TileColumns);
        long panels = Gemm.PackedRightFloats(pairs.Rows, pairs.Depth);
        float* shared = Scratch.Shared(panels + (5L * padded));
        TriangleSums work = new()
        {
            Pairs = pairs, Blocks = new BlockPairs(Tiling.Blocks(pairs.Rows, perBlock), Symmetric: true), PerBlock = perBlock, Scratch = Scratch,
            Sums = (double*)shared, References = shared + (2L * padded), Maxima = shared + (3L * padded), Positives = shared + (4L * padded), Panels = shared + (5L * padded),
        };
        new Span<double>(work.Sums, padded).Clear();
        new Span<float>(work.References, 2 * padded).Fill(LogitRow.Masked);
        ParallelGemm.PackRight(Workers, pairs.Z, pairs.Depth, true, pairs.Rows, pairs.Depth, work.Panels);
        for (work.Round = 0; work.Round < work.Blocks.Rounds; work.Round++) Workers.Run(work.Blocks.PerRound, work);
        for (int row = 0; row < pairs.Rows; row++)
        {
            double sum = work.Sums[row], reference = work.References[row], maximum = work.Maxima[row];
            if (maximum != LogitRow.Masked) sum *= Math.Exp((reference - maximum) / pairs.Temperature);
            pairs.Finish(row, sum, (float)maximum, work.Positives[row], loss.FloatPointer, logSumExp.FloatPointer);
        }
    }

    private unsafe struct TriangleSums : IChunks
    {
        public KNegativesPairs Pairs;
        public BlockPairs Blocks;
        public Scratch Scratch;
        public int PerBlock, Round;
        public float* Panels;

        /// <summary>Of each row: Σ e^{(s − reference)/T} of its negatives so far, that reference, the greatest dot product so far, and that of its positive.</summary>
        public double* Sums;
        public float* References, Maxima, Positives;

        public void Run(int chunk, int worker)
        {
            if (!Blocks.TryGet(Round, chunk, out int rowBlock, out int columnBlock)) return;
            int firstRow = rowBlock * PerBlock, firstColumn = columnBlock * PerBlock, stride = PerBlock + 16;
            int rows = Math.Min(PerBlock, Pairs.Rows - firstRow), columns = Math.Min(PerBlock, Pairs.Rows - firstColumn);
            float* tile = Scratch.OfWorker(worker, ((long)PerBlock * stride) + (3L * PerBlock));
            DotBlocks(Panels, firstRow, rows, Panels, firstColumn, columns, Pairs.Depth, tile, stride);
            AddTile(tile, stride, firstRow, rows, firstColumn, columns, rowBlock == columnBlock, tile + ((long)PerBlock * stride));
        }

        private void AddTile(float* tile, int stride, int firstRow, int rows, int firstColumn, int columns, bool ofItself, float* buffer)
        {
            int whole = Tiling.RoundUp(columns, MicroKernel.TileColumns);
            float scale = Pairs.PowerScale;
            float* sums = buffer, maxima = buffer + PerBlock, rowSums = stackalloc float[MostBlockRows], rowMaxima = stackalloc float[MostBlockRows];
            new Span<float>(sums, whole).Clear();
            new Span<float>(maxima, whole).Fill(LogitRow.Masked);
            bool isNear = true;
            for (int i = 0; i < rows; i++)
            {
                float* dots = tile + ((long)i * stride);
                TakePositive(dots, firstRow + i, firstColumn, columns, ofItself);
                for (int j = columns; j < whole; j++) dots[j] = LogitRow.Masked;
                (rowSums[i], rowMaxima[i]) = PairRow.Add(dots, whole, CommonReference, scale, sums, maxima);
                isNear &= IsNear(rowMaxima[i]);
            }

            for (int j = 0; j < columns && !ofItself; j++) isNear &= IsNear(maxima[j]);
            for (int i = 0; i < rows; i++)
            {
                float reference = CommonReference;
                if (!isNear)
                {
                    reference = Reference(firstRow + i, rowMaxima[i]);
                    rowSums[i] = LogitRow.SumOfExponentials(tile + ((long)i * stride), whole, reference, scale);
                }

                Add(firstRow + i, rowSums[i], rowMaxima[i], reference);
            }

            if (ofItself) return; // every pair of a block with itself is in the tile twice
            float* references = buffer + (2 * PerBlock);
            if (isNear)
            {
                for (int j = 0; j < columns; j++) Add(firstColumn + j, sums[j], maxima[j], CommonReference);
                return;
            }

            for (int j = 0; j < whole; j++) references[j] = j < columns ? Reference(firstColumn + j, maxima[j]) : 0;
            new Span<float>(sums, whole).Clear();
            for (int i = 0; i < rows; i++) PairRow.AddToColumns(tile + ((long)i * stride), whole, references, scale, sums);
            for (int j = 0; j < columns; j++) Add(firstColumn + j, sums[j], maxima[j], references[j]);
        }

        /// <summary>Masks the row itself and its positive, whose dot product is the same from both sides.</summary>
        private void TakePositive(float* dots, int row, int firstColumn, int columns, bool ofItself)
        {
            int positiveRow = Pairs.PositiveRow(row), positive = positiveRow - firstColumn;
            if (ofItself) dots[row - firstColumn] = LogitRow.Masked;
            if ((uint)positive >= (uint)columns) return;
            Positives[row] = Positives[positiveRow] = dots[positive];
            dots[positive] = LogitRow.Masked;
        }

        private bool IsNear(float maximum) => maximum == LogitRow.Masked || Math.Abs(maximum - CommonReference) * Pairs.ScaleHigh <= MostLogitsAway;

        /// <summary>The row's greatest dot product with a tile's taken in; any finite number where all is masked.</summary>
        private float Reference(int row, float maximum)
        {
            float most = MathF.Max(Maxima[row], maximum);
            return most == LogitRow.Masked ? 0 : most;
        }

        /// <summary>Takes a tile's sum into the row's; the greater of the two references stays.</summary>
        private void Add(int row, float sum, float maximum, float reference)
        {
            if (maximum == LogitRow.Masked)
            {
                Sums[row] += sum; // nothing, or a NaN
                return;
            }

            Maxima[row] = MathF.Max(Maxima[row], maximum);
            double rise = ((double)reference - References[row]) / Pairs.Temperature;
            if (rise > 0)
            {
                Sums[row] = (Sums[row] * Math.Exp(-rise)) + sum;
                References[row] = reference;
            }
            else
            {
                Sums[row] += rise == 0 ? sum : sum * Math.Exp(rise);
            }
        }
    }
}
