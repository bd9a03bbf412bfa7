namespace NegSamples.PtxInterpreter;

/// <summary>The operands of one instruction, resolved to slots as the decoder asks for them.</summary>
internal sealed class OperandReader(SlotTable slots, Scope scope, List<Operand> operands, int line, string text)
{
    public int Line { get; } = line;
    public string Text { get; } = text;
    public int Count => operands.Count;
    public Operand this[int index] => index < operands.Count ? operands[index] : throw Error($"Operand {index + 1} is missing.");

    public PtxException Error(string message) => new(message, Line, Text);

    /// <summary>A register to write; an underscore writes to nowhere.</summary>
    public int Destination(int index) => Destination(this[index]);

    public int Destination(Operand operand)
    {
        if (operand.Kind == OperandKind.Sink) return slots.Declare(ScalarType.B64);
        if (operand.Kind == OperandKind.Name && scope.TryFind(at => at.Registers, operand.Name, out int slot)) return slot;
        throw Error($"'{operand.Name}' is no register that is declared here.");
    }

    /// <summary>A value to read: register, special register, constant, or the address of a symbol.</summary>
    public int Source(int index, ScalarType type) => Source(this[index], type);

    public int Source(Operand operand, ScalarType type)
    {
        switch (operand.Kind)
        {
            case OperandKind.Integer or OperandKind.Float32 or OperandKind.Float64: return slots.Constant(OperandBits.Constant(operand, type));
            case OperandKind.Name: return NameOrAddress(operand.Name, operand.Offset);
            default: throw Error("A register or a constant should stand here.");
        }
    }

    /// <summary>The slot of an address and the offset to add to it.</summary>
    public (int Slot, long Offset) Address(int index)
    {
        Operand operand = this[index];
        if (operand.Kind != OperandKind.Address) throw Error($"Operand {index + 1} should be an address in brackets.");
        return operand.Name.Length == 0 ? (slots.Constant(0), operand.Offset) : (NameOrAddress(operand.Name, 0), operand.Offset);
    }

    /// <summary>A constant that the decoder must know.</summary>
    public int Constant(int index) => this[index].Kind == OperandKind.Integer ? (int)(long)this[index].Bits : throw Error($"Operand {index + 1} should be a constant.");

    /// <summary>The elements of <c>{a, b}</c>, or the single operand.</summary>
    public Operand[] Elements(int index) => this[index].Kind == OperandKind.Vector ? this[index].Items : [this[index]];

    public int[] Destinations(int index) => [.. Elements(index).Select(Destination)];

    public int[] Sources(int index, ScalarType type) => [.. Elements(index).Select(element => Source(element, type))];

    public bool IsPredicate(int index) =>
        this[index].Kind == OperandKind.Name && scope.TryFind(at => at.Registers, this[index].Name, out int slot) && slots.BitsOf(slot) == 1;

    public ulong RegisterMask(int slot) => ScalarTypes.Mask(slots.BitsOf(slot));

    public int BitsOf(int slot) => slots.BitsOf(slot);

    public bool TryParameter(Operand operand, out Symbol symbol) =>
        scope.TryFind(at => at.Symbols, operand.Name, out symbol) && symbol.Space == StateSpace.Param;

    private int NameOrAddress(string name, long offset)
    {
        if (scope.TryFind(at => at.Registers, name, out int slot)) return slot;
        if (scope.TryFind(at => at.Symbols, name, out Symbol symbol)) return slots.Address(symbol, offset);
        if (name == "WARP_SZ") return slots.Constant(32);
        if (SpecialRegisters.IsKnown(name)) return slots.SpecialRegister(name);
        throw Error($"'{name}' is not declared here.");
    }
}
