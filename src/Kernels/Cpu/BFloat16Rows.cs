using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NegSamples.Kernels.Cpu;

/// <summary>Rows of bfloat16: rounded from float32 to the nearest, ties to even, widened again, and laid side by side as words of two.</summary>
internal static unsafe class BFloat16Rows
{
    /// <summary>Words of two that hold so many numbers.</summary>
    public static int Words(int count) => (count + 1) / 2;

    /// <summary>target[i] = the bfloat16 nearest to source[i]; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Round(float* source, ushort* target, long count)
    {
        long i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i + 32 <= count; i += 32)
            {
                Vector512<uint> low = RoundedBits(Vector512.Load(source + i)), high = RoundedBits(Vector512.Load(source + i + 16));
                Vector512.Narrow(low >> 16, high >> 16).Store(target + i);
            }
        }

        int lanes = Vector<float>.Count;
        for (; i + (2 * lanes) <= count; i += 2 * lanes)
        {
            Vector<uint> low = RoundedBits(Unsafe.ReadUnaligned<Vector<float>>(source + i)),
                high = RoundedBits(Unsafe.ReadUnaligned<Vector<float>>(source + i + lanes));
            Unsafe.WriteUnaligned(target + i, Vector.Narrow(low >> 16, high >> 16));
        }

        for (; i < count; i++) target[i] = BFloat16.FromFloat(source[i]);
    }

    /// <summary>target[i] = source[i], exactly.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Widen(ushort* source, float* target, long count)
    {
        long i = 0;
        int lanes = Vector<ushort>.Count;
        for (; i + lanes <= count; i += lanes)
        {
            Vector.Widen(Unsafe.ReadUnaligned<Vector<ushort>>(source + i), out Vector<uint> low, out Vector<uint> high);
            Unsafe.WriteUnaligned(target + i, Vector.AsVectorSingle(low << 16));
            Unsafe.WriteUnaligned(target + i + Vector<float>.Count, Vector.AsVectorSingle(high << 16));
        }

        for (; i < count; i++) target[i] = BFloat16.ToFloat(source[i]);
    }

    /// <summary>target[i] = even[i] in the lower half, odd[i] in the upper; no odd row is zeros.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Interleave(ushort* even, ushort* odd, int count, uint* target)
    {
        int i = 0, lanes = Vector<ushort>.Count;
        if (odd != null)
        {
            for (; i + 32 <= count; i += 32) InterleaveThirtyTwo(even + i, odd + i, target + i);
        }

        for (; i + lanes <= count; i += lanes)
        {
            Vector.Widen(Unsafe.ReadUnaligned<Vector<ushort>>(even + i), out Vector<uint> low, out Vector<uint> high);
            if (odd != null)
            {
                Vector.Widen(Unsafe.ReadUnaligned<Vector<ushort>>(odd + i), out Vector<uint> oddLow, out Vector<uint> oddHigh);
                low |= oddLow << 16;
                high |= oddHigh << 16;
            }

            Unsafe.WriteUnaligned(target + i, low);
            Unsafe.WriteUnaligned(target + i + Vector<uint>.Count, high);
        }

        for (; i < count; i++) target[i] = even[i] | ((odd == null ? 0u : odd[i]) << 16);
    }

    /// <summary>The same of 32 numbers of each.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void InterleaveThirtyTwo(ushort* even, ushort* odd, uint* target)
    {
        if (Avx512BW.IsSupported)
        {
            // Of both vectors the first 16 numbers, and the last 16, one beside the other.
            Vector512<ushort> lower = Vector512.Create(
                (ushort)0, 32, 1, 33, 2, 34, 3, 35, 4, 36, 5, 37, 6, 38, 7, 39, 8, 40, 9, 41, 10, 42, 11, 43, 12, 44, 13, 45, 14, 46, 15, 47);
            Vector512<ushort> first = Vector512.Load(even), second = Vector512.Load(odd);
            Avx512BW.PermuteVar32x16x2(first, lower, second).AsUInt32().Store(target);
            Avx512BW.PermuteVar32x16x2(first, lower + Vector512.Create((ushort)16), second).AsUInt32().Store(target + 16);
            return;
        }

        InterleaveSixteen(even, odd, target);
        InterleaveSixteen(even + 16, odd + 16, target + 16);
    }

    /// <summary>The same of 16.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining | MethodImplOptions.AggressiveOptimization)]
    public static void InterleaveSixteen(ushort* even, ushort* odd, uint* target)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            (Vector512.WidenLower(Vector256.Load(even).ToVector512Unsafe()) | (Vector512.WidenLower(Vector256.Load(odd).ToVector512Unsafe()) << 16))
                .Store(target);
            return;
        }

        for (int i = 0; i < 16; i++) target[i] = even[i] | ((uint)odd[i] << 16);
    }

    /// <summary>The same of rows of floats, rounded on the way.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void InterleaveRounded(float* even, float* odd, int count, uint* target)
    {
        int i = 0, lanes = Vector<float>.Count;
        for (; i + lanes <= count; i += lanes)
        {
            Vector<uint> word = RoundedBits(Unsafe.ReadUnaligned<Vector<float>>(even + i)) >> 16;
            if (odd != null) word |= RoundedBits(Unsafe.ReadUnaligned<Vector<float>>(odd + i)) & new Vector<uint>(0xFFFF0000);
            Unsafe.WriteUnaligned(target + i, word);
        }

        for (; i < count; i++) target[i] = BFloat16.FromFloat(even[i]) | ((odd == null ? 0u : BFloat16.FromFloat(odd[i])) << 16);
    }

    /// <summary>Floats whose upper halves are the nearest bfloat16; the lower halves are anything.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<uint> RoundedBits(Vector512<float> value)
    {
        Vector512<uint> bits = value.AsUInt32(), rounded = bits + Vector512.Create(0x7FFFu) + ((bits >> 16) & Vector512<uint>.One);
        return Vector512.ConditionalSelect(Vector512.Equals(value, value).AsUInt32(), rounded, bits | Vector512.Create(0x400000u));
    }

    /// <summary>The same on one vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector<uint> RoundedBits(Vector<float> value)
    {
        Vector<uint> bits = Vector.AsVectorUInt32(value), rounded = bits + new Vector<uint>(0x7FFF) + ((bits >> 16) & Vector<uint>.One);
        return Vector.ConditionalSelect(Vector.AsVectorUInt32(Vector.Equals(value, value)), rounded, bits | new Vector<uint>(0x400000));
    }
}
