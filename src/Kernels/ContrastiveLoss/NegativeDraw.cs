using System.Numerics;
using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>The draws of <see cref="NegativeSample"/> as bits, one for each key.</summary>
internal static unsafe class NegativeDraw
{
    /// <summary>Words of 32 bits for one bit per key.</summary>
    public static int Words(int keys) => Tiling.Blocks(keys, 32);

    /// <summary>Sets the bits of the drawn places and clears all others.</summary>
    /// <param name="sample">K, and the stream's key.</param>
    /// <param name="query">The query: the stream's sample.</param>
    /// <param name="keys">Bits.</param>
    /// <param name="first">A key that is no place; beyond all keys where there is none.</param>
    /// <param name="second">A greater one, or beyond all keys.</param>
    /// <param name="bits">Receives <see cref="Words"/> words.</param>
    /// <returns>How many bits are set: K, or fewer where there are fewer places.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Draw(in NegativeSample sample, int query, int keys, int first, int second, uint* bits)
    {
        int words = Words(keys), available = keys - (first < keys ? 1 : 0) - (second < keys ? 1 : 0), wanted = Math.Min(sample.Negatives, available);
        bool leaveOut = wanted > available / 2;
        int count = leaveOut ? available - wanted : wanted;
        new Span<uint>(bits, words).Clear();
        Philox random = new(sample.Seed, RandomPurpose.Negatives, sample.Step, (uint)(sample.FirstQuery + query));
        Span<uint> draws = stackalloc uint[Philox.DrawsAtOnce];
        for (int t = 0; t < count; t++)
        {
            int turn = t % Philox.DrawsAtOnce;
            if (turn == 0 && count - t <= 4) random.Block((uint)t / 4, draws);
            else if (turn == 0) random.Draws((uint)t / 4, draws);
            int last = available - count + t;
            int drawn = KeyAt((int)(((ulong)draws[turn] * ((uint)last + 1)) >> 32), first, second);
            int taken = (int)(bits[drawn >> 5] >> (drawn & 31)) & 1;
            int key = drawn + (taken * (KeyAt(last, first, second) - drawn)); // no jump: it would be guessed wrong half the time
            bits[key >> 5] |= 1u << (key & 31);
        }

        if (!leaveOut) return wanted;
        for (int word = 0; word < words; word++) bits[word] = ~bits[word];
        if ((keys & 31) != 0) bits[words - 1] &= (1u << (keys & 31)) - 1;
        if (first < keys) Set(bits, first, 0);
        if (second < keys) Set(bits, second, 0);
        return wanted;
    }

    /// <summary>The key at a place among the keys that are left without two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int KeyAt(int place, int first, int second)
    {
        // Without jumps: places are random, so half of the jumps would be guessed wrong.
        place += place >= first ? 1 : 0;
        return place + (place >= second ? 1 : 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool Get(uint* bits, int key) => ((bits[key >> 5] >> (key & 31)) & 1) != 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Set(uint* bits, int key, uint value) => bits[key >> 5] = (bits[key >> 5] & ~(1u << (key & 31))) | (value << (key & 31));

    /// <summary>Leaves the bits of consecutive keys alone, from the first bit on, and counts those that are set.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static int Keep(uint* bits, int first, int keys)
    {
        int count = 0, words = Words(keys), shift = first & 31;
        uint* from = bits + (first >> 5);
        for (int word = 0; word < words; word++)
        {
            // A word beyond the last one is read only where bits of it are wanted.
            int left = Math.Min(32, keys - (word * 32));
            uint kept = from[word] >> shift;
            if (left > 32 - shift) kept |= from[word + 1] << (32 - shift);
            bits[word] = left == 32 ? kept : kept & ((1u << left) - 1);
            count += BitOperations.PopCount(bits[word]);
        }

        return count;
    }

    /// <summary>Writes the keys whose bits are set, ascending.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void List(uint* bits, int words, int* keys)
    {
        for (int word = 0; word < words; word++)
        {
            for (uint rest = bits[word]; rest != 0; rest &= rest - 1) *keys++ = (word * 32) + BitOperations.TrailingZeroCount(rest);
        }
    }

    /// <summary>Transposes a square of 32 x 32 bits: bit j of word i of the target is bit i of word j of the source.</summary>
    /// <remarks>Halves change places, then quarters, down to single bits.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Transpose(uint* square)
    {
        uint low = 0x0000FFFF;
        for (int width = 16; width != 0; width >>= 1, low ^= low << width)
        {
            for (int i = 0; i < 32; i = (i + width + 1) & ~width)
            {
                uint change = ((square[i] >> width) ^ square[i + width]) & low;
                square[i] ^= change << width;
                square[i + width] ^= change;
            }
        }
    }
}
