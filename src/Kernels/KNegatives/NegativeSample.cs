using System.Numerics;
using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

/// <summary>K of an anchor's negatives, without replacement: every subset of K is equally likely, and anchor i's is a pure function of (seed, step, i).</summary>
/// <remarks>
/// Floyd's algorithm (Bentley and Floyd, "Programming pearls: a sample of brilliance", CACM 30(9), 1987) over the places 0..n−1 of Neg(i) in ascending
/// order. Draw t of the stream (seed, <see cref="RandomPurpose.Negatives"/>, epoch = step, sample = i) is an integer x in [0, n − count + t]; place x is
/// taken, or place n − count + t where x is taken already. count is K, or n − K places that are left out where K is more than half of n.
/// </remarks>
internal static unsafe class NegativeSample
{
    /// <summary>Words of 32 bits for one bit per key.</summary>
    public static int Words(int keys) => (keys + 31) / 32;

    /// <summary>Sets the bits of the anchor's negatives, one bit per key, and clears all others.</summary>
    public static void Draw(in KNegativesPairs pairs, int anchor, uint* bits)
    {
        int words = Words(pairs.Keys), available = pairs.Available;
        bool leaveOut = pairs.Sampled > available / 2;
        int count = leaveOut ? available - pairs.Sampled : pairs.Sampled;
        new Span<uint>(bits, words).Clear();
        Philox random = new(pairs.Seed, RandomPurpose.Negatives, pairs.Step, (uint)anchor);
        (int first, int second) = pairs.Excluded(anchor);
        Span<uint> draws = stackalloc uint[4];
        for (int t = 0; t < count; t++)
        {
            if ((t & 3) == 0) random.Block((uint)t / 4, draws);
            int last = available - count + t;
            int drawn = KNegativesPairs.KeyAt((int)(((ulong)draws[t & 3] * ((uint)last + 1)) >> 32), first, second);
            int taken = (int)(bits[drawn >> 5] >> (drawn & 31)) & 1;
            int key = drawn + (taken * (KNegativesPairs.KeyAt(last, first, second) - drawn)); // no jump: it would be guessed wrong half the time
            bits[key >> 5] |= 1u << (key & 31);
        }

        if (!leaveOut) return;
        for (int word = 0; word < words; word++) bits[word] = ~bits[word];
        if ((pairs.Keys & 31) != 0) bits[words - 1] &= (1u << (pairs.Keys & 31)) - 1;
        Clear(bits, first);
        if (second < pairs.Keys) Clear(bits, second);
    }

    /// <summary>Writes the keys whose bits are set, ascending.</summary>
    public static void List(uint* bits, int words, int* keys)
    {
        for (int word = 0; word < words; word++)
        {
            for (uint rest = bits[word]; rest != 0; rest &= rest - 1) *keys++ = (word * 32) + BitOperations.TrailingZeroCount(rest);
        }
    }

    /// <summary>Transposes a square of 32 x 32 bits: bit j of word i of the target is bit i of word j of the source.</summary>
    /// <remarks>Halves change places, then quarters, down to single bits.</remarks>
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

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Clear(uint* bits, int key) => bits[key >> 5] &= ~(1u << (key & 31));
}
