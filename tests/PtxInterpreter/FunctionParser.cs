namespace NegSamples.PtxInterpreter;

/// <summary>The body of a function: declarations, labels and instructions, in nested braces.</summary>
internal sealed class FunctionParser(ModuleParser module, Scope parameters)
{
    private readonly TokenReader reader = module.Reader;
    private readonly List<(Instruction Instruction, Scope Scope, string[] Labels)> jumps = [];
    private Scope scope = parameters;

    public void Parse()
    {
        reader.Expect("{");
        int depth = 1;
        scope = new(scope);
        while (depth > 0)
        {
            if (reader.TryTake("{")) { depth++; scope = new(scope); }
            else if (reader.TryTake("}")) { depth--; scope = scope.Parent!; }
            else ParseStatement();
        }

        // A body may fall off its end; it then returns.
        module.Code.Add(new(OperationKind.Return, InstructionClass.Control, reader.Current.Line, "ret;"));
        foreach ((Instruction instruction, Scope at, string[] labels) in jumps) Resolve(instruction, at, labels);
    }

    private void ParseStatement()
    {
        Token token = reader.Current;
        if (token.Kind == TokenKind.Word && reader.Following.Is(":")) ParseLabel();
        else if (token.Is("@") || (token.Kind == TokenKind.Word && token.Text[0] != '.')) ParseInstruction();
        else switch (token.Text)
        {
            case ".reg": ParseRegisters(); break;
            case ".shared" or ".local" or ".param" or ".global" or ".const": module.ParseVariable(scope); break;
            case ".loc" or ".pragma": reader.SkipLine(); break;
            case ";": reader.Take(); break;
            default: throw reader.Error($"'{token.Text}' is unknown within a function.");
        }
    }

    private void ParseLabel()
    {
        string label = reader.Word();
        reader.Expect(":");
        if (reader.TryTake(".branchtargets"))
            scope.BranchTargets[label] = [.. reader.Operands().Select(operand => operand.Name)];
        else
            scope.Labels[label] = module.Code.Count;
    }

    private void ParseRegisters()
    {
        reader.Expect(".reg");
        string word = reader.Word();
        if (word is ".v2" or ".v4" || !ScalarTypes.TryParse(word[1..], out ScalarType type)) throw reader.Error($"'{word}' is no type of register.");
        do
        {
            string name = reader.Word();
            if (!reader.TryTake("<"))
            {
                scope.Registers[name] = module.Slots.Declare(type);
                continue;
            }

            int count = reader.Integer();
            reader.Expect(">");
            for (int i = 0; i < count; i++) scope.Registers[name + i] = module.Slots.Declare(type);
        }
        while (reader.TryTake(","));
        reader.Expect(";");
    }

    private void ParseInstruction()
    {
        int line = reader.Current.Line;
        string text = reader.LineText(line).Trim();
        int guard = -1;
        bool negated = false;
        if (reader.TryTake("@"))
        {
            negated = reader.TryTake("!");
            string name = reader.Word();
            if (!scope.TryFind(at => at.Registers, name, out guard)) throw reader.Error($"The predicate {name} is not declared.");
        }

        Opcode opcode = new(reader.Word());
        OperandReader operands = new(module.Slots, scope, reader.Operands(), line, text);
        Instruction instruction = InstructionDecoder.Decode(opcode, operands);
        (instruction.Guard, instruction.GuardNegated) = (guard, negated);
        module.Code.Add(instruction);
        if (instruction.Kind == OperationKind.Branch) jumps.Add((instruction, scope, [operands[0].Name]));
        if (instruction.Kind == OperationKind.IndexedBranch) jumps.Add((instruction, scope, BranchTargets(operands[1].Name)));
    }

    private string[] BranchTargets(string name) => scope.TryFind(at => at.BranchTargets, name, out string[] labels) ? labels
        : throw reader.Error($"The list of targets {name} is not declared before its use.");

    private static void Resolve(Instruction instruction, Scope at, string[] labels)
    {
        int[] targets = [.. labels.Select(label => at.TryFind(scope => scope.Labels, label, out int target) ? target
            : throw new PtxException($"The label {label} is not declared.", instruction.Line, instruction.Text))];
        if (instruction.Kind == OperationKind.Branch) instruction.Target = targets[0];
        else instruction.Targets = targets;
    }
}
