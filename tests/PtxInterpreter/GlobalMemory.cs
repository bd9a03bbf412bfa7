namespace NegSamples.PtxInterpreter;

/// <summary>One buffer of global memory, with nothing mapped before and behind it.</summary>
internal sealed class Allocation(string name, ulong address, byte[] bytes)
{
    public string Name { get; } = name;
    public ulong Address { get; } = address;
    public byte[] Bytes { get; } = bytes;
}

/// <summary>The buffers of a device, far enough apart that an access a little outside one hits none.</summary>
internal sealed class GlobalMemory
{
    // An address does not fit 32 bits, so one that was cut to them is found; buffers are aligned as a device's allocator does it.
    private const ulong FirstAddress = 0x7_0000_0000;
    private const int RedZone = 4096, Alignment = 512;

    private readonly List<Allocation> allocations = [];
    private ulong next = FirstAddress;
    private Allocation? last;

    public Allocation Allocate(string name, byte[] bytes)
    {
        Allocation allocation = new(name, next, bytes);
        allocations.Add(allocation);
        next = (next + (ulong)bytes.Length + RedZone + Alignment - 1) / Alignment * Alignment;
        return allocation;
    }

    public bool TryFind(ulong address, int size, out byte[] bytes, out int offset)
    {
        if (last is null || address - last.Address >= (ulong)last.Bytes.Length) last = Nearest(address);
        if (last is not null && address - last.Address + (ulong)size <= (ulong)last.Bytes.Length && address >= last.Address)
        {
            (bytes, offset) = (last.Bytes, (int)(address - last.Address));
            return true;
        }

        (bytes, offset) = ([], 0);
        return false;
    }

    public string Describe(ulong address)
    {
        Allocation? nearest = Nearest(address);
        if (nearest is null) return $"address 0x{address:x} lies before every buffer";
        ulong distance = address - nearest.Address;
        return $"address 0x{address:x} is byte {distance} of {nearest.Name}, which has {nearest.Bytes.Length}";
    }

    /// <summary>The last buffer that starts at or before an address.</summary>
    private Allocation? Nearest(ulong address)
    {
        int low = 0, high = allocations.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (allocations[middle].Address <= address) low = middle + 1;
            else high = middle;
        }

        return low == 0 ? null : allocations[low - 1];
    }
}
