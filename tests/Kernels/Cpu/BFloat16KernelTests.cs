using System.Runtime.InteropServices;
using NegSamples.Kernels;
using NegSamples.Kernels.Cpu;
using NegSamples.Kernels.Cpu.MachineCode;

namespace NegSamples.Tests.Kernels.Cpu;

/// <summary>The products of words of two bfloat16, generated and portable, beside float64.</summary>
public sealed unsafe class BFloat16KernelTests
{
    private const int Rows = MicroKernel.TileRows, Columns = MicroKernel.TileColumns;

    [Theory]
    [InlineData(1, 1, 1, 32, false)]
    [InlineData(1, 64, 64, 32, true)]
    [InlineData(3, 7, 5, 32, false)]
    [InlineData(9, 32, 32, 32, true)]
    [InlineData(2, 33, 1, 17, true)]
    public void RowsTimesPanelIsThatOfFloat64(int tapCount, int depth, int lastDepth, int columns, bool accumulate)
    {
        const int offset = 3, column = 5, stride = 64;
        Random random = new(tapCount + depth);
        int words = ((tapCount - 1) * depth) + lastDepth, length = offset + Math.Max(depth, lastDepth);
        uint[] left = Words(random, tapCount * Rows * length), panel = Words(random, words * Columns);
        float[] before = [.. Enumerable.Range(0, Rows * stride).Select(_ => (float)random.NextDouble())];
        Taps taps = new() { Count = tapCount, Offset = offset, Depth = depth, LastDepth = lastDepth };
        float[] result = [.. before];
        fixed (uint* l = left, p = panel)
        {
            fixed (float* r = result)
            {
                uint** rows = stackalloc uint*[tapCount * Rows];
                float** c = stackalloc float*[Rows];
                for (int i = 0; i < tapCount * Rows; i++) rows[i] = l + (i * length);
                for (int i = 0; i < Rows; i++) c[i] = r + (i * stride);
                BFloat16Kernel.RowsTimesPanel(rows, taps, p, c, column, columns, accumulate);
            }
        }

        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < stride; j++)
            {
                bool written = j >= column && j < column + columns;
                double sum = !written || accumulate ? before[(i * stride) + j] : 0, size = Math.Abs(sum);
                for (int tap = 0; written && tap < tapCount; tap++)
                {
                    for (int k = 0; k < (tap < tapCount - 1 ? depth : lastDepth); k++)
                        Add(left[(((tap * Rows) + i) * length) + offset + k], panel[(((tap * depth) + k) * Columns) + j - column], ref sum, ref size);
                }

                Assert.Equal(sum, result[(i * stride) + j], size * 2 * words * 6e-8);
            }
        }
    }

    [Theory]
    [InlineData(1, 8, 32, false)]
    [InlineData(57, 8, 32, true)]
    [InlineData(57, 3, 32, false)]
    [InlineData(12, 8, 9, true)]
    public void StripTimesPanelIsThatOfFloat64(int depth, int rows, int columns, bool accumulate)
    {
        const int stride = 11, resultStride = 40;
        Random random = new(depth);
        uint[] strip = Words(random, depth * stride), panel = Words(random, depth * Columns);
        float[] before = [.. Enumerable.Range(0, Rows * resultStride).Select(_ => (float)random.NextDouble())], result = [.. before];
        fixed (uint* s = strip, p = panel)
        {
            fixed (float* r = result) BFloat16Kernel.StripTimesPanel(s, stride, depth, p, r, resultStride, rows, columns, accumulate);
        }

        for (int i = 0; i < Rows; i++)
        {
            for (int j = 0; j < resultStride; j++)
            {
                bool written = i < rows && j < columns;
                double sum = !written || accumulate ? before[(i * resultStride) + j] : 0, size = Math.Abs(sum);
                for (int k = 0; written && k < depth; k++) Add(strip[(k * stride) + i], panel[(k * Columns) + j], ref sum, ref size);
                Assert.Equal(sum, result[(i * resultStride) + j], size * 2 * depth * 6e-8);
            }
        }
    }

    [Fact]
    public void TheTwinGivesWhatTheInstructionGives()
    {
        Assert.SkipUnless(MachineCodeSupport.IsThere, MachineCodeSupport.Reason);
        const int depth = 96;
        Random random = new(4);
        uint[] left = Words(random, Rows * depth), panel = Words(random, depth * Columns);
        float[] generated = new float[Rows * Columns], portable = new float[Rows * Columns];
        Taps taps = new() { Count = 1, Depth = depth, LastDepth = depth };
        fixed (uint* l = left, p = panel)
        {
            fixed (float* g = generated, t = portable)
            {
                uint** rows = stackalloc uint*[Rows];
                float** c = stackalloc float*[Rows];
                for (int i = 0; i < Rows; i++)
                {
                    rows[i] = l + (i * depth);
                    c[i] = g + (i * Columns);
                }

                BFloat16Kernel.RowsTimesPanel(rows, taps, p, c, 0, Columns, false);
                for (int i = 0; i < Rows; i++) c[i] = t + (i * Columns);
                BFloat16Kernel.RowsTimesPanelPortable(rows, taps, p, c, 0, false);
            }
        }

        for (int i = 0; i < generated.Length; i++) Assert.Equal(portable[i], generated[i], depth * 2 * 6e-8 * Math.Sqrt(depth));
    }

    [Fact]
    public void NumbersBelowNormalOnesDoNotTurnASumIntoNaN()
    {
        uint* words = stackalloc uint[Rows], panel = stackalloc uint[Columns];
        for (int i = 0; i < Rows; i++) words[i] = 0x0001_8001;
        for (int j = 0; j < Columns; j++) panel[j] = 0x3F80_3F80;
        float* c = stackalloc float[Rows * Columns];
        BFloat16Kernel.StripTimesPanel(words, Rows, 1, panel, c, Columns, Rows, Columns, false);
        for (int i = 0; i < Rows * Columns; i++) Assert.True(Math.Abs(c[i]) < 1e-37f);
    }

    private static uint[] Words(Random random, int count)
    {
        float[] numbers = [.. Enumerable.Range(0, 2 * count).Select(_ => (float)((2 * random.NextDouble()) - 1))];
        ushort[] rounded = [.. numbers.Select(BFloat16.FromFloat)];
        return MemoryMarshal.Cast<ushort, uint>(rounded).ToArray();
    }

    private static void Add(uint a, uint b, ref double sum, ref double size)
    {
        for (int half = 0; half < 32; half += 16)
        {
            double product = (double)BFloat16.ToFloat((ushort)(a >> half)) * BFloat16.ToFloat((ushort)(b >> half));
            sum += product;
            size += Math.Abs(product);
        }
    }
}
