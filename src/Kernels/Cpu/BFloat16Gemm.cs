using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>Matrix product of bfloat16 with float32 sums on all threads: c (+)= op(a) · op(b), row-major.</summary>
/// <remarks>
/// The cut is that of <see cref="ParallelGemm"/>. A result of bfloat16 is summed up in float32, a block at a time, and rounded once. Rows of a left-hand side
/// of bfloat16 are read where they lie: a copy of them would cost as much as a twentieth of the product.
/// </remarks>
internal static unsafe class BFloat16Gemm
{
    /// <summary>The k of one pass of a left-hand side that is copied, in numbers: a strip of 16 KiB in the first-level cache and panels of 64 KiB in the second.</summary>
    public const int DepthBlock = 1024;

    // Where nothing is copied a pass may be longer: each but the last leaves sums that are read again.
    private const int DepthOfRows = 2 * DepthBlock;

    private const int MostRows = 128, MostColumns = 1024;

    /// <summary>Floats of a rounded result's block at most.</summary>
    public const int BlockFloats = MostRows * MostColumns / 2;

    private const int Rows = MicroKernel.TileRows, Columns = MicroKernel.TileColumns;

    /// <summary>Words of the packed right-hand side: [n/32][words of k][32].</summary>
    public static long PackedRightWords(int n, int k) => (long)Tiling.RoundUp(n, Columns) * BFloat16Rows.Words(k);

    /// <summary>The product; packed has <see cref="PackedRightWords"/> that all threads see.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        WorkerPool workers, Scratch scratch, in BFloat16Operand a, in BFloat16Operand b, Tensor c, int m, int n, int k, bool accumulate, uint* packed)
    {
        PackRight(workers, b, n, k, packed);

        // Blocks for about 32 chunks, by the shape alone: tall ones first, because a block's rows are packed once for all its columns. A rounded result's
        // sums should stay in the second-level cache.
        bool rounds = c.Type == ElementType.BFloat16;
        int rows = MostRows, columns = rounds ? MostColumns / 2 : MostColumns;
        while (rows > 32 && Tiling.Blocks(m, rows) * Tiling.Blocks(n, columns) < 32) rows /= 2;
        while (columns > 64 && Tiling.Blocks(m, rows) * Tiling.Blocks(n, columns) < 32) columns /= 2;
        workers.Run(Tiling.Blocks(m, rows) * Tiling.Blocks(n, columns), new MultiplyBlocks
        {
            A = a, C = rounds ? null : c.FloatPointer, Rounded = rounds ? c.BFloat16Pointer : null, Packed = packed, Scratch = scratch, M = m, N = n, K = k,
            BlockRows = rows, BlockColumns = columns, Accumulate = accumulate,
        });
    }

    /// <summary>Packs a right-hand side [k, n], or [n, k] when transposed, as [n/32][words of k][32].</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="b">The right-hand side.</param>
    /// <param name="n">Its columns.</param>
    /// <param name="k">Its rows.</param>
    /// <param name="packed">Receives <see cref="PackedRightWords"/>.</param>
    /// <param name="columnsPerChunk">Columns that a thread packs at a time, a multiple of 32.</param>
    public static void PackRight(WorkerPool workers, in BFloat16Operand b, int n, int k, uint* packed, int columnsPerChunk = 4 * Columns) =>
        workers.Run(Tiling.Blocks(n, columnsPerChunk), new PackColumns { B = b, N = n, K = k, ColumnsPerChunk = columnsPerChunk, Packed = packed });

    private struct PackColumns : IChunks
    {
        public BFloat16Operand B;
        public uint* Packed;
        public int N, K, ColumnsPerChunk;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk, int worker)
        {
            int first = chunk * ColumnsPerChunk, last = Math.Min(N, first + ColumnsPerChunk);
            for (int j = first; j < last; j += Columns) BFloat16Pack.Panel(B, j, Math.Min(Columns, last - j), K, Packed + ((long)j * BFloat16Rows.Words(K)));
        }
    }

    private struct MultiplyBlocks : IChunks
    {
        public BFloat16Operand A;
        public float* C;
        public ushort* Rounded;
        public uint* Packed;
        public Scratch Scratch;
        public int M, N, K, BlockRows, BlockColumns;
        public bool Accumulate;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk, int worker)
        {
            int across = Tiling.Blocks(N, BlockColumns);
            int i = chunk / across * BlockRows, j = chunk % across * BlockColumns;
            int rows = Math.Min(BlockRows, M - i), columns = Math.Min(BlockColumns, N - j);
            int depth = Math.Min(K, DepthBlock);
            long leftWords = A.LiesInWords ? 0 : (long)Tiling.RoundUp(rows, Rows) * BFloat16Rows.Words(depth);
            long blockFloats = Rounded == null ? 0 : (long)Tiling.RoundUp(rows, Rows) * Tiling.RoundUp(columns, Columns);
            uint* left = (uint*)Scratch.OfWorker(worker, leftWords + blockFloats);
            if (!A.IsTransposed)
            {
                MultiplyRows(i, j, rows, columns, left, (float*)left + leftWords);
                return;
            }

            if (Rounded == null)
            {
                MultiplyBlock(i, j, rows, columns, C + ((long)i * N) + j, N, Accumulate, left);
                return;
            }

            float* block = (float*)left + leftWords;
            ushort* target = Rounded + ((long)i * N) + j;
            if (!Accumulate)
            {
                MultiplyRounded(i, j, rows, columns, block, target, left);
                return;
            }

            for (int row = 0; row < rows; row++) BFloat16Rows.Widen(target + ((long)row * N), block + ((long)row * columns), columns);
            MultiplyBlock(i, j, rows, columns, block, columns, true, left);
            for (int row = 0; row < rows; row++) BFloat16Rows.Round(block + ((long)row * columns), target + ((long)row * N), columns);
        }

        /// <summary>A block of a left-hand side that is not transposed, all its tiles on one panel after the other.</summary>
        /// <param name="firstRow">Its first row.</param>
        /// <param name="firstColumn">Its first column.</param>
        /// <param name="rows">Its rows.</param>
        /// <param name="columns">Its columns.</param>
        /// <param name="left">Where rows are copied that do not lie in words.</param>
        /// <param name="sums">Of a result of bfloat16, those of earlier passes: [panel][tile][8][32].</param>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void MultiplyRows(int firstRow, int firstColumn, int rows, int columns, uint* left, float* sums)
        {
            int words = BFloat16Rows.Words(K), tiles = Tiling.Blocks(rows, Rows), most = A.LiesInWords ? DepthOfRows : DepthBlock;
            int ofPass = Tiling.RoundUp(Tiling.Blocks(K, Tiling.Blocks(K, most)), 2); // passes of about the same depth
            uint** inputs = stackalloc uint*[MostRows];
            byte** outputs = stackalloc byte*[MostRows];
            float* nowhere = stackalloc float[MostColumns]; // where rows of the last tile go that are not there
            for (int row = 0; row < tiles * Rows; row++)
            {
                long at = ((long)(firstRow + row) * N) + firstColumn;
                outputs[row] = row >= rows ? (byte*)nowhere : Rounded == null ? (byte*)(C + at) : (byte*)(Rounded + at);
            }

            for (int k = 0; k < K; k += ofPass)
            {
                int depth = Math.Min(ofPass, K - k), depthWords = BFloat16Rows.Words(depth);
                bool isFirst = k == 0, isLast = k + depth == K;
                for (int row = 0; row < tiles * Rows; row++)
                {
                    int there = Math.Min(row, rows - 1);
                    inputs[row] = A.LiesInWords ? A.WordsOf(firstRow + there) + (k / 2) : left + ((long)there * depthWords);
                    if (row < rows && !A.LiesInWords) A.CopyRow(firstRow + row, k, depth, (ushort*)inputs[row]);
                }

                Taps taps = new() { Count = 1, Depth = depthWords, LastDepth = depthWords };
                for (int j = 0; j < columns; j += Columns)
                {
                    uint* panel = Packed + ((long)(firstColumn + j) * words) + ((long)k / 2 * Columns);
                    int count = Math.Min(Columns, columns - j);
                    float* ofPanel = sums + ((long)j / Columns * tiles * Rows * Columns);
                    if (Rounded == null)
                    {
                        for (int row = 0; row < tiles * Rows; row += Rows)
                            BFloat16Kernel.RowsTimesPanel(inputs + row, taps, panel, (float**)(outputs + row), j, count, Accumulate || !isFirst);
                    }
                    else if (isLast)
                    {
                        BFloat16Kernel.RowsTimesPanelRounded(
                            inputs, Rows, tiles, taps, panel, isFirst ? null : ofPanel, (ushort**)outputs, j, count, Accumulate);
                    }
                    else
                    {
                        BFloat16Kernel.SumTiles(inputs, Rows, tiles, taps, panel, ofPanel, !isFirst);
                    }
                }
            }
        }

        /// <summary>A block of bfloat16: sums of all passes but the last are float32, tile behind tile.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void MultiplyRounded(int firstRow, int firstColumn, int rows, int columns, float* sums, ushort* target, uint* left)
        {
            int words = BFloat16Rows.Words(K), tilesDown = Tiling.Blocks(rows, Rows);
            ushort* ragged = stackalloc ushort[Rows * Columns];
            for (int k = 0; k < K; k += DepthBlock)
            {
                int depth = Math.Min(DepthBlock, K - k), depthWords = BFloat16Rows.Words(depth);
                bool last = k + depth == K;
                for (int i = 0; i < rows; i += Rows) BFloat16Pack.Strip(A, firstRow + i, Math.Min(Rows, rows - i), k, depth, left + ((long)i * depthWords));
                for (int j = 0; j < columns; j += Columns)
                {
                    uint* panel = Packed + ((long)(firstColumn + j) * words) + ((long)k / 2 * Columns);
                    for (int i = 0; i < rows; i += Rows)
                    {
                        uint* strip = left + ((long)i * depthWords);
                        float* tile = sums + ((((long)j / Columns * tilesDown) + (i / Rows)) * Rows * Columns);
                        int tileRows = Math.Min(Rows, rows - i), tileColumns = Math.Min(Columns, columns - j);
                        if (!last)
                        {
                            BFloat16Kernel.StripTimesPanel(strip, Rows, depthWords, panel, tile, Columns, Rows, Columns, k > 0);
                            continue;
                        }

                        ushort* place = target + ((long)i * N) + j;
                        if (tileRows == Rows && tileColumns == Columns)
                        {
                            BFloat16Kernel.StripTimesPanelRounded(strip, depthWords, panel, k > 0 ? tile : null, place, N);
                            continue;
                        }

                        BFloat16Kernel.StripTimesPanelRounded(strip, depthWords, panel, k > 0 ? tile : null, ragged, Columns);
                        for (int row = 0; row < tileRows; row++)
                            new ReadOnlySpan<ushort>(ragged + (row * Columns), tileColumns).CopyTo(new Span<ushort>(place + ((long)row * N), tileColumns));
                    }
                }
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private readonly void MultiplyBlock(int firstRow, int firstColumn, int rows, int columns, float* c, long cStride, bool accumulate, uint* left)
        {
            int words = BFloat16Rows.Words(K);
            for (int k = 0; k < K; k += DepthBlock)
            {
                int depth = Math.Min(DepthBlock, K - k), depthWords = BFloat16Rows.Words(depth);
                for (int i = 0; i < rows; i += Rows) BFloat16Pack.Strip(A, firstRow + i, Math.Min(Rows, rows - i), k, depth, left + ((long)i * depthWords));
                for (int j = 0; j < columns; j += Columns)
                {
                    uint* panel = Packed + ((long)(firstColumn + j) * words) + ((long)k / 2 * Columns);
                    for (int i = 0; i < rows; i += Rows)
                    {
                        BFloat16Kernel.StripTimesPanel(
                            left + ((long)i * depthWords), Rows, depthWords, panel, c + (i * cStride) + j, cStride, Math.Min(Rows, rows - i),
                            Math.Min(Columns, columns - j), accumulate || k > 0);
                    }
                }
            }
        }
    }
}
