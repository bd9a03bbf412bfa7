using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

// The gradient of the symmetric form: a tile of dot products becomes weights of both its rows and its columns, and the weights times the columns are the rows'
// sums, transposed times the rows the columns'.
public sealed partial class CpuOps
{
    // e^(logarithm of the denominator) of two rows may differ by this much, or else one exponential for both would lose digits.
    private const double MostLogarithmsApart = 8;

    /// <summary>Floats that <see cref="SymmetricGradient"/> needs: five numbers of each row, values and sums.</summary>
    private static long SymmetricGradientFloats(in SymmetricRows rows) =>
        Tiling.RoundUp(rows.Count, MicroKernel.TileColumns) * (5L + (2 * Tiling.RoundUp(rows.Depth, MicroKernel.TileColumns)));

    /// <summary>dz from what the sums left: the two parts of each logarithm in Maxima and Sums.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void SymmetricGradient(in SymmetricSums sums, SymmetricWords words, Tensor dz, float* memory)
    {
        SymmetricRows rows = sums.Rows;
        int width = Tiling.RoundUp(rows.Depth, MicroKernel.TileColumns), padded = Tiling.RoundUp(rows.Count, MicroKernel.TileColumns);
        long floats = (long)padded * width;
        SymmetricWeights work = new()
        {
            Rows = rows, Blocks = sums.Blocks, PerBlock = sums.PerBlock, Scratch = Scratch, Panels = sums.Panels, Maxima = sums.Maxima,
            Probabilities = (double*)memory, Logarithms = memory + (2L * padded), Factors = memory + (3L * padded), Values = memory + (5L * padded),
            Sums = memory + (5L * padded) + floats,
        };
        float* probabilities = memory + (4L * padded);
        new Span<float>(memory, 5 * padded).Clear();
        new Span<float>(work.Maxima + rows.Count, padded - rows.Count).Clear();
        for (int row = 0; row < rows.Count; row++) work.Logarithms[row] = (float)sums.Sums[row];
        bool inBFloat16 = words.Strips != null;
        if (!work.ShareExponentials(inBFloat16 ? MostLogarithmsApartInBFloat16 : MostLogarithmsApart)) work.Factors = null;
        if (inBFloat16)
        {
            words.Values = (uint*)work.Values;
            Workers.Run(Tiling.Blocks(rows.Count, SymmetricWords.RowsPerChunk), words);
        }
        else
        {
            ParallelGemm.PackRight(Workers, rows.Z, rows.Depth, false, rows.Depth, rows.Count, work.Values);
        }

        for (long i = 0; i < floats; i += 1 << 20) new Span<float>(work.Sums + i, (int)Math.Min(1 << 20, floats - i)).Clear();
        for (work.Round = 0; work.Round < work.Blocks.Rounds; work.Round++)
        {
            if (inBFloat16) Workers.Run(work.Blocks.PerRound, new SymmetricWeightsInBFloat16 { Weights = work, Words = words });
            else Workers.Run(work.Blocks.PerRound, work);
        }

        for (int row = 0; row < rows.Count; row++) probabilities[row] = (float)work.Probabilities[row];
        Workers.Run(Tiling.Blocks(rows.Count, PositiveRows.PerChunk), new PositiveRows
        {
            Rows = rows, Probabilities = probabilities, Dz = dz.FloatPointer, Sums = work.Sums, SumStride = width,
        });
    }

    private unsafe struct SymmetricWeights : IChunks
    {
        public SymmetricRows Rows;
        public BlockPairs Blocks;
        public Scratch Scratch;
        public int PerBlock, Round;

        /// <summary>The rows as [rows/32][depth][32], and as [depth/32][rows][32]: what weights multiply.</summary>
        public float* Panels, Values;

        /// <summary>Receives the weighted sums, [rows to whole panels][depth to whole panels].</summary>
        public float* Sums;

        /// <summary>The rows' logarithms of the denominator in two parts, and e^(common − own) of them or null where they lie too far apart.</summary>
        public float* Maxima, Logarithms, Factors;

        /// <summary>The probability that each row gives to its negatives so far.</summary>
        public double* Probabilities;

        private float commonMaximum, commonLogarithm;

        /// <summary>What a scaled dot product's exponent is relative to in all pairs.</summary>
        public readonly float CommonShift => (float)-(((double)commonMaximum / (Rows.Temperature * Exponential.Ln2)) + commonLogarithm);

        /// <summary>Fills the factors, relative to the greatest logarithm; false where they lie too far apart.</summary>
        /// <param name="most">How far.</param>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public bool ShareExponentials(double most)
        {
            int greatest = 0;
            for (int row = 1; row < Rows.Count; row++)
            {
                if (Rows.Place(row) >= 0 && Below(row, greatest) < 0) greatest = row;
            }

            // The factors are relative to the logarithm as it is rounded to base 2, so that the rounding is in none of the weights.
            (commonMaximum, commonLogarithm) = (Maxima[greatest], (float)(Logarithms[greatest] / Exponential.Ln2));
            double rounding = (commonLogarithm * Exponential.Ln2) - Logarithms[greatest];
            for (int row = 0; row < Rows.Count; row++)
            {
                if (Rows.Place(row) < 0) continue;
                double below = Below(row, greatest);
                if (!(below <= most)) return false; // nor with a NaN
                Factors[row] = (float)Math.Exp(below + rounding);
            }

            return true;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            if (!Blocks.TryGet(Round, chunk, out int rowBlock, out int columnBlock)) return;
            int firstRow = rowBlock * PerBlock, column = columnBlock * PerBlock, firstColumn = Rows.FirstColumn + column;
            int rows = Math.Min(PerBlock, Rows.BlockRows - firstRow), columns = Math.Min(PerBlock, Rows.BlockRows - column);
            int whole = Tiling.RoundUp(columns, MicroKernel.TileColumns);
            int stride = PerBlock + 16; // a line more, or a column of the tile would fall into few sets of the first-level cache
            float* tile = Scratch.OfWorker(worker, ((long)PerBlock * stride) + PerBlock), sums = tile + ((long)PerBlock * stride);
            DotTiles.OfPanels(Panels, firstRow, rows, Panels, firstColumn, columns, Rows.Depth, tile, stride);
            new Span<float>(sums, whole).Clear();
            for (int i = 0; i < rows; i++) Weigh(tile + ((long)i * stride), firstRow + i, firstColumn, columns, whole, sums);
            AddRowProducts(tile, stride, firstRow, rows, firstColumn, columns);
            if (firstRow == firstColumn) return; // every pair of a block with itself is in the tile twice
            AddColumnProducts(tile, stride, firstRow, rows, firstColumn, whole);
            for (int j = 0; j < columns; j++) Probabilities[firstColumn + j] += Factors == null ? sums[j] : (double)sums[j] * Factors[firstColumn + j];
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Weigh(float* dots, int row, int firstColumn, int columns, int whole, float* sums)
        {
            int positive = Rows.PositiveRow(row) - firstColumn, self = row - firstColumn;
            if ((uint)positive < (uint)columns) dots[positive] = LogitRow.Masked;
            if ((uint)self < (uint)columns) dots[self] = LogitRow.Masked;
            for (int j = columns; j < whole; j++) dots[j] = LogitRow.Masked;
            if (Factors != null)
            {
                CommonWeights common = new()
                {
                    ScaleHigh = Rows.PowerScale, ScaleLow = Rows.PowerScaleLow, Maximum = commonMaximum, Logarithm = commonLogarithm,
                    RowFactor = Factors[row], ColumnFactors = Factors + firstColumn, ColumnSums = sums,
                };
                Probabilities[row] += (double)PairRow.Weights(dots, whole, common) * Factors[row];
                return;
            }

            BothWeights weighing = new()
            {
                ScaleHigh = Rows.ScaleHigh, ScaleLow = Rows.ScaleLow, RowMaximum = Maxima[row], RowLogarithm = Logarithms[row],
                ColumnMaxima = Maxima + firstColumn, ColumnLogarithms = Logarithms + firstColumn, ColumnSums = sums,
            };
            Probabilities[row] += LogitRow.WeightsOfBoth(dots, whole, weighing);
        }

        /// <summary>The rows' sums += weights · columns; the weights are read where they lie.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddRowProducts(float* tile, int stride, int firstRow, int rows, int firstColumn, int columns)
        {
            int width = Tiling.RoundUp(Rows.Depth, MicroKernel.TileColumns);
            float** weights = stackalloc float*[MicroKernel.TileRows], targets = stackalloc float*[MicroKernel.TileRows];
            for (int d = 0; d < width; d += MicroKernel.TileColumns)
            {
                float* panel = Values + ((long)d * Rows.Count) + ((long)firstColumn * MicroKernel.TileColumns);
                for (int i = 0; i < rows; i += MicroKernel.TileRows)
                {
                    for (int k = 0; k < MicroKernel.TileRows; k++)
                    {
                        weights[k] = tile + ((long)(i + k) * stride);
                        targets[k] = Sums + ((long)(firstRow + i + k) * width);
                    }

                    MicroKernel.RowsTimesPanel(weights, 1, 0, columns, panel, targets, d, MicroKernel.TileColumns, true);
                }
            }
        }

        /// <summary>The columns' sums += weightsᵀ · rows: eight columns of the weights, read where they lie, are a strip.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddColumnProducts(float* tile, int stride, int firstRow, int rows, int firstColumn, int whole)
        {
            int width = Tiling.RoundUp(Rows.Depth, MicroKernel.TileColumns);
            for (int d = 0; d < width; d += MicroKernel.TileColumns)
            {
                float* panel = Values + ((long)d * Rows.Count) + ((long)firstRow * MicroKernel.TileColumns);
                for (int j = 0; j < whole; j += MicroKernel.TileRows)
                {
                    MicroKernel.StripTimesPanel(
                        tile + j, stride, rows, panel, Sums + ((long)(firstColumn + j) * width) + d, width, MicroKernel.TileRows, MicroKernel.TileColumns,
                        true);
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private double Below(int row, int other) =>
            (((double)Maxima[other] - Maxima[row]) / Rows.Temperature) + ((double)Logarithms[other] - Logarithms[row]);
    }

    /// <summary>The positives' part and the scale: <c>dz_r = (sums_r − (n_r + n_p)·z_p) / (rows·T)</c>.</summary>
    /// <remarks>
    /// n is the probability that a row gives to all its negatives, its own 1 − P of the positive, with all digits where the positive has nearly everything.
    /// </remarks>
    private unsafe struct PositiveRows : IChunks
    {
        public const int PerChunk = 64;
        public SymmetricRows Rows;
        public float* Probabilities, Dz, Sums;
        public int SumStride;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int last = Math.Min(Rows.Count, (chunk + 1) * PerChunk), depth = Rows.Depth;
            float scale = (float)(1 / (2 * Rows.Samples * Rows.Temperature));
            for (int row = chunk * PerChunk; row < last; row++)
            {
                int positive = Rows.PositiveRow(row), place = Rows.Place(row);
                if (place < 0) continue;
                float weight = Probabilities[row] + Probabilities[positive];
                Span<float> dz = Row(Dz, place, depth);
                TensorPrimitives.MultiplyAdd(Row(Rows.Z, positive, depth), -weight, new ReadOnlySpan<float>(Sums + ((long)row * SumStride), depth), dz);
                TensorPrimitives.Multiply(dz, scale, dz);
            }
        }
    }
}
