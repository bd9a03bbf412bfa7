namespace NegSamples.PtxInterpreter;

/// <summary>What the interpreter does for an instruction; arithmetic of all kinds is one of the first three.</summary>
internal enum OperationKind
{
    // Each lane for itself.
    Unary, Binary, Ternary, SetPredicate, Select, Pack, Unpack, Load, Store, Atomic, AsyncCopy, AsyncCommit, AsyncWait,
    TensorCopy, MemoryBarrierInit, MemoryBarrierArrive,
    ConvertAddress, IsSpace, ActiveMask, ProxyFence, Nothing,

    // All lanes of a mask together.
    LoadMatrix, StoreMatrix, MatrixMultiply, WarpgroupMultiply, WarpgroupFence, WarpgroupCommit, WarpgroupWait, Shuffle, Vote, WarpReduction, Match, WarpBarrier,

    // What changes where a lane goes on.
    Barrier, MemoryBarrierWait, Branch, IndexedBranch, Call, Return, Exit, Trap
}

/// <summary>What the statistics count an instruction as.</summary>
public enum InstructionClass
{
    Integer, Float, Double, Special, Conversion, Move, Predicate, Control, Parameter,
    GlobalLoad, GlobalStore, SharedLoad, SharedStore, LocalLoad, LocalStore, GenericLoad, GenericStore, ConstantLoad, Atomic, AsyncCopy,
    WarpExchange, Matrix, Barrier, Fence
}

/// <summary>One decoded instruction. Every operand is a slot of the warp's register file, constants and special registers too.</summary>
internal sealed class Instruction(OperationKind kind, InstructionClass countedAs, int line, string text)
{
    public readonly OperationKind Kind = kind;
    public readonly InstructionClass CountedAs = countedAs;
    public readonly int Line = line;
    public readonly string Text = text;

    /// <summary>The predicate's slot, or -1.</summary>
    public int Guard = -1;
    public bool GuardNegated;

    public ScalarType Type;
    public int Destination = -1;
    public int Destination2 = -1;
    public int A = -1;
    public int B = -1;
    public int C = -1;
    public int D = -1;

    /// <summary>The elements of a vector operand, or the operands of a matrix instruction in order.</summary>
    public int[] Slots = [];

    public Func<ulong, ulong>? Unary;
    public Func<ulong, ulong, ulong>? Binary;
    public Func<ulong, ulong, ulong, ulong>? Ternary;

    /// <summary>The same for a warp of which every lane takes part, where it has a loop of its own.</summary>
    public WarpOperation? Whole;

    public StateSpace Space;
    public long Offset;
    public long Offset2;

    /// <summary>The destination register's bits: a narrower signed load or conversion is extended to them.</summary>
    public ulong RegisterMask = ulong.MaxValue;

    /// <summary>A variant: the shuffle's mode, the vote's, the barrier's, the matrix's shape.</summary>
    public string Variant = "";
    public int Count;
    public bool Flag;

    public int Target = -1;
    public int[] Targets = [];
    public CallSite? Call;
    public WarpgroupProduct? Product;
}

/// <summary>What a call copies into the callee's parameters and back: parameter to parameter, or a register.</summary>
internal sealed class CallSite(string function)
{
    public string Function { get; } = function;
    public List<(Symbol? From, int FromSlot)> Arguments { get; } = [];
    public List<(Symbol? To, int ToSlot)> Results { get; } = [];
    public PtxFunction? Callee { get; set; }
}

/// <summary>A kernel or a device function: its parameters and where its code lies.</summary>
internal sealed class PtxFunction(string name, bool isKernel)
{
    public string Name { get; } = name;
    public bool IsKernel { get; } = isKernel;
    public List<Symbol> Parameters { get; } = [];
    public List<Symbol> Results { get; } = [];
    public int Start { get; set; } = -1;
    public int End { get; set; }

    /// <summary>From <c>.maxntid</c> or <c>.reqntid</c>: the most threads of a block, or 0.</summary>
    public int MaximumThreads { get; set; }
}
