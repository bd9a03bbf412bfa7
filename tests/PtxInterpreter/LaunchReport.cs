namespace NegSamples.PtxInterpreter;

/// <summary>The counters of one line of PTX: executions by warps and by threads, and what its accesses cost.</summary>
public sealed record LineReport(
    int Line, string Text, InstructionClass CountedAs, long Warps, long Threads, long SectorsAsked, long SectorsNeeded, long WavefrontsTaken, long WavefrontsNeeded)
{
    /// <summary>Wavefronts beyond those an access without conflicts takes.</summary>
    public long BankConflicts => WavefrontsTaken - WavefrontsNeeded;
}

/// <summary>What a launch did: findings of the sanitizer, and counts.</summary>
public sealed class LaunchReport
{
    internal LaunchReport(string kernel, PtxModule module, LaunchStatistics statistics, IReadOnlyCollection<Finding> findings)
    {
        (Kernel, Findings) = (kernel, [.. findings]);
        List<LineReport> lines = [];
        for (int pc = 0; pc < module.Code.Length; pc++)
        {
            Instruction instruction = module.Code[pc];
            if (statistics.Warps[pc] == 0) continue;
            lines.Add(new(instruction.Line, instruction.Text.Trim(), ClassAt(instruction, statistics.Spaces[pc]), statistics.Warps[pc], statistics.Threads[pc],
                statistics.SectorsAsked[pc], statistics.SectorsNeeded[pc], statistics.WavefrontsTaken[pc], statistics.WavefrontsNeeded[pc]));
        }

        Lines = lines;
    }

    public string Kernel { get; }
    public IReadOnlyList<Finding> Findings { get; }

    /// <summary>Every instruction that ran, in the order of the text.</summary>
    public IReadOnlyList<LineReport> Lines { get; }

    public long WarpInstructions => Lines.Sum(line => line.Warps);
    public long ThreadInstructions => Lines.Sum(line => line.Threads);
    public long SectorsAsked => Lines.Sum(line => line.SectorsAsked);
    public long SectorsNeeded => Lines.Sum(line => line.SectorsNeeded);
    public long Wavefronts => Lines.Sum(line => line.WavefrontsTaken);
    public long BankConflicts => Lines.Sum(line => line.BankConflicts);

    /// <summary>Executions by threads of one class of instructions.</summary>
    public long Count(InstructionClass countedAs) => Lines.Where(line => line.CountedAs == countedAs).Sum(line => line.Threads);

    /// <summary>Executions by warps of one class of instructions.</summary>
    public long WarpCount(InstructionClass countedAs) => Lines.Where(line => line.CountedAs == countedAs).Sum(line => line.Warps);

    /// <summary>This report, where the launch had no finding.</summary>
    /// <exception cref="InvalidOperationException">There is one; the message names all.</exception>
    public LaunchReport AssertClean() => Findings.Count == 0 ? this : throw new InvalidOperationException(string.Join('\n', Findings));

    private static InstructionClass ClassAt(Instruction instruction, StateSpace space) => (instruction.CountedAs, space) switch
    {
        (InstructionClass.GenericLoad, StateSpace.Global) => InstructionClass.GlobalLoad,
        (InstructionClass.GenericLoad, StateSpace.Shared) => InstructionClass.SharedLoad,
        (InstructionClass.GenericLoad, StateSpace.Local) => InstructionClass.LocalLoad,
        (InstructionClass.GenericStore, StateSpace.Global) => InstructionClass.GlobalStore,
        (InstructionClass.GenericStore, StateSpace.Shared) => InstructionClass.SharedStore,
        (InstructionClass.GenericStore, StateSpace.Local) => InstructionClass.LocalStore,
        _ => instruction.CountedAs
    };
}
