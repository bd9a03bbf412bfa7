namespace NegSamples.PtxInterpreter;

/// <summary>Walks over the tokens and reads operands; every error quotes the line it stands in.</summary>
internal sealed class TokenReader(string source)
{
    private readonly List<Token> tokens = Lexer.Split(source);
    private readonly string[] lines = source.Split('\n');
    private int at;

    public Token Current => tokens[at];
    public Token Following => tokens[Math.Min(at + 1, tokens.Count - 1)];

    public Token Take() => tokens[at++];

    public bool TryTake(string text)
    {
        if (!Current.Is(text)) return false;
        at++;
        return true;
    }

    public void Expect(string text)
    {
        if (!TryTake(text)) throw Error($"'{Current.Text}' stands where '{text}' should be.");
    }

    public string Word() => Current.Kind == TokenKind.Word ? Take().Text : throw Error($"'{Current.Text}' stands where a name should be.");

    public int Integer() => (int)(long)Operand.Number(Take().Text, false).Bits;

    public void SkipLine()
    {
        int line = Current.Line;
        while (Current.Kind != TokenKind.End && Current.Line == line) at++;
    }

    public string LineText(int line) => lines[line - 1];

    public PtxException Error(string message) => new(message, Current.Line, LineText(Current.Line));

    /// <summary>Operands up to and with the semicolon.</summary>
    public List<Operand> Operands()
    {
        List<Operand> operands = [];
        while (!TryTake(";"))
        {
            operands.Add(ReadOperand());
            if (!Current.Is(";")) Expect(",");
        }

        return operands;
    }

    public Operand ReadOperand()
    {
        Operand first = ReadSimple();
        return TryTake("|") ? new(OperandKind.Pair) { Items = [first, ReadSimple()] } : first;
    }

    private Operand ReadSimple()
    {
        if (TryTake("{")) return new(OperandKind.Vector) { Items = ReadItems("}") };
        if (TryTake("(")) return new(OperandKind.List) { Items = ReadItems(")") };
        if (TryTake("!")) return new(OperandKind.Name) { Name = Word(), Negated = true };
        if (TryTake("["))
        {
            Operand inner = ReadSimple();
            Operand[] coordinates = TryTake(",") ? ReadSimple().Items : [];
            Expect("]");
            return inner.Kind == OperandKind.Integer ? new(OperandKind.Address) { Offset = (long)inner.Bits }
                : new(OperandKind.Address) { Name = inner.Name, Offset = inner.Offset, Items = coordinates };
        }

        bool negative = TryTake("-");
        if (Current.Kind == TokenKind.Number) return Operand.Number(Take().Text, negative);
        string name = Word();
        if (name == "_") return new(OperandKind.Sink);
        return new(OperandKind.Name) { Name = name, Offset = ReadOffset() };
    }

    private long ReadOffset()
    {
        if (TryTake("-")) return -Integer();
        if (!TryTake("+")) return 0;
        return TryTake("-") ? -Integer() : Integer();
    }

    private Operand[] ReadItems(string end)
    {
        List<Operand> items = [];
        while (!TryTake(end))
        {
            items.Add(ReadOperand());
            if (!Current.Is(end)) Expect(",");
        }

        return [.. items];
    }
}
