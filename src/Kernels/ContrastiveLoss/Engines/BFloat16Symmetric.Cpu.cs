using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NegSamples.Kernels.Cpu;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Kernels;

// The symmetric form with products of bfloat16: SymmetricSums and SymmetricWeights on words. Where a tile has no masked pair, the dot products become
// exponentials as they are multiplied, and no tile of floats is written.
public sealed partial class CpuOps
{
    // A sum of exponentials within these has lost no term that counts, nor overflowed.
    private const float LeastSum = 1e-12f;
    private const float MostSum = 1e30f;

    /// <summary>Where the rows lie as words: strips and panels for the dot products, pairs of rows for what weights multiply.</summary>
    private unsafe struct SymmetricWords : IChunks
    {
        public const int RowsPerChunk = 4 * MicroKernel.TileColumns;
        public SymmetricRows Rows;
        public Scratch Scratch;

        /// <summary>[rows/8][words][8], [rows/32][words][32], [depth/32][rows/2][32]; what is null is not made.</summary>
        public uint* Strips, Panels, Values;

        public readonly int Words => BFloat16Rows.Words(Rows.Depth);

        /// <summary>Words from one 32 of the depth to the next in <see cref="Values"/>.</summary>
        public readonly long PanelWords => (long)Tiling.RoundUp(Rows.Count, MicroKernel.TileColumns) / 2 * MicroKernel.TileColumns;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk, int worker)
        {
            int first = chunk * RowsPerChunk, rows = Math.Min(RowsPerChunk, Rows.Count - first);
            float* source = Rows.Z + ((long)first * Rows.Depth);
            if (Values != null)
            {
                WordPanels.Values(source, rows, Rows.Depth, Values + ((long)first / 2 * MicroKernel.TileColumns), PanelWords);
                return;
            }

            uint* buffer = (uint*)Scratch.OfWorker(worker, (long)MicroKernel.TileColumns * Words);
            WordPanels.Strips(source, rows, Rows.Depth, Strips + ((long)first * Words), buffer);
            WordPanels.Panels(source, rows, Rows.Depth, Panels + ((long)first * Words), buffer);
        }

        /// <summary>Eight rows times 32 columns, as floats.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Dots(int row, int column, float* tile) => DotTiles.OfStrips(
            Strips + ((long)row * Words), MicroKernel.TileRows, Panels + ((long)column * Words), MicroKernel.TileColumns, Words, tile, MicroKernel.TileColumns);

        /// <summary>
        /// So many rows, eights of them, and 32 columns have no pair that is masked: neither a row with itself or its positive, nor one that is not there.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly int PlainRows(in SymmetricTile tile, int from, int column)
        {
            if (column + MicroKernel.TileColumns > tile.Columns) return 0;
            int row = from, whole = tile.Rows / MicroKernel.TileRows * MicroKernel.TileRows;
            if (!tile.Masks) return whole - from;
            while (row < whole && IsPlain(tile.FirstRow + row, tile.FirstColumn + column)) row += MicroKernel.TileRows;
            return row - from;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
        private readonly bool IsPlain(int row, int column)
        {
            for (int i = row; i < row + MicroKernel.TileRows; i++)
            {
                if ((uint)(i - column) < MicroKernel.TileColumns || (uint)(Rows.PositiveRow(i) - column) < MicroKernel.TileColumns) return false;
            }

            return true;
        }

        /// <summary>What <see cref="BFloat16Kernel.Exponentials"/> takes of some rows and 32 columns.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly ExponentialArguments Weighing(int row, int rows, int column, float* shifts, float* lanes, float* sums) => new()
        {
            Strips = Strips + ((long)row * Words), Panel = Panels + ((long)column * Words), DepthBytes = (long)Words * sizeof(uint),
            Groups = rows / MicroKernel.TileRows, Shifts = shifts, Scale = Rows.PowerScale, RowSums = lanes, Sums = sums,
        };
    }

    /// <summary>A pair of blocks: rows and columns, and whether a row meets itself or its positive.</summary>
    private struct SymmetricTile
    {
        public int FirstRow, Rows, FirstColumn, Columns;
        public bool Masks;

        public SymmetricTile(in SymmetricRows rows, int perBlock, int rowBlock, int columnBlock)
        {
            int column = columnBlock * perBlock;
            (FirstRow, FirstColumn) = (rowBlock * perBlock, rows.FirstColumn + column);
            (Rows, Columns) = (Math.Min(perBlock, rows.BlockRows - FirstRow), Math.Min(perBlock, rows.BlockRows - column));
            Masks = OfItself;
            for (int row = FirstRow; row < FirstRow + Rows && !Masks; row++) Masks = (uint)(rows.PositiveRow(row) - FirstColumn) < (uint)Columns;
        }

        /// <summary>Whether every pair is in the tile twice.</summary>
        public readonly bool OfItself => FirstRow == FirstColumn;

        /// <summary>The columns, filled up to whole panels.</summary>
        public readonly int Whole => Tiling.RoundUp(Columns, MicroKernel.TileColumns);
    }

    private unsafe struct SymmetricSumsInBFloat16 : IChunks
    {
        public SymmetricSums Sums;
        public SymmetricWords Words;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            if (!Sums.Blocks.TryGet(Sums.Round, chunk, out int rowBlock, out int columnBlock)) return;
            int perBlock = Sums.PerBlock, stride = perBlock + 16;
            SymmetricTile tile = new(Sums.Rows, perBlock, rowBlock, columnBlock);
            float* dots = Sums.Scratch.OfWorker(worker, ((long)perBlock * stride) + (3L * perBlock) + ((LogitTile.LanesOfRow + 1L) * perBlock));
            float* buffer = dots + ((long)perBlock * stride), lanes = buffer + (3L * perBlock), sums = lanes + (LogitTile.LanesOfRow * (long)perBlock);
            AddExponentials(tile, lanes, sums);
            if (Take(tile, lanes, sums)) return;
            DotTiles.OfStrips(
                Words.Strips + ((long)tile.FirstRow * Words.Words), tile.Rows, Words.Panels + ((long)tile.FirstColumn * Words.Words), tile.Columns, Words.Words,
                dots, stride);
            Sums.AddTile(dots, stride, tile.FirstRow, tile.Rows, tile.FirstColumn, tile.Columns, tile.OfItself, buffer);
        }

        /// <summary>Sums of the rows, of each in 16 lanes, and of the columns, relative to one number for all.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddExponentials(in SymmetricTile tile, float* lanes, float* sums)
        {
            const int Rows = MicroKernel.TileRows, Columns = MicroKernel.TileColumns;
            float* shifts = stackalloc float[Columns], maxima = stackalloc float[Columns], masked = stackalloc float[Rows * Columns]; // the maxima are not read
            float scale = Sums.Rows.PowerScale;
            new Span<float>(shifts, Columns).Fill(-CommonOffset * scale);
            new Span<float>(lanes, LogitTile.LanesOfRow * Tiling.RoundUp(tile.Rows, Rows)).Clear();
            new Span<float>(sums, tile.Whole).Clear();
            for (int column = 0; column < tile.Whole; column += Columns)
            {
                for (int row = 0; row < tile.Rows;)
                {
                    int plain = Words.PlainRows(tile, row, column);
                    if (plain > 0)
                    {
                        ExponentialArguments weighing = Words.Weighing(
                            tile.FirstRow + row, plain, tile.FirstColumn + column, shifts, lanes + (LogitTile.LanesOfRow * (long)row), sums + column);
                        BFloat16Kernel.Exponentials(ref weighing, ExponentialForm.Symmetric);
                        row += plain;
                        continue;
                    }

                    Words.Dots(tile.FirstRow + row, tile.FirstColumn + column, masked);
                    for (int i = 0; i < Math.Min(Rows, tile.Rows - row); i++)
                    {
                        float* dots = masked + (i * Columns);
                        int columns = Math.Min(Columns, tile.Columns - column);
                        Sums.TakePositive(dots, tile.FirstRow + row + i, tile.FirstColumn + column, columns);
                        for (int j = columns; j < Columns; j++) dots[j] = LogitRow.Masked;
                        lanes[LogitTile.LanesOfRow * (row + i)] += PairRow.Add(dots, Columns, CommonOffset, scale, sums + column, maxima).Sum;
                    }

                    row += Rows;
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void TakeAll(in SymmetricTile tile, float* lanes, float* sums)
        {
            for (int i = 0; i < tile.Rows; i++) Sums.AddCommon(tile.FirstRow + i, lanes[LogitTile.LanesOfRow * i]);
            for (int j = 0; j < tile.Columns && !tile.OfItself; j++) Sums.AddCommon(tile.FirstColumn + j, sums[j]);
        }

        /// <summary>Takes the tile's sums into those of its rows and columns; false, and nothing taken, where one has lost digits.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private bool Take(in SymmetricTile tile, float* lanes, float* sums)
        {
            bool isNear = true;
            for (int i = 0; i < tile.Rows; i++)
            {
                float* ofRow = lanes + (LogitTile.LanesOfRow * (long)i);
                ofRow[0] = SumOfLanes(ofRow);
                isNear &= ofRow[0] is >= LeastSum and <= MostSum;
            }

            for (int j = 0; j < tile.Columns && !tile.OfItself; j++) isNear &= sums[j] is >= LeastSum and <= MostSum;
            if (isNear) TakeAll(tile, lanes, sums);
            return isNear;
        }
    }

    private static unsafe float SumOfLanes(float* lanes) => Vector512.Sum(Vector512.Load(lanes));
}
