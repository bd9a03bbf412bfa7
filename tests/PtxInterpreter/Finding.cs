namespace NegSamples.PtxInterpreter;

public enum FindingKind { OutOfBounds, Misaligned, UninitializedShared, SharedRace, AsyncCopyRead, ProxyFence, MatrixRegisters, BarrierDivergence, WarpDivergence, Trap }

/// <summary>A fault of a kernel: what, where in the grid, and at which line of the PTX; equal ones are counted, the first is kept.</summary>
public sealed record Finding(FindingKind Kind, string Kernel, Extent Block, Extent Thread, int Line, string Instruction, string Message)
{
    public int Count { get; set; } = 1;

    public override string ToString() =>
        $"{Kind} in {Kernel}, block {Block}, thread {Thread}, line {Line}: {Message} ({Count} times)\n    {Instruction.Trim()}";
}

/// <summary>Collects the findings of a launch.</summary>
internal sealed class Sanitizer(string kernel)
{
    private readonly Dictionary<(FindingKind, int, int), Finding> findings = [];

    public IReadOnlyCollection<Finding> Findings => findings.Values;

    /// <param name="otherLine">The line of the other access of a race, which makes a finding of its own.</param>
    public void Report(FindingKind kind, ThreadBlock block, int thread, Instruction instruction, string message, int otherLine = 0)
    {
        if (findings.TryGetValue((kind, instruction.Line, otherLine), out Finding? known)) known.Count++;
        else findings[(kind, instruction.Line, otherLine)] =
            new(kind, kernel, block.Position, block.Threads.PositionOf(thread), instruction.Line, instruction.Text, message);
    }
}
