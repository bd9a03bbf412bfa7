using NegSamples.Kernels;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Tests.Kernels.Cpu;

/// <summary>The layouts of rounded rows, word by word, with the widths that generated code takes and others.</summary>
public sealed unsafe class WordPanelsTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(9, 33)]
    [InlineData(40, 64)]
    [InlineData(37, 128)]
    [InlineData(64, 6)]
    public void EveryWordIsItsTwoNumbers(int rows, int depth)
    {
        int words = BFloat16Rows.Words(depth), panels = Tiling.Blocks(depth, 32), pairs = Tiling.Blocks(rows, 2);
        Random random = new(rows);
        float[] source = [.. Enumerable.Range(0, rows * depth).Select(_ => (float)((2 * random.NextDouble()) - 1))];
        uint[] strips = new uint[Tiling.RoundUp(rows, 8) * words], columns = new uint[Tiling.RoundUp(rows, 32) * words], values = new uint[panels * pairs * 32],
            buffer = new uint[32 * words];
        fixed (float* s = source)
        {
            fixed (uint* a = strips, b = columns, c = values, d = buffer)
            {
                WordPanels.Strips(s, rows, depth, a, d);
                WordPanels.Panels(s, rows, depth, b, d);
                WordPanels.Values(s, rows, depth, c, pairs * 32);
            }
        }

        ushort Number(int row, int k) => row < rows && k < depth ? BFloat16.FromFloat(source[(row * depth) + k]) : (ushort)0;
        for (int row = 0; row < Tiling.RoundUp(rows, 32); row++)
        {
            for (int k = 0; k < words; k++)
            {
                uint word = Number(row, 2 * k) | ((uint)Number(row, (2 * k) + 1) << 16);
                if (row < Tiling.RoundUp(rows, 8)) Assert.Equal(word, strips[(row / 8 * 8 * words) + (k * 8) + (row % 8)]);
                Assert.Equal(word, columns[(row / 32 * 32 * words) + (k * 32) + (row % 32)]);
            }
        }

        for (int pair = 0; pair < pairs; pair++)
        for (int k = 0; k < panels * 32; k++)
            Assert.Equal(Number(2 * pair, k) | ((uint)Number((2 * pair) + 1, k) << 16), values[(((k / 32 * pairs) + pair) * 32) + (k % 32)]);
    }
}
