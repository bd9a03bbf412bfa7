namespace NegSamples.PtxInterpreter;

internal enum StateSpace { Generic, Global, Shared, Local, Param, Const }

/// <summary>A variable outside the registers: <c>.shared .align 16 .b8 tile[4096]</c>.</summary>
internal sealed class Symbol(string name, StateSpace space, ScalarType type, int bytes, int alignment)
{
    public string Name { get; } = name;
    public StateSpace Space { get; } = space;
    public ScalarType Type { get; } = type;

    /// <summary>Zero for <c>.extern .shared x[]</c>, whose size the launch gives.</summary>
    public int Bytes { get; } = bytes;

    public int Alignment { get; } = alignment;

    /// <summary>Where it starts in its space, for local memory and parameters; the machine places the others.</summary>
    public ulong Address { get; set; }

    public byte[]? Initial { get; init; }
}

/// <summary>A pair of braces: names declared within hide those without.</summary>
internal sealed class Scope(Scope? parent)
{
    public Scope? Parent { get; } = parent;
    public Dictionary<string, int> Registers { get; } = [];
    public Dictionary<string, Symbol> Symbols { get; } = [];
    public Dictionary<string, int> Labels { get; } = [];
    public Dictionary<string, string[]> BranchTargets { get; } = [];

    public bool TryFind<T>(Func<Scope, Dictionary<string, T>> names, string name, out T value)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Parent)
            if (names(scope).TryGetValue(name, out value!)) return true;
        value = default!;
        return false;
    }
}
