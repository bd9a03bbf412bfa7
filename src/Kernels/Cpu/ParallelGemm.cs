using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>The matrix product of <see cref="Gemm"/> on all threads.</summary>
internal static unsafe class ParallelGemm
{
    /// <summary>c [m, n] (+)= op(a)·op(b); packed has <see cref="Gemm.PackedRightFloats"/> floats that all threads see.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        WorkerPool workers, Scratch scratch, float* a, long aStride, bool transposeA, float* b, long bStride, bool transposeB, float* c, int m, int n, int k,
        bool accumulate,
        float* packed)
    {
        PackRight(workers, b, bStride, transposeB, n, k, packed);

        // Blocks for about 32 chunks, by the shape alone: tall ones first, because a block's rows are packed once for all its columns.
        int rows = 128, columns = 1024;
        while (rows > 32 && Tiling.Blocks(m, rows) * Tiling.Blocks(n, columns) < 32) rows /= 2;
        while (columns > 64 && Tiling.Blocks(m, rows) * Tiling.Blocks(n, columns) < 32) columns /= 2;
        workers.Run(Tiling.Blocks(m, rows) * Tiling.Blocks(n, columns), new MultiplyBlocks
        {
            A = a, C = c, Packed = packed, Scratch = scratch, AStride = aStride, M = m, N = n, K = k,
            BlockRows = rows, BlockColumns = columns, TransposeA = transposeA, Accumulate = accumulate,
        });
    }

    /// <summary>Packs a right-hand side [k, n], or [n, k] when transposed.</summary>
    /// <param name="workers">The threads.</param>
    /// <param name="b">The right-hand side.</param>
    /// <param name="bStride">Floats from one stored row to the next.</param>
    /// <param name="transposeB">Whether it is stored transposed.</param>
    /// <param name="n">Its columns.</param>
    /// <param name="k">Its rows.</param>
    /// <param name="packed">Receives [n/32][k][32].</param>
    /// <param name="columnsPerChunk">Columns that a thread packs at a time, a multiple of 32.</param>
    public static void PackRight(
        WorkerPool workers, float* b, long bStride, bool transposeB, int n, int k, float* packed, int columnsPerChunk = 4 * MicroKernel.TileColumns) =>
        workers.Run(Tiling.Blocks(n, columnsPerChunk), new PackColumns
        {
            B = b, Stride = bStride, Transposed = transposeB, N = n, K = k, ColumnsPerChunk = columnsPerChunk, Packed = packed,
        });

    private struct PackColumns : IChunks
    {
        public float* B, Packed;
        public long Stride;
        public int N, K, ColumnsPerChunk;
        public bool Transposed;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk, int worker)
        {
            int first = chunk * ColumnsPerChunk;
            Gemm.PackRight(B, Stride, Transposed, first, Math.Min(N, first + ColumnsPerChunk), K, Packed);
        }
    }

    private struct MultiplyBlocks : IChunks
    {
        public float* A, C, Packed;
        public Scratch Scratch;
        public long AStride;
        public int M, N, K, BlockRows, BlockColumns;
        public bool TransposeA, Accumulate;

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public readonly void Run(int chunk, int worker)
        {
            int across = Tiling.Blocks(N, BlockColumns);
            int i = chunk / across * BlockRows, j = chunk % across * BlockColumns;
            int rows = Math.Min(BlockRows, M - i), columns = Math.Min(BlockColumns, N - j);
            float* packedLeft = Scratch.OfWorker(worker, Gemm.PackedLeftFloats(rows, Math.Min(K, Gemm.DepthBlock)));
            float* a = TransposeA ? A + i : A + (i * AStride);
            Gemm.MultiplyPacked(a, AStride, TransposeA, Packed + ((long)j * K), C + ((long)i * N) + j, N, rows, columns, K, Accumulate, packedLeft);
        }
    }
}
