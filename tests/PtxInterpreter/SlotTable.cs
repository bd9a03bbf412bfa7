namespace NegSamples.PtxInterpreter;

/// <summary>
/// Gives every register of the module a slot of its own, and one to every constant, special register and symbol's address that an
/// instruction names: so each operand is a slot, and slots that never change are filled once per warp.
/// </summary>
internal sealed class SlotTable
{
    private readonly List<byte> bits = [];
    private readonly Dictionary<ulong, int> constants = [];
    private readonly Dictionary<string, int> special = [];
    private readonly Dictionary<(Symbol, long), int> addresses = [];

    public int Count => bits.Count;
    public IReadOnlyDictionary<ulong, int> Constants => constants;
    public IReadOnlyDictionary<string, int> Special => special;
    public IReadOnlyDictionary<(Symbol Symbol, long Offset), int> Addresses => addresses;

    public int Declare(ScalarType type)
    {
        bits.Add((byte)type.Bits());
        return bits.Count - 1;
    }

    public int BitsOf(int slot) => bits[slot];

    public int Constant(ulong value) => constants.TryGetValue(value, out int slot) ? slot : constants[value] = Declare(ScalarType.B64);

    public int SpecialRegister(string name) => special.TryGetValue(name, out int slot) ? slot : special[name] = Declare(ScalarType.B64);

    public int Address(Symbol symbol, long offset) =>
        addresses.TryGetValue((symbol, offset), out int slot) ? slot : addresses[(symbol, offset)] = Declare(ScalarType.B64);
}
