using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

// NT-Xent: every row against every other, or of two towers every row against those of the other. s_ij = s_ji, so each pair of blocks is multiplied once, and
// its tile counts for the sums of its rows and of its columns.
public sealed partial class CpuOps
{
    // One exponential serves a row and a column if it is relative to one number for both. Of unit rows 0.5 is near the greatest dot products. Where the
    // greatest of each row and column of a tile lies within these many logits, the terms that count have exponents small enough to keep their digits.
    private const float CommonOffset = 0.5f;
    private const float MostLogitsAway = 8;

    // Floats of a block, and its rows: six such (panels, values and sums of both) and the tile of weights fill the second-level cache. The sums are loaded and
    // stored once for each tile, so that short blocks cost much beside their products.
    private const int BlockFloats = 32 << 10;
    private const int MostBlockRows = 256;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void SymmetricLoss(Tensor z, bool isAcross, in ContrastiveSettings settings, Tensor loss, Tensor logSumExp, Tensor dz)
    {
        bool inBFloat16 = LosesLittleInBFloat16(settings);
        double temperature = settings.Temperature;
        int samples = z[0] / 2, depth = z[1], second = isAcross ? Tiling.RoundUp(samples, MicroKernel.TileColumns) : samples;
        SymmetricRows rows = new(z.FloatPointer, samples, second, depth, isAcross, temperature);
        int perBlock = RowsPerBlock(rows.BlockRows, depth), padded = Tiling.RoundUp(rows.Count, MicroKernel.TileColumns);
        long panels = (long)padded * (inBFloat16 ? 2 * BFloat16Rows.Words(depth) : depth), sums = 5L * padded;
        long gradient = dz.IsNone ? 0 : SymmetricGradientFloats(rows);
        float* shared = Scratch.Shared(sums + panels + gradient + (second == samples ? 0 : (long)rows.Count * depth));
        if (second > samples) rows = WithWholePanels(z, rows, shared + sums + panels + gradient);
        SymmetricSums work = new()
        {
            Rows = rows, Blocks = new BlockPairs(Tiling.Blocks(rows.BlockRows, perBlock), isAcross), PerBlock = perBlock, Scratch = Scratch,
            Sums = (double*)shared, Offsets = shared + (2L * padded), Maxima = shared + (3L * padded), Positives = shared + (4L * padded),
            Panels = shared + sums,
        };
        new Span<double>(work.Sums, padded).Clear();
        new Span<float>(work.Offsets, 2 * padded).Fill(LogitRow.Masked);
        SymmetricWords words = default;
        if (inBFloat16)
        {
            words = PackSymmetric(rows, (uint*)work.Panels);
            for (work.Round = 0; work.Round < work.Blocks.Rounds; work.Round++)
                Workers.Run(work.Blocks.PerRound, new SymmetricSumsInBFloat16 { Sums = work, Words = words });
            work.TakePositivesOfFloats();
        }
        else
        {
            ParallelGemm.PackRight(Workers, rows.Z, rows.Depth, true, rows.Count, rows.Depth, work.Panels);
            for (work.Round = 0; work.Round < work.Blocks.Rounds; work.Round++) Workers.Run(work.Blocks.PerRound, work);
        }

        FinishSymmetric finishing = new() { Sums = work, Loss = loss.FloatPointer, LogSumExp = logSumExp.FloatPointer };
        Workers.Run(Tiling.Blocks(rows.Count, FinishSymmetric.PerChunk), finishing);
        if (!dz.IsNone) SymmetricGradient(work, words, dz, shared + sums + panels);
    }

    private unsafe SymmetricWords PackSymmetric(in SymmetricRows rows, uint* memory)
    {
        SymmetricWords words = new() { Rows = rows, Scratch = Scratch, Strips = memory };
        words.Panels = memory + ((long)Tiling.RoundUp(rows.Count, MicroKernel.TileColumns) * words.Words);
        Workers.Run(Tiling.Blocks(rows.Count, SymmetricWords.RowsPerChunk), words);
        return words;
    }

    /// <summary>A copy with zeros below view 1, so that view 2 begins with a panel.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static unsafe SymmetricRows WithWholePanels(Tensor z, in SymmetricRows rows, float* copy)
    {
        for (int row = 0; row < rows.Count; row++)
        {
            Span<float> target = Row(copy, row, rows.Depth);
            if (rows.Place(row) < 0) target.Clear();
            else z.Row(rows.Place(row)).CopyTo(target);
        }

        return new(copy, rows.Samples, rows.Second, rows.Depth, rows.IsAcross, rows.Temperature);
    }

    /// <summary>The rows of a block, by the shape alone: what the second-level cache holds, fewer where that gives a small batch enough blocks.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int RowsPerBlock(int rows, int depth)
    {
        int perBlock = Math.Clamp(BlockFloats / depth / MicroKernel.TileColumns * MicroKernel.TileColumns, MicroKernel.TileColumns, MostBlockRows);
        while ((perBlock > 128 && Tiling.Blocks(rows, perBlock) < 8) || (perBlock > 64 && Tiling.Blocks(rows, perBlock) < 4))
            perBlock = Tiling.RoundUp(perBlock / 2, MicroKernel.TileColumns);
        return perBlock;
    }

    private unsafe struct FinishSymmetric : IChunks
    {
        public const int PerChunk = 256;
        public SymmetricSums Sums;
        public float* Loss, LogSumExp;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk, int worker)
        {
            int last = Math.Min(Sums.Rows.Count, (chunk + 1) * PerChunk);
            for (int row = chunk * PerChunk; row < last; row++)
            {
                if (Sums.Rows.Place(row) >= 0) Sums.Finish(row, Loss, LogSumExp);
            }
        }
    }

    private unsafe struct SymmetricSums : IChunks
    {
        public SymmetricRows Rows;
        public BlockPairs Blocks;
        public Scratch Scratch;
        public int PerBlock, Round;

        /// <summary>The rows as [rows/32][depth][32]: what a dot product multiplies, from either side.</summary>
        public float* Panels;

        /// <summary>
        /// Of each row: Σ e^{(s − offset)/T} of its negatives so far, that offset, the greatest dot product so far, and that of its positive.
        /// </summary>
        public double* Sums;
        public float* Offsets, Maxima, Positives;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            if (!Blocks.TryGet(Round, chunk, out int rowBlock, out int columnBlock)) return;
            int firstRow = rowBlock * PerBlock, column = columnBlock * PerBlock, firstColumn = Rows.FirstColumn + column, stride = PerBlock + 16;
            int rows = Math.Min(PerBlock, Rows.BlockRows - firstRow), columns = Math.Min(PerBlock, Rows.BlockRows - column);
            float* tile = Scratch.OfWorker(worker, ((long)PerBlock * stride) + (3L * PerBlock));
            DotTiles.OfPanels(Panels, firstRow, rows, Panels, firstColumn, columns, Rows.Depth, tile, stride);
            AddTile(tile, stride, firstRow, rows, firstColumn, columns, firstRow == firstColumn, tile + ((long)PerBlock * stride));
        }

        /// <summary>The row's loss and logarithm of the denominator. The sum and the maximum become the two parts of that logarithm, as dot product and rest:
        /// one float of it, which T = 0.001 can make 1000, would cost the gradient 3e-5 of its size.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Finish(int row, float* loss, float* logSumExp)
        {
            double t = Rows.Temperature, sum = Sums[row], offset = Offsets[row], maximum = Maxima[row], positive = Positives[row];
            if (maximum == LogitRow.Masked) maximum = positive;
            else sum *= Math.Exp((offset - maximum) / t);
            int place = Rows.Place(row);
            RowResult result = InfoNce.Of<HostMath>(new RowSums(t, positive / t, maximum / t, sum, 0, Rows.Negatives, 0, 0));
            (loss[place], logSumExp[place]) = ((float)result.Loss, (float)result.LogSumExp);
            Maxima[row] = (float)Math.Max(maximum, positive);
            Sums[row] = result.LogSumExp - (Maxima[row] / t);
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void AddTile(float* tile, int stride, int firstRow, int rows, int firstColumn, int columns, bool ofItself, float* buffer)
        {
            int whole = Tiling.RoundUp(columns, MicroKernel.TileColumns);
            float scale = Rows.PowerScale;
            float* sums = buffer, maxima = buffer + PerBlock, rowSums = stackalloc float[MostBlockRows], rowMaxima = stackalloc float[MostBlockRows];
            new Span<float>(sums, whole).Clear();
            new Span<float>(maxima, whole).Fill(LogitRow.Masked);
            bool isNear = true;
            for (int i = 0; i < rows; i++)
            {
                float* dots = tile + ((long)i * stride);
                TakePositive(dots, firstRow + i, firstColumn, columns);
                for (int j = columns; j < whole; j++) dots[j] = LogitRow.Masked;
                (rowSums[i], rowMaxima[i]) = PairRow.Add(dots, whole, CommonOffset, scale, sums, maxima);
                isNear &= IsNear(rowMaxima[i]);
            }

            for (int j = 0; j < columns && !ofItself; j++) isNear &= IsNear(maxima[j]);
            for (int i = 0; i < rows; i++)
            {
                float offset = CommonOffset;
                if (!isNear)
                {
                    offset = OffsetOf(firstRow + i, rowMaxima[i]);
                    rowSums[i] = LogitRow.SumOfExponentials(tile + ((long)i * stride), whole, offset, scale);
                }

                Add(firstRow + i, rowSums[i], rowMaxima[i], offset);
            }

            if (ofItself) return; // every pair of a block with itself is in the tile twice
            float* offsets = buffer + (2 * PerBlock);
            if (isNear)
            {
                for (int j = 0; j < columns; j++) Add(firstColumn + j, sums[j], maxima[j], CommonOffset);
                return;
            }

            for (int j = 0; j < whole; j++) offsets[j] = j < columns ? OffsetOf(firstColumn + j, maxima[j]) : 0;
            new Span<float>(sums, whole).Clear();
            for (int i = 0; i < rows; i++) PairRow.AddToColumns(tile + ((long)i * stride), whole, offsets, scale, sums);
            for (int j = 0; j < columns; j++) Add(firstColumn + j, sums[j], maxima[j], offsets[j]);
        }

        /// <summary>Masks the row itself and its positive, whose dot product is the same from both sides.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void TakePositive(float* dots, int row, int firstColumn, int columns)
        {
            int positiveRow = Rows.PositiveRow(row), positive = positiveRow - firstColumn, self = row - firstColumn;
            if ((uint)self < (uint)columns) dots[self] = LogitRow.Masked;
            if ((uint)positive >= (uint)columns) return;
            Positives[row] = Positives[positiveRow] = dots[positive];
            dots[positive] = LogitRow.Masked;
        }

        /// <summary>A positive's dot product has the weight of all negatives, and is cheap: it is made of operands that are not rounded.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void TakePositivesOfFloats()
        {
            for (int row = 0; row < Rows.Samples; row++)
            {
                int positive = Rows.PositiveRow(row);
                Positives[row] = Positives[positive] = TensorPrimitives.Dot(Row(Rows.Z, row, Rows.Depth), Row(Rows.Z, positive, Rows.Depth));
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private bool IsNear(float maximum) => maximum == LogitRow.Masked || Math.Abs(maximum - CommonOffset) * Rows.ScaleHigh <= MostLogitsAway;

        /// <summary>The row's greatest dot product with a tile's taken in; any finite number where all is masked.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private float OffsetOf(int row, float maximum)
        {
            float max = MathF.Max(Maxima[row], maximum);
            return max == LogitRow.Masked ? 0 : max;
        }

        /// <summary>Takes a tile's sum relative to <see cref="CommonOffset"/> into the row's.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void AddCommon(int row, float sum)
        {
            if (Offsets[row] == CommonOffset) Sums[row] += sum;
            else Add(row, sum, CommonOffset, CommonOffset);
        }

        /// <summary>Takes a tile's sum into the row's; the greater of the two offsets stays.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Add(int row, float sum, float maximum, float offset)
        {
            if (maximum == LogitRow.Masked)
            {
                Sums[row] += sum; // nothing, or a NaN
                return;
            }

            Maxima[row] = MathF.Max(Maxima[row], maximum);
            double update = ((double)offset - Offsets[row]) / Rows.Temperature;
            if (update > 0)
            {
                Sums[row] = (Sums[row] * Math.Exp(-update)) + sum;
                Offsets[row] = offset;
            }
            else
            {
                Sums[row] += update == 0 ? sum : sum * Math.Exp(update);
            }
        }
    }
}
