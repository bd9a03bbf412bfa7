namespace NegSamples.PtxInterpreter;

/// <summary>
/// Shared memory has 32 banks of 4 bytes, and serves 128 bytes at a time: all lanes of an access of up to 4 bytes, half a warp of one of 8,
/// a quarter of one of 16. Each such part costs as many wavefronts as the busiest bank has different words.
/// </summary>
internal static class BankConflicts
{
    /// <summary>Wavefronts the access takes, and how many without conflicts.</summary>
    public static (int Taken, int Needed) Count(ReadOnlySpan<ulong> addresses, uint mask, int size)
    {
        int lanesPerPart = size <= 4 ? 32 : 128 / size;
        int taken = 0, needed = 0;
        for (int first = 0; first < 32; first += lanesPerPart)
        {
            uint part = mask & (uint)(((1ul << lanesPerPart) - 1) << first);
            if (part == 0) continue;
            taken += Wavefronts(addresses, part, size);
            needed++;
        }

        return (taken, needed);
    }

    private static int Wavefronts(ReadOnlySpan<ulong> addresses, uint part, int size)
    {
        Span<ulong> wordOfBank = stackalloc ulong[32];
        uint busy = 0;
        for (uint rest = part; rest != 0; rest &= rest - 1)
        {
            ulong address = addresses[int.TrailingZeroCount((int)rest)];
            for (ulong word = address / 4; word <= (address + (ulong)size - 1) / 4; word++)
            {
                int bank = (int)(word & 31);
                if ((busy >> bank & 1) != 0 && wordOfBank[bank] != word) return WavefrontsOfBusiestBank(addresses, part, size);
                busy |= 1u << bank;
                wordOfBank[bank] = word;
            }
        }

        return 1;
    }

    private static int WavefrontsOfBusiestBank(ReadOnlySpan<ulong> addresses, uint part, int size)
    {
        HashSet<ulong> words = [];
        for (uint rest = part; rest != 0; rest &= rest - 1)
        {
            ulong address = addresses[int.TrailingZeroCount((int)rest)];
            for (ulong word = address / 4; word <= (address + (ulong)size - 1) / 4; word++) words.Add(word);
        }

        return words.GroupBy(word => word & 31).Max(bank => bank.Count());
    }
}
