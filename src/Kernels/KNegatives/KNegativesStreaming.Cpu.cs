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
        PackRight(pairs.Z + ((long)pairs.FirstKey * pairs.Depth), pairs.Depth, true, pairs.Keys, pairs.Depth, shared);
        int rows = RowsPerChunk(pairs.Anchors);
        Workers.Run(Blocks(pairs.Anchors, rows), new LogSumExpRows
        {
            Pairs = pairs, Keys = shared, Bits = bits, Loss = loss.FloatPointer, LogSumExp = logSumExp.FloatPointer, Scratch = Scratch, PerChunk = rows,
        });
    }

    private unsafe void StreamingBackward(in KNegativesPairs pairs, Tensor logSumExp, Tensor dz)
    {
        int longest = Math.Max(pairs.Anchors, pairs.Keys), depth = pairs.Depth, words = pairs.Sampled > 0 ? NegativeSample.Words(longest) : 0;
        long panels = Gemm.PackedRightFloats(longest, depth), values = Gemm.PackedRightFloats(depth, longest), bitWords = 32L * words * words;
        int padded = RoundUp(pairs.Anchors, LogitColumns);
        float* shared = Scratch.Shared(panels + values + (3L * padded) + (2 * bitWords));
        GradientRows work = new()
        {
            Pairs = pairs, Scratch = Scratch, Columns = shared, Values = shared + panels, Maxima = shared + panels + values,
            Logarithms = shared + panels + values + padded, Probabilities = shared + panels + values + (2L * padded), Dz = dz.FloatPointer,
        };
        new Span<float>(work.Maxima, 2 * padded).Clear();
        new ReadOnlySpan<float>(logSumExp.FloatPointer, pairs.Anchors).CopyTo(new Span<float>(work.Maxima, pairs.Anchors));
        new ReadOnlySpan<float>(logSumExp.FloatPointer + pairs.Anchors, pairs.Anchors).CopyTo(new Span<float>(work.Logarithms, pairs.Anchors));
        if (words > 0)
        {
            work.AnchorBits = (uint*)(work.Probabilities + padded);
            work.KeyBits = work.AnchorBits + bitWords;
            DrawNegatives(pairs, work.AnchorBits);
            TransposeBits transpose = new() { Source = work.AnchorBits, Target = work.KeyBits, Rows = pairs.Anchors, Columns = pairs.Keys };
            Workers.Run(NegativeSample.Words(pairs.Keys), transpose);
        }

        if (pairs.BothViews)
        {
            Sweep(work, 0, pairs.Rows, 0, pairs.Rows, ofRow: true, ofColumn: true);
        }
        else
        {
            Sweep(work, 0, pairs.Anchors, pairs.FirstKey, pairs.Keys, ofRow: true, ofColumn: false);
            Sweep(work, pairs.FirstKey, pairs.Keys, 0, pairs.Anchors, ofRow: false, ofColumn: true);
        }

        AddPositives(pairs, work.Probabilities, dz);
    }

    /// <summary>One owner per row: each chunk of rows meets all the columns and nobody else writes its gradients, so no atomics are needed.</summary>
    private unsafe void Sweep(GradientRows work, int firstRow, int rows, int firstColumn, int columns, bool ofRow, bool ofColumn)
    {
        int depth = work.Pairs.Depth;
        float* source = work.Pairs.Z + ((long)firstColumn * depth);
        PackRight(source, depth, true, columns, depth, work.Columns);
        PackRight(source, depth, false, depth, columns, work.Values);
        work.FirstRow = firstRow;
        work.RowCount = rows;
        work.FirstColumn = firstColumn;
        work.ColumnCount = columns;
        work.OfRow = ofRow;
        work.OfColumn = ofColumn;
        work.PerChunk = RowsPerChunk(rows);
        Workers.Run(Blocks(rows, work.PerChunk), work);
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
            int first = chunk * PerChunk, rows = Math.Min(PerChunk, Pairs.Anchors - first), padded = RoundUp(rows, MicroKernel.TileRows), depth = Pairs.Depth;
            float* strips = Scratch.OfWorker(worker, ((long)padded * depth) + (padded * LogitColumns)), tile = strips + ((long)padded * depth);
            float* maxima = stackalloc float[rows], positives = stackalloc float[rows];
            double* sums = stackalloc double[rows];
            for (int i = 0; i < rows; i++) (maxima[i], sums[i]) = (LogitRow.Masked, 0);
            PackStrips(Pairs.Z + ((long)first * depth), rows, depth, strips);
            for (int c = 0; c < Pairs.Keys; c += LogitColumns)
            {
                int columns = Math.Min(LogitColumns, Pairs.Keys - c), whole = RoundUp(columns, MicroKernel.TileColumns);
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
            sum += LogitRow.SumOfExponentials(dots, columns, maximum == LogitRow.Masked ? 0 : maximum, pairs.ScaleHigh);
        }
    }

    /// <summary>Backward: a chunk of rows meets all columns tile by tile; the dot products become shares, and the shares times the columns add up to the gradients.</summary>
    private unsafe struct GradientRows : IChunks
    {
        public KNegativesPairs Pairs;
        public float* Columns, Values, Maxima, Logarithms, Probabilities, Dz;
        public uint* AnchorBits, KeyBits;
        public Scratch Scratch;
        public int FirstRow, RowCount, FirstColumn, ColumnCount, PerChunk;
        public bool OfRow, OfColumn;

        public void Run(int chunk, int worker)
        {
            int first = chunk * PerChunk, rows = Math.Min(PerChunk, RowCount - first), padded = RoundUp(rows, MicroKernel.TileRows);
            int depth = Pairs.Depth, width = RoundUp(depth, MicroKernel.TileColumns);
            float* strips = Scratch.OfWorker(worker, ((long)padded * (depth + width)) + (padded * LogitColumns));
            float* tile = strips + ((long)padded * depth), sums = tile + (padded * LogitColumns);
            double* probabilities = stackalloc double[rows];
            new Span<double>(probabilities, rows).Clear();
            PackStrips(Pairs.Z + ((long)(FirstRow + first) * depth), rows, depth, strips);
            ShareTerms terms = new() { ScaleHigh = Pairs.ScaleHigh, ScaleLow = Pairs.ScaleLow, OfRow = OfRow };
            for (int c = 0; c < ColumnCount; c += LogitColumns)
            {
                int columns = Math.Min(LogitColumns, ColumnCount - c), whole = RoundUp(columns, MicroKernel.TileColumns);
                DotTile(strips, padded, Columns + ((long)c * depth), whole, depth, tile);
                for (int i = 0; i < rows; i++)
                {
                    float* dots = tile + (i * LogitColumns);
                    int row = FirstRow + first + i, positive = Pairs.PositiveRow(row) - FirstColumn - c, self = row - FirstColumn - c;
                    if ((uint)positive < (uint)columns) dots[positive] = LogitRow.Masked;
                    if ((uint)self < (uint)columns) dots[self] = LogitRow.Masked;
                    for (int j = columns; j < whole; j++) dots[j] = LogitRow.Masked;
                    if (OfRow) (terms.RowMaximum, terms.RowLogarithm) = (Maxima[row], Logarithms[row]);
                    terms.ColumnMaxima = OfColumn ? Maxima + c : null;
                    terms.ColumnLogarithms = OfColumn ? Logarithms + c : null;
                    if (AnchorBits != null)
                    {
                        terms.RowBits = OfRow ? AnchorBits + ((long)row * NegativeSample.Words(Pairs.Keys)) + (c / 32) : null;
                        terms.ColumnBits = OfColumn ? KeyBits + ((long)(row - Pairs.FirstKey) * NegativeSample.Words(Pairs.Anchors)) + (c / 32) : null;
                    }

                    probabilities[i] += LogitRow.Shares(dots, whole, terms);
                }

                AddProducts(tile, padded, Values + ((long)c * MicroKernel.TileColumns), columns, width, sums, accumulate: c > 0);
            }

            for (int i = 0; i < rows; i++)
            {
                int row = FirstRow + first + i;
                if (OfRow) Probabilities[row] = (float)probabilities[i];
                new ReadOnlySpan<float>(sums + ((long)i * width), depth).CopyTo(new Span<float>(Dz + ((long)row * depth), depth));
            }
        }

        /// <summary>sums [padded, width] (+)= shares [padded, columns] · values, 8 rows and 32 columns at a time; the shares are read where they lie.</summary>
        private void AddProducts(float* tile, int padded, float* values, int columns, int width, float* sums, bool accumulate)
        {
            float** shares = stackalloc float*[MicroKernel.TileRows], targets = stackalloc float*[MicroKernel.TileRows];
            for (int d = 0; d < width; d += MicroKernel.TileColumns)
            {
                float* panel = values + ((long)d * ColumnCount);
                for (int i = 0; i < padded; i += MicroKernel.TileRows)
                {
                    for (int k = 0; k < MicroKernel.TileRows; k++)
                    {
                        shares[k] = tile + ((i + k) * LogitColumns);
                        targets[k] = sums + ((long)(i + k) * width);
                    }

                    MicroKernel.RowsTimesPanel(shares, 1, 0, columns, panel, targets, d, MicroKernel.TileColumns, accumulate);
                }
            }
        }
    }

    /// <summary>The sample seen from the keys: of which anchors is a key a negative.</summary>
    private unsafe struct TransposeBits : IChunks
    {
        public uint* Source, Target;
        public int Rows, Columns;

        public void Run(int chunk, int worker)
        {
            int sourceWords = NegativeSample.Words(Columns), targetWords = NegativeSample.Words(Rows);
            uint* square = stackalloc uint[32];
            for (int word = 0; word < targetWords; word++)
            {
                for (int i = 0; i < 32; i++) square[i] = (word * 32) + i < Rows ? Source[((long)((word * 32) + i) * sourceWords) + chunk] : 0;
                NegativeSample.Transpose(square);
                for (int i = 0; i < 32 && (chunk * 32) + i < Columns; i++) Target[((long)((chunk * 32) + i) * targetWords) + word] = square[i];
            }
        }
    }
}
