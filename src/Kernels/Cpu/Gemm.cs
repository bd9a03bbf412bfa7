using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

/// <summary>Matrix product on packed operands: c (+)= op(a) · op(b), row-major.</summary>
internal static unsafe class Gemm
{
    /// <summary>
    /// The k of one pass. A strip of 384 x 8 stays in the first-level cache while panels of 384 x 32 stream from the second; shorter passes touch c more often.
    /// </summary>
    public const int DepthBlock = 512;

    private const int Rows = MicroKernel.TileRows, Columns = MicroKernel.TileColumns;

    /// <summary>Floats of the packed right-hand side: [n/32][k][32].</summary>
    public static long PackedRightFloats(int n, int k) => (long)Tiling.RoundUp(n, Columns) * k;

    /// <summary>Floats of a packed left-hand side: [m/8][depth][8].</summary>
    public static long PackedLeftFloats(int m, int depth) => (long)Tiling.RoundUp(m, Rows) * depth;

    /// <summary>Packs columns [first, last) of the right-hand side; first is a multiple of 32.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void PackRight(float* b, long bStride, bool transposeB, int first, int last, int k, float* packed)
    {
        for (int j = first; j < last; j += Columns)
            Pack.Panel(b, bStride, transposeB, j, Math.Min(Columns, last - j), k, packed + ((long)j * k));
    }

    /// <summary>The product with a right-hand side that is packed already.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyPacked(
        float* a, long aStride, bool transposeA, float* packedRight, float* c, long cStride, int m, int n, int k, bool accumulate, float* packedLeft)
    {
        for (int k0 = 0; k0 < k; k0 += DepthBlock)
        {
            int depth = Math.Min(DepthBlock, k - k0);
            float* aBlock = transposeA ? a + (k0 * aStride) : a + k0;
            for (int i = 0; i < m; i += Rows) Pack.Strip(aBlock, aStride, transposeA, i, Math.Min(Rows, m - i), depth, packedLeft + ((long)i * depth));
            for (int j = 0; j < n; j += Columns)
            {
                float* panel = packedRight + ((long)j * k) + ((long)k0 * Columns);
                for (int i = 0; i < m; i += Rows)
                {
                    MicroKernel.StripTimesPanel(
                        packedLeft + ((long)i * depth), Rows, depth, panel, c + (i * cStride) + j, cStride,
                        Math.Min(Rows, m - i), Math.Min(Columns, n - j), accumulate || k0 > 0);
                }
            }
        }
    }
}
