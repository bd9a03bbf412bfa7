namespace NegSamples.Kernels.Cpu.MachineCode;

/// <summary>What a product whose sums become exponentials leaves.</summary>
[Flags]
internal enum ExponentialForm
{
    /// <summary>The columns' sums alone.</summary>
    Sums = 0,

    /// <summary>The weights by rows.</summary>
    ByRows = 1,

    /// <summary>The weights by pairs of rows.</summary>
    ByPairs = 2,

    /// <summary>Either.</summary>
    Weights = ByRows | ByPairs,

    /// <summary>Sums of the rows too, no limit, and weights with a factor of the row and one of the column, added up.</summary>
    Symmetric = 4,
}
