using System.Numerics;

namespace NegSamples.PtxInterpreter;

/// <summary>Global memory moves in sectors of 32 bytes; a warp's access asks for every sector that one of its lanes touches.</summary>
internal static class Coalescing
{
    /// <summary>Bytes of a sector.</summary>
    public const int SectorBytes = 32;

    /// <summary>Sectors asked for, and the fewest that could hold the bytes the lanes use (each byte once).</summary>
    public static (int Asked, int Needed) Count(ReadOnlySpan<ulong> addresses, uint mask, int size)
    {
        Span<ulong> sectors = stackalloc ulong[64];
        Span<uint> used = stackalloc uint[64];
        int count = 0, bytes = 0;
        for (uint rest = mask; rest != 0; rest &= rest - 1)
        {
            ulong address = addresses[int.TrailingZeroCount((int)rest)];
            int left = size;
            while (left > 0)
            {
                ulong sector = address / SectorBytes;
                int start = (int)(address % SectorBytes), taken = Math.Min(left, SectorBytes - start);
                int at = count - 1;
                while (at >= 0 && sectors[at] != sector) at--;
                if (at < 0)
                {
                    at = count++;
                    (sectors[at], used[at]) = (sector, 0);
                }

                used[at] |= (uint)(((1ul << taken) - 1) << start);
                (address, left) = (address + (ulong)taken, left - taken);
            }
        }

        for (int i = 0; i < count; i++) bytes += BitOperations.PopCount(used[i]);
        return (count, (bytes + SectorBytes - 1) / SectorBytes);
    }
}
