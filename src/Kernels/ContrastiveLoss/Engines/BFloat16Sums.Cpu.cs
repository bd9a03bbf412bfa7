using System.Runtime.CompilerServices;
using NegSamples.Kernels.Cpu;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Kernels;

// The first pass with products of bfloat16: SumRows, whose sums and offsets they share, on words. Panels whose exponentials are not made as they are multiplied
// go through the loops of float32.
public sealed partial class CpuOps
{
    private unsafe struct SumRowsInBFloat16 : IChunks
    {
        public ContrastiveBlock Block;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public void Run(int chunk, int worker)
        {
            int width = Block.Width, words = BFloat16Rows.Words(Block.Pairs.Depth);
            (int split, int firstRow, int lastRow) = Block.SumPiece(chunk);
            if (firstRow == lastRow) return;
            SumRows summing = new() { Block = Block };
            summing.Begin(split, firstRow, lastRow);
            WordTile memory = new(Block, worker);
            long place = (long)split * Block.Capacity;
            float* partial = Block.Partial + (place * width);
            int firstTile = split * Block.TilesPerSplit, lastTile = Math.Min(Block.Tiles, firstTile + Block.TilesPerSplit);
            for (int t = firstTile; t < lastTile; t++)
            {
                (int firstKey, int keys, int whole) = Block.KeysOf(t);
                float* ofTile = Block.Pairs.Keys + ((long)firstKey * Block.Pairs.Depth);
                memory.PackStrips(ofTile, keys);
                if (Block.OnePass) memory.PackValues(ofTile, keys);
                for (int first = firstRow; first < lastRow; first += ContrastiveBlock.TileRows)
                {
                    int rows = Math.Min(ContrastiveBlock.TileRows, lastRow - first);
                    for (int i = 0; i < rows; i += ContrastiveBlock.PanelRows)
                    {
                        PanelOfKeys panel = new() { Dots = memory.Panel, Stride = ContrastiveBlock.PanelRows, Row = first + i, FirstKey = firstKey, Keys = keys,
                            Split = split };
                        if (Block.OnePass && t > firstTile) panel.Products = partial + ((long)(first + i) * width);
                        if (!Block.OnePass && Block.CachedLogits != null) panel.Dots = Block.CachedLogitsOf(t, first + i);
                        uint* queries = (uint*)Block.QueryPanels + ((long)(first + i) * words);
                        ushort* byRows = Block.TileOffsets == null ? null : Block.CachedExponentialsOf(t, first) + i;
                        uint* byPairs = Block.OnePass ? memory.ByPairs + i : null;
                        if (!AddFused(panel, memory, queries, byRows, byPairs, rows))
                        {
                            memory.Dots(queries, whole, panel.Dots);
                            summing.Add(panel, 0);
                            BFloat16Kernel.StoreWeights(
                                panel.Dots, panel.Stride, keys, byRows, (long)rows * sizeof(ushort), byPairs, (long)rows * sizeof(uint));
                        }

                        if (Block.TileOffsets == null) continue;
                        Span<float> offsets = new(Block.Offsets + place + first + i, ContrastiveBlock.PanelRows);
                        offsets.CopyTo(new(Block.TileOffsets + ((long)t * Block.Capacity) + first + i, offsets.Length));
                    }

                    if (!Block.OnePass) continue;
                    DotTiles.AddTransposedProducts(
                        memory.ByPairs, rows, rows, (keys + 1) / 2, memory.Values, memory.PanelWords, width, partial + ((long)first * width), t > firstTile);
                }
            }
        }

        /// <summary>
        /// All keys of a panel become exponentials as they are multiplied, relative to the rows' offsets as they stand; false, and nothing summed up, where
        /// these are none yet or too low, or where the dot products themselves are asked for.
        /// </summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private bool AddFused(in PanelOfKeys panel, in WordTile memory, uint* queries, ushort* byRows, uint* byPairs, int rows)
        {
            const int Rows = ContrastiveBlock.PanelRows;
            long place = ((long)panel.Split * Block.Capacity) + panel.Row;
            float* offsets = Block.Offsets + place;
            if ((Block.CachedLogits != null && !Block.OnePass) || !Block.CanFuse(panel.Row, panel.FirstKey, panel.Keys)) return false;
            if (new ReadOnlySpan<float>(offsets, Rows).Contains(LogitRow.Masked)) return false;
            float* sums = stackalloc float[Rows], ones = stackalloc float[Rows], shifts = stackalloc float[Rows];
            new Span<float>(ones, Rows).Fill(1);
            new Span<float>(sums, Rows).Clear();
            ExponentialArguments weighing = memory.Weighing(queries, panel.Keys, offsets, shifts, Block.Pairs.Scale) with
            {
                Factors = ones, Sums = sums, Limit = SumRows.MostOfEight, ByRows = byRows, RowStride = (long)rows * sizeof(ushort), ByPairs = byPairs,
                PairStride = (long)rows * sizeof(uint),
            };
            if (!BFloat16Kernel.Exponentials(ref weighing, FormOf(byRows, byPairs))) return false;
            for (int i = 0; i < Rows; i++) Block.Sums[place + i] += sums[i];
            return true;
        }
    }

    private static unsafe ExponentialForm FormOf(ushort* byRows, uint* byPairs) =>
        (byRows == null ? ExponentialForm.Sums : ExponentialForm.ByRows) | (byPairs == null ? ExponentialForm.Sums : ExponentialForm.ByPairs);
}
