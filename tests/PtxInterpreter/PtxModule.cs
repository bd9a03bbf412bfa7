namespace NegSamples.PtxInterpreter;

/// <summary>A parsed PTX text: one array of instructions for all its functions, and what they declare.</summary>
internal sealed class PtxModule
{
    public required string Source { get; init; }
    public required Instruction[] Code { get; init; }

    /// <summary>For each instruction its place in a topological order of its function's control flow; see <see cref="ControlFlow"/>.</summary>
    public required int[] Order { get; init; }

    public required SlotTable Slots { get; init; }
    public required IReadOnlyDictionary<string, PtxFunction> Functions { get; init; }
    public required IReadOnlyList<Symbol> Globals { get; init; }
    public required IReadOnlyList<Symbol> Shared { get; init; }
    public required IReadOnlyList<Symbol> Local { get; init; }

    /// <summary>Bytes of local memory and of parameters per thread.</summary>
    public required int LocalBytes { get; init; }
    public required int ParameterBytes { get; init; }

    /// <summary>Registers that products of warpgroups read and write.</summary>
    public IReadOnlyList<int> ProductSlots => field ??=
        [.. Code.Where(instruction => instruction.Product is not null).SelectMany(instruction => instruction.Slots.Concat(instruction.Product!.ASlots)).Distinct()];

    public IEnumerable<PtxFunction> Kernels => Functions.Values.Where(function => function.IsKernel);

    public static PtxModule Parse(string text) => new ModuleParser(text).Parse();

    /// <summary>A kernel by its name, or by the name of its C# method; without a name, the only one.</summary>
    public PtxFunction Kernel(string? name = null)
    {
        PtxFunction[] found = [.. Kernels.Where(kernel => name is null || kernel.Name == name || kernel.Name == "Kernel_" + name)];
        return found.Length == 1 ? found[0]
            : throw new ArgumentException($"'{name}' names {found.Length} kernels of: {string.Join(", ", Kernels.Select(kernel => kernel.Name))}.", nameof(name));
    }
}
