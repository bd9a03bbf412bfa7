namespace NegSamples.PtxInterpreter;

/// <summary>The level of the file: module variables, prototypes, functions and kernels.</summary>
internal sealed class ModuleParser(string source)
{
    private readonly TokenReader reader = new(source);
    private readonly Scope scope = new(null);
    private readonly Dictionary<string, PtxFunction> functions = [];

    public TokenReader Reader => reader;
    public SlotTable Slots { get; } = new();
    public List<Instruction> Code { get; } = [];
    public List<Symbol> Globals { get; } = [];
    public List<Symbol> Shared { get; } = [];
    public List<Symbol> Local { get; } = [];

    /// <summary>Thread-private memory is laid out here, once per declaration: nothing recurses.</summary>
    public int LocalBytes { get; private set; } = LocalStart;
    public int ParameterBytes { get; private set; }

    // Address zero of local memory belongs to nobody, so a null pointer is found; symbols lie a red zone apart.
    private const int LocalStart = 64, LocalRedZone = 16;

    public PtxModule Parse()
    {
        while (reader.Current.Kind != TokenKind.End) ParseTopLevel();
        LinkCalls();
        int[] order = new int[Code.Count];
        foreach (PtxFunction function in functions.Values.Where(function => function.Start >= 0)) ControlFlow.FillOrder(Code, function, order);
        return new()
        {
            Source = source, Code = [.. Code], Order = order, Slots = Slots, Functions = functions, Globals = Globals, Shared = Shared, Local = Local,
            LocalBytes = LocalBytes, ParameterBytes = ParameterBytes
        };
    }

    private void ParseTopLevel()
    {
        switch (reader.Current.Text)
        {
            case ".version" or ".target" or ".address_size" or ".file":
                reader.SkipLine();
                break;
            case ".section":
                while (!reader.TryTake("}")) reader.Take();
                break;
            case ".visible" or ".extern" or ".weak" or ".common":
                reader.Take();
                break;
            case ".entry" or ".func":
                ParseFunction(reader.Take().Text == ".entry");
                break;
            case ".global" or ".const" or ".shared":
                ParseVariable(scope);
                break;
            default: throw reader.Error($"'{reader.Current.Text}' is unknown at the level of the module.");
        }
    }

    private void ParseFunction(bool isKernel)
    {
        Scope inner = new(scope);
        List<Symbol> results = reader.Current.Is("(") ? ParseParameters(inner) : [];
        string name = reader.Word();
        List<Symbol> parameters = reader.Current.Is("(") ? ParseParameters(inner) : [];
        int maximumThreads = ParsePerformanceDirectives();
        if (reader.TryTake(";")) return; // A prototype; the body follows somewhere.

        PtxFunction function = new(name, isKernel) { Start = Code.Count, MaximumThreads = maximumThreads };
        function.Parameters.AddRange(parameters);
        function.Results.AddRange(results);
        functions.Add(name, function);
        new FunctionParser(this, inner).Parse();
        function.End = Code.Count;
    }

    private List<Symbol> ParseParameters(Scope inner)
    {
        List<Symbol> parameters = [];
        reader.Expect("(");
        while (!reader.TryTake(")"))
        {
            parameters.AddRange(ParseVariable(inner, endsStatement: false));
            reader.TryTake(",");
        }

        return parameters;
    }

    private int ParsePerformanceDirectives()
    {
        int threads = 0;
        while (reader.Current.Kind == TokenKind.Word)
        {
            bool limitsThreads = reader.Take().Text is ".maxntid" or ".reqntid";
            int product = 1;
            while (reader.Current.Kind == TokenKind.Number)
            {
                product *= reader.Integer();
                reader.TryTake(",");
            }

            if (limitsThreads) threads = product;
        }

        return threads;
    }

    /// <summary>A variable declaration in any space but the registers, with its initial value if it has one.</summary>
    public List<Symbol> ParseVariable(Scope target, bool endsStatement = true)
    {
        StateSpace space = Enum.Parse<StateSpace>(reader.Word()[1..], ignoreCase: true);
        int alignment = 0, vector = 1;
        ScalarType type = ScalarType.None;
        while (reader.Current.Kind == TokenKind.Word && reader.Current.Text[0] == '.')
        {
            string word = reader.Word()[1..];
            if (word == "align") alignment = reader.Integer();
            else if (word is "v2" or "v4") vector = word[1] - '0';
            else if (word == "ptr") { while (reader.Current.Text is ".global" or ".shared" or ".const" or ".local") reader.Take(); }
            else if (!ScalarTypes.TryParse(word, out type)) throw reader.Error($"'.{word}' is no type.");
        }

        List<Symbol> symbols = [];
        do symbols.Add(ParseDeclarator(target, space, type, vector, alignment));
        while (endsStatement && reader.TryTake(","));
        if (endsStatement) reader.Expect(";");
        return symbols;
    }

    private Symbol ParseDeclarator(Scope target, StateSpace space, ScalarType type, int vector, int alignment)
    {
        string name = reader.Word();
        int bytes = vector * type.Bytes();
        while (reader.TryTake("["))
        {
            bytes = reader.Current.Is("]") ? 0 : bytes * reader.Integer();
            reader.Expect("]");
        }

        byte[]? initial = reader.TryTake("=") ? Initializer.Read(reader, type, bytes) : null;
        if (bytes == 0 && initial is not null) bytes = initial.Length;
        Symbol symbol = new(name, space, type, bytes, alignment == 0 ? vector * type.Bytes() : alignment) { Initial = initial };
        target.Symbols[name] = symbol;
        Place(symbol);
        return symbol;
    }

    private void Place(Symbol symbol)
    {
        switch (symbol.Space)
        {
            case StateSpace.Shared: Shared.Add(symbol); break;
            case StateSpace.Local:
                symbol.Address = (ulong)AlignUp(LocalBytes, Math.Max(symbol.Alignment, 16));
                LocalBytes = (int)symbol.Address + symbol.Bytes + LocalRedZone;
                Local.Add(symbol);
                break;
            case StateSpace.Param:
                symbol.Address = (ulong)AlignUp(ParameterBytes, 16);
                ParameterBytes = (int)symbol.Address + symbol.Bytes;
                break;
            default: Globals.Add(symbol); break;
        }
    }

    public static int AlignUp(int value, int alignment) => (value + alignment - 1) / alignment * alignment;

    private void LinkCalls()
    {
        foreach (Instruction instruction in Code)
        {
            if (instruction.Call is not { } call) continue;
            if (!functions.TryGetValue(call.Function, out PtxFunction? callee))
                throw new PtxException($"The function {call.Function} has no body.", instruction.Line, instruction.Text);
            if (callee.Parameters.Count != call.Arguments.Count || callee.Results.Count < call.Results.Count)
                throw new PtxException($"{call.Function} takes {callee.Parameters.Count} arguments.", instruction.Line, instruction.Text);
            call.Callee = callee;
        }
    }
}
