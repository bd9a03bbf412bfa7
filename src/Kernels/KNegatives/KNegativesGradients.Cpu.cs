using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

// The streaming backward pass: a tile of dot products becomes weights, and the weights times the columns are the rows' sums, transposed times the rows the columns'.
public sealed partial class CpuOps
{
    // Floats of a block, and its rows: six such (panels, values and sums of both) and the tile of weights fill the second-level cache. The sums are loaded and
    // stored once for each tile, so that short blocks cost much beside their products.
    private const int BlockFloats = 32 << 10, MostBlockRows = 256;

    // e^(logarithm of the denominator) of two rows may differ by this much, or else one exponential for both would lose digits.
    private const double MostLogarithmsApart = 8;

    private unsafe void StreamingBackward(in KNegativesPairs pairs, Tensor logSumExp, Tensor dz)
    {
        int depth = pairs.Depth, width = Tiling.RoundUp(depth, MicroKernel.TileColumns), padded = Tiling.RoundUp(pairs.Anchors, MicroKernel.TileColumns);
        int paddedKeys = Tiling.RoundUp(pairs.Keys, MicroKernel.TileColumns), words = pairs.Sampled > 0 ? NegativeSample.Words(pairs.Keys) : 0;
        bool both = pairs.BothViews;
        long ofAnchors = 3L * padded * width, ofKeys = both ? 0 : 3L * paddedKeys * width, bits = (long)words * pairs.Anchors * (both ? 2 : 1);
        float* shared = Scratch.Shared((6L * padded) + ofAnchors + ofKeys + bits);
        PairGradients work = new()
        {
            Pairs = pairs, PerBlock = RowsPerBlock(pairs.Anchors, depth), Scratch = Scratch, Probabilities = (double*)shared,
            Maxima = shared + (2L * padded), Logarithms = shared + (3L * padded), Factors = shared + (4L * padded),
        };
        float* probabilities = shared + (5L * padded), sides = shared + (6L * padded);
        new Span<float>(shared, 6 * padded).Clear();
        new ReadOnlySpan<float>(logSumExp.FloatPointer, pairs.Anchors).CopyTo(new Span<float>(work.Maxima, pairs.Anchors));
        new ReadOnlySpan<float>(logSumExp.FloatPointer + pairs.Anchors, pairs.Anchors).CopyTo(new Span<float>(work.Logarithms, pairs.Anchors));
        if (!both || words > 0 || !work.ShareExponentials()) work.Factors = null;
        if (words > 0)
        {
            work.AnchorBits = (uint*)(sides + ofAnchors + ofKeys);
            DrawNegatives(pairs, work.AnchorBits);
            if (both)
            {
                work.KeyBits = work.AnchorBits + ((long)words * pairs.Anchors);
                Workers.Run(words, new TransposeBits { Source = work.AnchorBits, Target = work.KeyBits, Size = pairs.Keys });
            }
        }

        work.Rows = Side(pairs, 0, pairs.Anchors, sides);
        work.Columns = both ? work.Rows : Side(pairs, pairs.FirstKey, pairs.Keys, sides + ofAnchors);
        work.Blocks = new BlockPairs(Tiling.Blocks(pairs.Anchors, work.PerBlock), both);
        for (work.Round = 0; work.Round < work.Blocks.Rounds; work.Round++) Workers.Run(work.Blocks.PerRound, work);
        for (int row = 0; row < pairs.Anchors; row++) probabilities[row] = (float)work.Probabilities[row];
        AddPositives(pairs, probabilities, dz, work.Rows.Sums, width, 0, pairs.Anchors);
        if (!both) AddPositives(pairs, probabilities, dz, work.Columns.Sums, width, pairs.FirstKey, pairs.Keys);
    }

    private unsafe BlockSide Side(in KNegativesPairs pairs, int firstRow, int count, float* memory)
    {
        int depth = pairs.Depth, width = Tiling.RoundUp(depth, MicroKernel.TileColumns);
        long floats = (long)Tiling.RoundUp(count, MicroKernel.TileColumns) * width;
        BlockSide side = new() { FirstRow = firstRow, Count = count, Panels = memory, Values = memory + floats, Sums = memory + (2 * floats) };
        float* rows = pairs.Z + ((long)firstRow * depth);
        ParallelGemm.PackRight(Workers, rows, depth, true, count, depth, side.Panels);
        ParallelGemm.PackRight(Workers, rows, depth, false, depth, count, side.Values);
        for (long i = 0; i < floats; i += 1 << 20) new Span<float>(side.Sums + i, (int)Math.Min(1 << 20, floats - i)).Clear();
        return side;
    }

    /// <summary>The rows of a block, by the shape alone: what the second-level cache holds, fewer where that gives a small batch enough blocks.</summary>
    private static int RowsPerBlock(int rows, int depth)
    {
        int perBlock = Math.Clamp(BlockFloats / depth / MicroKernel.TileColumns * MicroKernel.TileColumns, MicroKernel.TileColumns, MostBlockRows);
        while ((perBlock > 128 && Tiling.Blocks(rows, perBlock) < 8) || (perBlock > 64 && Tiling.Blocks(rows, perBlock) < 4)) perBlock = Tiling.RoundUp(perBlock / 2, MicroKernel.TileColumns);
        return perBlock;
    }

    /// <summary>tile [rows, columns] = rows · columnsᵀ, both packed as panels; whole tiles of 8 x 32 throughout.</summary>
    private static unsafe void DotBlocks(
        float* rowPanels, int firstRow, int rows, float* columnPanels, int firstColumn, int columns, int depth, float* tile, int stride)
    {
        for (int j = 0; j < columns; j += MicroKernel.TileColumns)
        {
            float* panel = columnPanels + ((long)(firstColumn + j) * depth);
            for (int i = 0; i < rows; i += MicroKernel.TileRows)
            {
                int within = (firstRow + i) % MicroKernel.TileColumns;
                MicroKernel.StripTimesPanel(
                    rowPanels + ((long)(firstRow + i - within) * depth) + within, MicroKernel.TileColumns, depth, panel, tile + ((long)i * stride) + j, stride,
                    MicroKernel.TileRows, MicroKernel.TileColumns, false);
            }
        }
    }

    private unsafe struct PairGradients : IChunks
    {
        public KNegativesPairs Pairs;
        public BlockPairs Blocks;
        public BlockSide Rows, Columns;
        public Scratch Scratch;
        public int PerBlock, Round;

        /// <summary>The anchors' logarithms of the denominator in two parts, and e^(common − own) of them or null where they lie too far apart.</summary>
        public float* Maxima, Logarithms, Factors;

        /// <summary>The probability that each anchor gives to its negatives so far.</summary>
        public double* Probabilities;

        public uint* AnchorBits, KeyBits;
        private float commonMaximum, commonLogarithm;

        /// <summary>Fills the factors, relative to the greatest logarithm; false where they lie too far apart.</summary>
        public bool ShareExponentials()
        {
            int greatest = 0;
            for (int row = 1; row < Pairs.Anchors; row++)
            {
                if (Below(row, greatest) < 0) greatest = row;
            }

            // The factors are relative to the logarithm as it is rounded to base 2, so that the rounding is in none of the shares.
            (commonMaximum, commonLogarithm) = (Maxima[greatest], (float)(Logarithms[greatest] / Exponential.Ln2));
            double rounding = (commonLogarithm * Exponential.Ln2) - Logarithms[greatest];
            for (int row = 0; row < Pairs.Anchors; row++)
            {
                double below = Below(row, greatest);
                if (!(below <= MostLogarithmsApart)) return false; // nor with a NaN
                Factors[row] = (float)Math.Exp(below + rounding);
            }

            return true;
        }

        public void Run(int chunk, int worker)
        {
            if (!Blocks.TryGet(Round, chunk, out int rowBlock, out int columnBlock)) return;
            int firstRow = rowBlock * PerBlock, firstColumn = columnBlock * PerBlock, rows = Rows.RowsOf(rowBlock, PerBlock), columns = Columns.RowsOf(columnBlock, PerBlock);
            bool ofItself = Blocks.Symmetric && rowBlock == columnBlock;
            int whole = Tiling.RoundUp(columns, MicroKernel.TileColumns), stride = PerBlock + 16; // a line more, or a column of the tile would fall into few sets of the first-level cache
            float* tile = Scratch.OfWorker(worker, ((long)PerBlock * stride) + PerBlock), sums = tile + ((long)PerBlock * stride);
            DotBlocks(Rows.Panels, firstRow, rows, Columns.Panels, firstColumn, columns, Pairs.Depth, tile, stride);
            new Span<float>(sums, whole).Clear();
            for (int i = 0; i < rows; i++) Weigh(tile + ((long)i * stride), firstRow + i, firstColumn, columns, whole, sums);
            AddRowProducts(tile, stride, firstRow, rows, firstColumn, columns);
            if (ofItself) return; // every pair of a block with itself is in the tile twice
            AddColumnProducts(tile, stride, firstRow, rows, firstColumn, whole);
            for (int j = 0; j < columns && Blocks.Symmetric; j++) Probabilities[firstColumn + j] += Factors == null ? sums[j] : (double)sums[j] * Factors[firstColumn + j];
        }

        private void Weigh(float* dots, int row, int firstColumn, int columns, int whole, float* sums)
        {
            int offset = Columns.FirstRow + firstColumn, positive = Pairs.PositiveRow(row) - offset, self = row - offset;
            if ((uint)positive < (uint)columns) dots[positive] = LogitRow.Masked;
            if ((uint)self < (uint)columns) dots[self] = LogitRow.Masked;
            for (int j = columns; j < whole; j++) dots[j] = LogitRow.Masked;
            if (Factors != null)
            {
                PairTerms common = new()
                {
                    ScaleHigh = Pairs.PowerScale, ScaleLow = Pairs.PowerScaleLow, Maximum = commonMaximum, Logarithm = commonLogarithm,
                    RowFactor = Factors[row], ColumnFactors = Factors + firstColumn, ColumnSums = sums,
                };
                Probabilities[row] += (double)PairRow.Weights(dots, whole, common) * Factors[row];
                return;
            }

            ShareTerms terms = new()
            {
                ScaleHigh = Pairs.ScaleHigh, ScaleLow = Pairs.ScaleLow, OfRow = true, RowMaximum = Maxima[row], RowLogarithm = Logarithms[row],
                RowBits = AnchorBits == null ? null : AnchorBits + ((long)row * NegativeSample.Words(Pairs.Keys)) + (firstColumn / 32),
            };
            if (Blocks.Symmetric)
            {
                terms.ColumnMaxima = Maxima + firstColumn;
                terms.ColumnLogarithms = Logarithms + firstColumn;
                terms.ColumnSums = sums;
                if (KeyBits != null) terms.ColumnBits = KeyBits + ((long)row * NegativeSample.Words(Pairs.Keys)) + (firstColumn / 32);
            }

            Probabilities[row] += LogitRow.Shares(dots, whole, terms);
        }

        /// <summary>The rows' sums += weights · columns; the weights are read where they lie.</summary>
        private void AddRowProducts(float* tile, int stride, int firstRow, int rows, int firstColumn, int columns)
        {
            int width = Tiling.RoundUp(Pairs.Depth, MicroKernel.TileColumns);
            float** weights = stackalloc float*[MicroKernel.TileRows], targets = stackalloc float*[MicroKernel.TileRows];
            for (int d = 0; d < width; d += MicroKernel.TileColumns)
            {
                float* panel = Columns.Values + ((long)d * Columns.Count) + ((long)firstColumn * MicroKernel.TileColumns);
                for (int i = 0; i < rows; i += MicroKernel.TileRows)
                {
                    for (int k = 0; k < MicroKernel.TileRows; k++)
                    {
                        weights[k] = tile + ((long)(i + k) * stride);
                        targets[k] = Rows.Sums + ((long)(firstRow + i + k) * width);
                    }

                    MicroKernel.RowsTimesPanel(weights, 1, 0, columns, panel, targets, d, MicroKernel.TileColumns, true);
                }
            }
        }

        /// <summary>The columns' sums += weightsᵀ · rows: eight columns of the weights, read where they lie, are a strip.</summary>
        private void AddColumnProducts(float* tile, int stride, int firstRow, int rows, int firstColumn, int whole)
        {
            int width = Tiling.RoundUp(Pairs.Depth, MicroKernel.TileColumns);
            for (int d = 0; d < width; d += MicroKernel.TileColumns)
            {
                float* panel = Rows.Values + ((long)d * Rows.Count) + ((long)firstRow * MicroKernel.TileColumns);
                for (int j = 0; j < whole; j += MicroKernel.TileRows)
                {
                    MicroKernel.StripTimesPanel(
                        tile + j, stride, rows, panel, Columns.Sums + ((long)(firstColumn + j) * width) + d, width, MicroKernel.TileRows, MicroKernel.TileColumns, true);
                }
            }
        }

        private double Below(int row, int other) =>
            (((double)Maxima[other] - Maxima[row]) / Pairs.Temperature) + ((double)Logarithms[other] - Logarithms[row]);
    }

    /// <summary>The sample seen from the keys: of which anchors is a key a negative. As many anchors as keys.</summary>
    private unsafe struct TransposeBits : IChunks
    {
        public uint* Source, Target;
        public int Size;

        public void Run(int chunk, int worker)
        {
            int words = NegativeSample.Words(Size);
            uint* square = stackalloc uint[32];
            for (int word = 0; word < words; word++)
            {
                for (int i = 0; i < 32; i++) square[i] = (word * 32) + i < Size ? Source[((long)((word * 32) + i) * words) + chunk] : 0;
                NegativeSample.Transpose(square);
                for (int i = 0; i < 32 && (chunk * 32) + i < Size; i++) Target[((long)((chunk * 32) + i) * words) + word] = square[i];
            }
        }
    }
}
