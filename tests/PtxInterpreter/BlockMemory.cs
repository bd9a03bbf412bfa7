namespace NegSamples.PtxInterpreter;

/// <summary>
/// The shared memory of a block: every array at a multiple of 128 bytes or of its alignment, so that banks are counted as its own start dictates, and a red
/// zone between two. A device packs arrays more tightly, so a wider access than the declared alignment is a finding even if it fits here.
/// </summary>
internal sealed class BlockMemory : IDisposable
{
    // Address zero belongs to nobody: as on Hopper, where the system keeps the first KiB.
    private const int FirstAddress = 1024, ArrayAlignment = 128, RedZone = 128;

    private readonly List<(Symbol Symbol, int Start, int Bytes)> arrays = [];
    private readonly Dictionary<Symbol, int> starts = [];
    private int last;

    public BlockMemory(IEnumerable<Symbol> symbols, int dynamicBytes)
    {
        int next = FirstAddress;
        foreach (Symbol symbol in symbols.OrderBy(symbol => symbol.Bytes == 0))
        {
            bool isDynamic = symbol.Bytes == 0;
            int bytes = isDynamic ? dynamicBytes : symbol.Bytes;
            next = ModuleParser.AlignUp(next, Math.Max(ArrayAlignment, symbol.Alignment));
            arrays.Add((symbol, next, bytes));
            starts[symbol] = next;
            TotalBytes += isDynamic ? 0 : bytes;
            if (!isDynamic) next = ModuleParser.AlignUp(next + bytes + RedZone, ArrayAlignment);
        }

        DynamicBytes = dynamicBytes;
        TotalBytes += dynamicBytes;
        Bytes = new byte[next + dynamicBytes + RedZone];
        Shadow = new SharedShadow(Bytes.Length);
    }

    public byte[] Bytes { get; }
    public SharedShadow Shadow { get; }
    public int DynamicBytes { get; }
    public int TotalBytes { get; }

    public int AddressOf(Symbol symbol) => starts[symbol];

    /// <summary>Where the array that was found last starts, and its bytes.</summary>
    public (int Start, int Bytes) ExtentOfLast => (arrays[last].Start, arrays[last].Bytes);

    public void Dispose() => Shadow.Dispose();

    /// <summary>A new block finds what no program wrote: not-a-number in every float format.</summary>
    public void Reset()
    {
        Bytes.AsSpan().Fill(0xFF);
        Shadow.Reset();
    }

    /// <summary>The array that holds all bytes of an access, or null.</summary>
    public Symbol? Find(ulong address, int size)
    {
        if (arrays.Count == 0) return null;
        if (Holds(last, address, size)) return arrays[last].Symbol;
        for (int i = 0; i < arrays.Count; i++)
            if (Holds(i, address, size)) return arrays[last = i].Symbol;
        return null;
    }

    public string Describe(ulong address)
    {
        foreach ((Symbol symbol, int start, int bytes) in arrays.AsEnumerable().Reverse())
            if (address >= (ulong)start) return $"byte {address - (ulong)start} of {symbol.Name}, which has {bytes}";
        return $"shared address 0x{address:x} lies before every array";
    }

    private bool Holds(int index, ulong address, int size) =>
        address >= (ulong)arrays[index].Start && address + (ulong)size <= (ulong)(arrays[index].Start + arrays[index].Bytes);
}
