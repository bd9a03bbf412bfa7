namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>What a stage in shared memory knows of each column of its tile, in this order: the numbers of <see cref="PairSide"/>.</summary>
internal enum ColumnStatistic
{
    /// <summary>The greatest dot product.</summary>
    Maximum,

    /// <summary>∂L/∂ of the sum, of the sum with concentration, and of a key of the own label.</summary>
    BySum,
    ByTilted,
    ByEqual,

    Label,

    /// <summary>The row that is the column's positive, and the one that counts for nothing.</summary>
    Positive,
    Ignored,
}
