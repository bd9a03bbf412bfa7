using NegSamples.Kernels;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Tests.Kernels.Cpu;

public sealed unsafe class BFloat16RowsTests
{
    // Ties up and down, numbers that round to infinity, infinities, NaN of several kinds, zeros, what is below normal.
    private static readonly uint[] Edges =
        [0x3F808000, 0x3F818000, 0x3F808001, 0x3F807FFF, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x7FFFFFFF, 0xFFFFFFFF, 0x7F800001, 0xFF800001,
            0x7FC00000, 0, 0x80000000, 1, 0x80000001, 0x00008000, 0x00018000, 0x007FFFFF];

    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(77)]
    public void RoundedToTheNearestAndTiesToEven(int count)
    {
        float[] numbers = Numbers(count);
        ushort[] rounded = new ushort[count];
        fixed (float* n = numbers)
        {
            fixed (ushort* r = rounded) BFloat16Rows.Round(n, r, count);
        }

        for (int i = 0; i < count; i++)
        {
            if (float.IsNaN(numbers[i])) Assert.True(float.IsNaN(BFloat16.ToFloat(rounded[i])));
            else Assert.Equal(Nearest(numbers[i]), rounded[i]);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(67)]
    public void WidenedExactlyAndInterleaved(int count)
    {
        float[] even = Numbers(count), odd = Numbers(count, 9), widened = new float[count];
        ushort[] evens = [.. even.Select(BFloat16.FromFloat)], odds = [.. odd.Select(BFloat16.FromFloat)];
        uint[] words = new uint[count], alone = new uint[count], rounded = new uint[count], roundedAlone = new uint[count];
        fixed (float* e = even, o = odd, w = widened)
        {
            fixed (ushort* es = evens, os = odds)
            {
                fixed (uint* both = words, one = alone, bothRounded = rounded, oneRounded = roundedAlone)
                {
                    BFloat16Rows.Widen(es, w, count);
                    BFloat16Rows.Interleave(es, os, count, both);
                    BFloat16Rows.Interleave(es, null, count, one);
                    BFloat16Rows.InterleaveRounded(e, o, count, bothRounded);
                    BFloat16Rows.InterleaveRounded(e, null, count, oneRounded);
                }
            }
        }

        for (int i = 0; i < count; i++)
        {
            Assert.Equal((uint)evens[i] << 16, BitConverter.SingleToUInt32Bits(widened[i]));
            Assert.Equal(evens[i] | ((uint)odds[i] << 16), words[i]);
            Assert.Equal(evens[i], alone[i]);
            Assert.Equal(words[i], rounded[i]);
            Assert.Equal(alone[i], roundedAlone[i]);
        }
    }

    private static float[] Numbers(int count, int seed = 3)
    {
        Random random = new(seed);
        return [.. Enumerable.Range(0, count).Select(
            i => i < Edges.Length ? BitConverter.UInt32BitsToSingle(Edges[(i + seed) % Edges.Length]) : (float)((random.NextDouble() - 0.5) * 1e3))];
    }

    /// <summary>The nearest by trying both neighbours in float64; the even one of two as near.</summary>
    private static ushort Nearest(float value)
    {
        if (float.IsInfinity(value)) return (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16);
        ushort down = (ushort)(BitConverter.SingleToUInt32Bits(value) >> 16), up = (ushort)(down + 1);
        double below = Math.Abs((double)value - BFloat16.ToFloat(down));

        // Past the greatest finite number the next of the grid counts, 2^128, which is where infinity stands.
        double next = float.IsInfinity(BFloat16.ToFloat(up)) ? Math.CopySign(Math.Pow(2, 128), value) : BFloat16.ToFloat(up), above = Math.Abs(value - next);
        return below < above || (below == above && down % 2 == 0) ? down : up;
    }
}
