namespace NegSamples.Kernels.Cuda;

/// <summary>The warp's tensor-core work of one format: 32 rows times 64 columns, and their weights times the columns' values.</summary>
/// <remarks>
/// All registers are those of <see cref="PairText.Registers"/>. A warp's dot products are in <c>score(32h + 4n + c)</c> as <c>mma</c> leaves them: row
/// 16h + g + 8·(c / 2), column 8n + 2t + c mod 2, lane 4g + t.
/// </remarks>
internal interface IPairTile
{
    /// <summary>Bytes of an element.</summary>
    static abstract int ElementBytes { get; }

    /// <summary>Bytes from one row to the next of a stage: 128 elements and 16 bytes, which spreads eight rows over all banks.</summary>
    static abstract int StageStride { get; }

    /// <summary>Adds the products over 64 elements of depth to the scores.</summary>
    /// <param name="upper">Shared address of the lane's piece of the upper 16 rows.</param>
    /// <param name="lower">Of the lower 16 rows.</param>
    /// <param name="columns">Of the columns.</param>
    static abstract void Score(int upper, int lower, int columns);

    /// <summary>Where the lane reads values within a stage.</summary>
    static abstract int ValuesOffset(int lane);

    /// <summary>Adds the weights in <c>score</c>, rounded to the format, times the columns' values to <c>product</c>, 64 elements of depth.</summary>
    static abstract void Multiply64(int values);

    /// <summary>The same for 128 elements of depth.</summary>
    static abstract void Multiply128(int values);
}
