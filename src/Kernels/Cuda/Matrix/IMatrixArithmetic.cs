namespace NegSamples.Kernels.Cuda;

/// <summary>The inner loop of a matrix product: a warp multiplies one stage of shared memory into its 64 x 64 accumulators.</summary>
/// <remarks>
/// The accumulators are registers that <see cref="Declare"/>'s text declares: an array would lie in local memory. A stage is 64 bytes of depth of each row or column.
/// Operands lie either depth-innermost ("rows": 64 bytes per row, four chunks of 16 bytes, two rows to a line of 128 bytes, chunks exchanged by the line's number)
/// or depth-outermost ("columns": a row of the stage per step of depth, chunks exchanged by the step's number); the exchanges keep accesses free of bank conflicts.
/// All addresses are bytes of shared memory.
/// </remarks>
internal interface IMatrixArithmetic
{
    /// <summary>Bytes of an operand's element.</summary>
    static abstract int ElementBytes { get; }

    /// <summary>What a chunk's number is exchanged by in a stage of columns: <c>chunk ^ ColumnExchange(step)</c>.</summary>
    static abstract int ColumnExchange(int step);

    /// <summary>Declares the registers and clears the accumulators.</summary>
    static abstract void Declare();

    /// <summary>Multiplies a stage of rows.</summary>
    /// <param name="left">The warp's 64 rows of the left operand.</param>
    /// <param name="right">The warp's 64 rows of the right operand.</param>
    /// <param name="lane">The lane.</param>
    static abstract void MultiplyRows(int left, int right, int lane);

    /// <summary>Multiplies a stage of columns.</summary>
    /// <param name="left">Step 0, the warp's first column of the left operand.</param>
    /// <param name="leftPitch">Bytes from step to step.</param>
    /// <param name="right">Step 0, the warp's first column of the right operand.</param>
    /// <param name="rightPitch">Bytes from step to step.</param>
    /// <param name="lane">The lane.</param>
    static abstract void MultiplyColumns(int left, int leftPitch, int right, int rightPitch, int lane);

    /// <summary>Writes the accumulators as 64 rows of 64 floats, 288 bytes from row to row.</summary>
    /// <param name="target">The first.</param>
    /// <param name="lane">The lane.</param>
    static abstract void Store(int target, int lane);
}
