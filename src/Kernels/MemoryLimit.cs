namespace NegSamples.Kernels;

/// <summary>Which memory of a process a limit counts.</summary>
internal enum MemoryKind
{
    /// <summary>All of it.</summary>
    All,

    /// <summary>What the garbage collector manages: arrays of .NET.</summary>
    Managed,

    /// <summary>What is beside it: arenas and workspaces.</summary>
    Native,
}

/// <summary>What one limit leaves to this process.</summary>
/// <param name="Name">Whose limit it is, in words that follow "available by".</param>
/// <param name="Bytes">Bytes that may still be taken, at least 0.</param>
/// <param name="Kind">Which memory it counts.</param>
internal sealed record MemoryLimit(string Name, long Bytes, MemoryKind Kind = MemoryKind.All);
