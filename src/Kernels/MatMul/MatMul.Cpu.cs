using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

public sealed partial class CpuOps
{
    /// <inheritdoc/>
    protected override unsafe void MatMulCore(Tensor a, Tensor b, Tensor c, bool transposeA, bool transposeB, bool accumulate)
    {
        int n = c.Columns, k = transposeA ? a.Rows : a.Columns;
        Multiply(
            a.FloatPointer, a.Columns, transposeA, b.FloatPointer, b.Columns, transposeB, c.FloatPointer, c.Rows, n, k, accumulate,
            Scratch.Shared(Gemm.PackedRightFloats(n, k)));
    }

    /// <summary>c [m, n] (+)= op(a)·op(b) on all threads; packed has <see cref="Gemm.PackedRightFloats"/> floats that all threads see.</summary>
    private unsafe void Multiply(
        float* a, long aStride, bool transposeA, float* b, long bStride, bool transposeB, float* c, int m, int n, int k, bool accumulate, float* packed)
    {
        PackRight(b, bStride, transposeB, n, k, packed);

        // Blocks for about 32 chunks, by the shape alone: tall ones first, because a block's rows are packed once for all its columns.
        int rows = 128, columns = 1024;
        while (rows > 32 && Blocks(m, rows) * Blocks(n, columns) < 32) rows /= 2;
        while (columns > 64 && Blocks(m, rows) * Blocks(n, columns) < 32) columns /= 2;
        Workers.Run(Blocks(m, rows) * Blocks(n, columns), new MultiplyBlocks
        {
            A = a, C = c, Packed = packed, Scratch = Scratch, AStride = aStride, M = m, N = n, K = k,
            BlockRows = rows, BlockColumns = columns, TransposeA = transposeA, Accumulate = accumulate,
        });
    }

    /// <summary>Packs a right-hand side [k, n], or [n, k] when transposed, on all threads.</summary>
    private unsafe void PackRight(float* b, long bStride, bool transposeB, int n, int k, float* packed)
    {
        const int columns = 4 * MicroKernel.TileColumns;
        Workers.Run(Blocks(n, columns), new PackRightHandSide
        {
            B = b, Stride = bStride, Transposed = transposeB, N = n, K = k, ColumnsPerChunk = columns, Packed = packed,
        });
    }

    private static int Blocks(int length, int block) => (length + block - 1) / block;

    private unsafe struct PackRightHandSide : IChunks
    {
        public float* B, Packed;
        public long Stride;
        public int N, K, ColumnsPerChunk;
        public bool Transposed;

        public void Run(int chunk, int worker)
        {
            int first = chunk * ColumnsPerChunk;
            Gemm.PackRight(B, Stride, Transposed, first, Math.Min(N, first + ColumnsPerChunk), K, Packed);
        }
    }

    private unsafe struct MultiplyBlocks : IChunks
    {
        public float* A, C, Packed;
        public Scratch Scratch;
        public long AStride;
        public int M, N, K, BlockRows, BlockColumns;
        public bool TransposeA, Accumulate;

        public void Run(int chunk, int worker)
        {
            int across = Blocks(N, BlockColumns);
            int i = chunk / across * BlockRows, j = chunk % across * BlockColumns;
            int rows = Math.Min(BlockRows, M - i), columns = Math.Min(BlockColumns, N - j);
            float* packedLeft = Scratch.OfWorker(worker, Gemm.PackedLeftFloats(rows, Math.Min(K, Gemm.DepthBlock)));
            float* a = TransposeA ? A + i : A + (i * AStride);
            Gemm.MultiplyPacked(a, AStride, TransposeA, Packed + ((long)j * K), C + ((long)i * N) + j, N, rows, columns, K, Accumulate, packedLeft);
        }
    }
}
