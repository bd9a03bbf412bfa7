using NegSamples.Kernels;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Tests.Kernels.Cpu;

/// <summary>Tiles whose sums are rounded to bfloat16 in registers, and their twin, beside float64.</summary>
public sealed unsafe class BFloat16RoundedTilesTests
{
    private const int Rows = MicroKernel.TileRows, Columns = MicroKernel.TileColumns;

    [Theory]
    [InlineData(1, 1, 1, 32, false, false)]
    [InlineData(3, 1, 14, 32, false, true)]
    [InlineData(2, 3, 7, 32, true, false)]
    [InlineData(3, 2, 9, 32, true, true)]
    [InlineData(2, 2, 5, 13, true, true)]
    public void ASumIsRoundedOnce(int tiles, int tapCount, int depth, int columns, bool addSums, bool accumulate)
    {
        // Numbers of few bits, whose sums are exact: what is left is the one rounding, ties among them.
        const int column = 5, stride = 64;
        Random random = new(tiles + depth);
        int words = tapCount * depth, rowsStride = (tapCount + 1) * Rows;
        uint[] left = [.. Enumerable.Range(0, tiles * rowsStride * depth).Select(_ => Word())];
        uint[] panel = [.. Enumerable.Range(0, words * Columns).Select(_ => Word())];
        float[] sums = [.. Enumerable.Range(0, tiles * Rows * Columns).Select(_ => random.Next(-900, 900) / 8f)];
        ushort[] before = [.. Enumerable.Range(0, tiles * Rows * stride).Select(_ => BFloat16.FromFloat(random.Next(-64, 64)))];
        ushort[] portable = [.. before], result = [.. before], truth = [.. before];
        for (int row = 0; row < tiles * Rows; row++)
        {
            for (int j = 0; j < columns; j++)
            {
                int place = (row * stride) + column + j;
                double sum = (addSums ? sums[(row * Columns) + j] : 0) + (accumulate ? BFloat16.ToFloat(before[place]) : 0);
                for (int k = 0; k < words; k++)
                {
                    uint a = left[((((row / Rows * rowsStride) + (k / depth * Rows)) + (row % Rows)) * depth) + (k % depth)], b = panel[(k * Columns) + j];
                    sum += ((double)BFloat16.ToFloat((ushort)a) * BFloat16.ToFloat((ushort)b))
                        + ((double)BFloat16.ToFloat((ushort)(a >> 16)) * BFloat16.ToFloat((ushort)(b >> 16)));
                }

                truth[place] = BFloat16.FromFloat((float)sum);
            }
        }

        Taps taps = new() { Count = tapCount, Depth = depth, LastDepth = depth };
        fixed (uint* l = left, p = panel)
        {
            fixed (float* s = sums)
            {
                fixed (ushort* r = result, t = portable)
                {
                    uint** rows = stackalloc uint*[tiles * rowsStride];
                    ushort** c = stackalloc ushort*[tiles * Rows];
                    for (int i = 0; i < tiles * rowsStride; i++) rows[i] = l + (i * depth);
                    for (int i = 0; i < tiles * Rows; i++) c[i] = r + (i * stride);
                    BFloat16Kernel.RowsTimesPanelRounded(rows, rowsStride, tiles, taps, p, addSums ? s : null, c, column, columns, accumulate);
                    for (int i = 0; i < tiles * Rows; i++) c[i] = t + (i * stride);
                    BFloat16Kernel.RowsTimesPanelRoundedPortable(rows, rowsStride, tiles, taps, p, addSums ? s : null, c, column, columns, accumulate);
                }
            }
        }

        Assert.Equal(truth, result);
        Assert.Equal(truth, portable);

        uint Word() => BFloat16.FromFloat(random.Next(-12, 12) / 4f) | ((uint)BFloat16.FromFloat(random.Next(-12, 12) / 4f) << 16);
    }
}
