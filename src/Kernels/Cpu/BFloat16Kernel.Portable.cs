using System.Numerics;
using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cpu;

// The twin without machine code: both halves of a word become floats, whose products are exact, and their sums are those of float32.
internal static unsafe partial class BFloat16Kernel
{
    private const int RowsAtOnce = 4;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static void RowsTimesPanelPortable(uint** rows, in Taps taps, uint* panel, float** c, int column, bool accumulate)
    {
        int lanes = Vector<float>.Count;
        for (int top = 0; top < TileRows; top += RowsAtOnce)
        {
            for (int left = 0; left < TileColumns; left += lanes)
            {
                Vector<float> c0 = Vector<float>.Zero, c1 = c0, c2 = c0, c3 = c0;
                uint* b = panel + left;
                for (int tap = 1; tap <= taps.Count; tap++)
                {
                    uint** tapRows = rows + ((tap - 1) * TileRows) + top;
                    uint* r0 = tapRows[0] + taps.Offset, r1 = tapRows[1] + taps.Offset, r2 = tapRows[2] + taps.Offset, r3 = tapRows[3] + taps.Offset;
                    int depth = tap < taps.Count ? taps.Depth : taps.LastDepth;
                    for (int k = 0; k < depth; k++, b += TileColumns)
                    {
                        (Vector<float> low, Vector<float> high) = Halves(Unsafe.ReadUnaligned<Vector<uint>>(b));
                        c0 = Add(c0, r0[k], low, high);
                        c1 = Add(c1, r1[k], low, high);
                        c2 = Add(c2, r2[k], low, high);
                        c3 = Add(c3, r3[k], low, high);
                    }
                }

                Store(c[top] + column + left, c0, accumulate);
                Store(c[top + 1] + column + left, c1, accumulate);
                Store(c[top + 2] + column + left, c2, accumulate);
                Store(c[top + 3] + column + left, c3, accumulate);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StripTimesPanelPortable(uint* strip, long stride, int depth, uint* panel, float* c, long cStride, bool accumulate)
    {
        int lanes = Vector<float>.Count;
        for (int top = 0; top < TileRows; top += RowsAtOnce)
        {
            for (int left = 0; left < TileColumns; left += lanes)
            {
                Vector<float> c0 = Vector<float>.Zero, c1 = c0, c2 = c0, c3 = c0;
                uint* a = strip + top, b = panel + left;
                for (int k = 0; k < depth; k++, a += stride, b += TileColumns)
                {
                    (Vector<float> low, Vector<float> high) = Halves(Unsafe.ReadUnaligned<Vector<uint>>(b));
                    c0 = Add(c0, a[0], low, high);
                    c1 = Add(c1, a[1], low, high);
                    c2 = Add(c2, a[2], low, high);
                    c3 = Add(c3, a[3], low, high);
                }

                float* target = c + (top * cStride) + left;
                Store(target, c0, accumulate);
                Store(target + cStride, c1, accumulate);
                Store(target + (2 * cStride), c2, accumulate);
                Store(target + (3 * cStride), c3, accumulate);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<float> Low, Vector<float> High) Halves(Vector<uint> words) =>
        (Vector.AsVectorSingle(words << 16), Vector.AsVectorSingle(words & new Vector<uint>(0xFFFF0000)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector<float> Add(Vector<float> sum, uint word, Vector<float> low, Vector<float> high)
    {
        // The instruction takes the upper half first.
        sum = Vector.MultiplyAddEstimate(new Vector<float>(BitConverter.UInt32BitsToSingle(word & 0xFFFF0000)), high, sum);
        return Vector.MultiplyAddEstimate(new Vector<float>(BitConverter.UInt32BitsToSingle(word << 16)), low, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* target, Vector<float> value, bool accumulate)
    {
        if (accumulate) value += Unsafe.ReadUnaligned<Vector<float>>(target);
        Unsafe.WriteUnaligned(target, value);
    }
}
