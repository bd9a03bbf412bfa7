using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace NegSamples.Kernels;

internal readonly partial struct Philox
{
    /// <summary>How many draws <see cref="Draws"/> makes: eight blocks.</summary>
    internal const int DrawsAtOnce = 32;

    /// <summary>Normal numbers that so many draws give.</summary>
    private const int NormalsAtOnce = DrawsAtOnce / 2;

    /// <summary>What <see cref="Normal"/> gives for consecutive numbers, times a scale and rounded: the same bits, whose draws are made many at once.</summary>
    /// <param name="first">The number of the first, even.</param>
    /// <param name="scale">The standard deviation.</param>
    /// <param name="values">Receives them.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Normals(uint first, float scale, Span<float> values)
    {
        Span<uint> draws = stackalloc uint[DrawsAtOnce];
        for (int start = 0; start < values.Length; start += NormalsAtOnce)
        {
            Draws((first + (uint)start) / 2, draws);
            Span<float> some = values.Slice(start, Math.Min(NormalsAtOnce, values.Length - start));
            for (int i = 0; i < some.Length; i++) some[i] = (float)(scale * NormalOf(draws[2 * i], draws[(2 * i) + 1]));
        }
    }

    /// <summary>Draws 4·block to 4·block + 31 as random bits, those of eight counters side by side where vectors multiply that wide.</summary>
    /// <param name="block">The first block.</param>
    /// <param name="draws">Receives <see cref="DrawsAtOnce"/> numbers.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Draws(uint block, Span<uint> draws)
    {
        if (!Avx512F.IsSupported)
        {
            for (uint i = 0; i < DrawsAtOnce / 4; i++) Block(block + i, draws.Slice(4 * (int)i, 4));
            return;
        }

        // A counter in the lower half of each lane; what the upper half holds on the way is never looked at.
        Vector512<ulong> c0 = Vector512.Create((ulong)block) + Vector512.Create(0ul, 1, 2, 3, 4, 5, 6, 7), c1 = Vector512.Create((ulong)sample),
            c2 = Vector512.Create((ulong)epoch), c3 = Vector512.Create(((ulong)purpose << 24) | view);
        Vector512<uint> first = Vector512.Create(0xD2511F53u), second = Vector512.Create(0xCD9E8D57u);
        uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
        for (int round = 0; round < 10; round++)
        {
            Vector512<ulong> p0 = Avx512F.Multiply(first, c0.AsUInt32()), p1 = Avx512F.Multiply(second, c2.AsUInt32());
            (c0, c1, c2, c3) = ((p1 >> 32) ^ c1 ^ Vector512.Create((ulong)k0), p1, (p0 >> 32) ^ c3 ^ Vector512.Create((ulong)k1), p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }

        Vector512<ulong> lower = Vector512.Create(0xFFFFFFFFul), left = (c0 & lower) | (c1 << 32), right = (c2 & lower) | (c3 << 32);
        Avx512F.PermuteVar8x64x2(left, Vector512.Create(0ul, 8, 1, 9, 2, 10, 3, 11), right).AsUInt32().CopyTo(draws);
        Avx512F.PermuteVar8x64x2(left, Vector512.Create(4ul, 12, 5, 13, 6, 14, 7, 15), right).AsUInt32().CopyTo(draws[16..]);
    }
}
