using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Kernels;

// The gradient of the symmetric form with products of bfloat16: SymmetricWeights on words.
public sealed partial class CpuOps
{
    // Beside weights rounded to bfloat16 an exponential loses nothing in so long a way from the common logarithm, as long as it stays a normal number.
    private const double MostLogarithmsApartInBFloat16 = 40;

    private unsafe struct SymmetricWeightsInBFloat16 : IChunks
    {
        public SymmetricWeights Weights;
        public SymmetricWords Words;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            if (!Weights.Blocks.TryGet(Weights.Round, chunk, out int rowBlock, out int columnBlock)) return;
            int perBlock = Weights.PerBlock, rowStride = perBlock + 32, pairStride = perBlock + 16; // a line more, as in SymmetricWeights
            SymmetricTile tile = new(Weights.Rows, perBlock, rowBlock, columnBlock);
            float* memory = Weights.Scratch.OfWorker(worker, ((long)perBlock * (rowStride + pairStride) / 2) + ((LogitTile.LanesOfRow + 1L) * perBlock));
            ushort* byRows = (ushort*)memory;
            uint* byPairs = (uint*)(byRows + ((long)perBlock * rowStride));
            float* lanes = memory + ((long)perBlock * (rowStride + pairStride) / 2), sums = lanes + (LogitTile.LanesOfRow * (long)perBlock);
            WeighTile(tile, byRows, rowStride, byPairs, pairStride, lanes, sums);
            for (int i = 0; i < tile.Rows; i++)
            {
                float sum = SumOfLanes(lanes + (LogitTile.LanesOfRow * (long)i));
                Weights.Probabilities[tile.FirstRow + i] += Weights.Factors == null ? 0 : (double)sum * Weights.Factors[tile.FirstRow + i];
            }

            AddRowProducts(tile, byRows, rowStride);
            if (tile.OfItself) return; // every pair of a block with itself is in the tile twice
            int width = Tiling.RoundUp(Weights.Rows.Depth, MicroKernel.TileColumns);
            DotTiles.AddTransposedProducts(
                byPairs, pairStride, tile.Whole, (tile.Rows + 1) / 2, Words.Values + ((long)tile.FirstRow / 2 * MicroKernel.TileColumns), Words.PanelWords,
                width, Weights.Sums + ((long)tile.FirstColumn * width), true);
            for (int j = 0; j < tile.Columns; j++)
                Weights.Probabilities[tile.FirstColumn + j] += Weights.Factors == null ? sums[j] : (double)sums[j] * Weights.Factors[tile.FirstColumn + j];
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void WeighTile(in SymmetricTile tile, ushort* byRows, int rowStride, uint* byPairs, int pairStride, float* lanes, float* sums)
        {
            const int Rows = MicroKernel.TileRows, Columns = MicroKernel.TileColumns;
            float* shifts = stackalloc float[Columns], masked = stackalloc float[Rows * Columns];
            new Span<float>(shifts, Columns).Fill(Weights.CommonShift);
            new Span<float>(lanes, LogitTile.LanesOfRow * Tiling.RoundUp(tile.Rows, Rows)).Clear();
            new Span<float>(sums, tile.Whole).Clear();
            for (int column = 0; column < tile.Whole; column += Columns)
            {
                for (int row = 0; row < tile.Rows;)
                {
                    ushort* rowsHere = byRows + ((long)row * rowStride) + column;
                    uint* pairsHere = byPairs + ((long)row / 2 * pairStride) + column;
                    int plain = Weights.Factors == null ? 0 : Words.PlainRows(tile, row, column);
                    if (plain > 0)
                    {
                        ExponentialArguments weighing = Words.Weighing(
                            tile.FirstRow + row, plain, tile.FirstColumn + column, shifts, lanes + (LogitTile.LanesOfRow * (long)row), sums + column) with
                        {
                            Factors = Weights.Factors + tile.FirstColumn + column, RowFactors = Weights.Factors + tile.FirstRow + row, ByRows = rowsHere,
                            RowStride = (long)rowStride * sizeof(ushort), ByPairs = pairsHere, PairStride = (long)pairStride * sizeof(uint),
                        };
                        BFloat16Kernel.Exponentials(ref weighing, ExponentialForm.Symmetric | FormOf(rowsHere, tile.OfItself ? null : pairsHere));
                        row += plain;
                        continue;
                    }

                    Words.Dots(tile.FirstRow + row, tile.FirstColumn + column, masked);
                    for (int i = 0; i < Rows; i++)
                    {
                        if (row + i >= tile.Rows) new Span<float>(masked + (i * Columns), Columns).Clear();
                        else
                        {
                            Weights.Weigh(
                                masked + (i * Columns), tile.FirstRow + row + i, tile.FirstColumn + column, Math.Min(Columns, tile.Columns - column), Columns,
                                sums + column);
                        }
                    }

                    BFloat16Kernel.StoreWeights(masked, Columns, Rows, rowsHere, (long)rowStride * sizeof(ushort), pairsHere, (long)pairStride * sizeof(uint));
                    row += Rows;
                }
            }
        }

        /// <summary>The rows' sums += weights · columns: a row's weights of two neighbouring columns are a word as they lie.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void AddRowProducts(in SymmetricTile tile, ushort* byRows, int stride)
        {
            int width = Tiling.RoundUp(Weights.Rows.Depth, MicroKernel.TileColumns), words = (tile.Columns + 1) / 2;
            uint** weights = stackalloc uint*[MicroKernel.TileRows];
            float** targets = stackalloc float*[MicroKernel.TileRows];
            Taps depth = new() { Count = 1, Depth = words, LastDepth = words };
            for (int d = 0; d < width; d += MicroKernel.TileColumns)
            {
                uint* panel = Words.Values + (d / MicroKernel.TileColumns * Words.PanelWords) + ((long)tile.FirstColumn / 2 * MicroKernel.TileColumns);
                for (int i = 0; i < tile.Rows; i += MicroKernel.TileRows)
                {
                    PointAtWords(byRows + ((long)i * stride), stride, MicroKernel.TileRows, weights);
                    PointAt(Weights.Sums + ((long)(tile.FirstRow + i) * width), width, MicroKernel.TileRows, targets);
                    BFloat16Kernel.RowsTimesPanel(weights, depth, panel, targets, d, MicroKernel.TileColumns, true);
                }
            }
        }
    }
}
