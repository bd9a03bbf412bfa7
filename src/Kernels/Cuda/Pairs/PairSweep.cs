namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>Whose maximum and sum a pair's weight in a gradient uses; m is the greatest dot product s, A is ∂L/∂ of the sum of that row or column.</summary>
internal enum PairWeights
{
    /// <summary><c>A_x·e^{α(s − m_x)/T}</c>: rows are the queries.</summary>
    OfRow,

    /// <summary><c>A_y·e^{α(s − m_y)/T}</c>: columns are the queries.</summary>
    OfColumn,

    /// <summary>The sum of both: rows and columns are the same, each a query.</summary>
    OfBoth,

    /// <summary><c>(A_x + A_y)·e^{(s − m)/T}</c>: both, with one maximum for all, which takes one exponential.</summary>
    OfBothCommon,
}

/// <summary>What a pair that counts adds to a row's sums, and what its weight is.</summary>
internal enum PairTerms
{
    /// <summary>Exponentials relative to a maximum.</summary>
    Exponentials,

    /// <summary>
    /// <c>ln(1 + e^x)</c>, and as weight <c>A_x·σ(x)</c>, x = s/T + b; the sums of σ(x) stand in the place of a second one. In float32 alone.
    /// </summary>
    Logistic,
}

/// <summary>What keys of the row's label are.</summary>
internal enum LabelRule
{
    /// <summary>There are no labels.</summary>
    None,

    /// <summary>Neither positives nor negatives.</summary>
    Excluded,

    /// <summary>Positives, which the sums include.</summary>
    Positives,
}

/// <summary>How tiles of rows meet tiles of columns: one struct for all kernels over pairs.</summary>
/// <remarks>A block owns a tile of rows (x of the grid) and sweeps a split of the column tiles (y) for a slab of the depth (z).</remarks>
internal struct PairSweep
{
    /// <summary>Columns of a tile.</summary>
    public const int TileColumns = 64;

    /// <summary>Rows of a warp on tensor cores.</summary>
    public const int WarpRows = 32;

    /// <summary>Elements of the depth that a stage in shared memory and a slab of products hold.</summary>
    public const int SlabDepth = 128;

    /// <summary>The same where few registers are left for products, or the depth has no more.</summary>
    public const int NarrowDepth = 64;

    public int Rows, Columns, Depth;

    /// <summary>Bytes of a row of an operand's copy.</summary>
    public int RowBytes;

    /// <summary>Chunks of the depth, and 16-byte pieces of a chunk as a power of two.</summary>
    public int Chunks, PiecesLog2;

    /// <summary>Column tiles of a split.</summary>
    public int TilesPerSplit;

    /// <summary>Floats of a row of partial products.</summary>
    public int Width;

    /// <summary>α/T and (1+β)/T in powers of two; the second is 0 without a second sum.</summary>
    public float Scale, TiltedScale;

    /// <summary>The maximum in <see cref="PairWeights.OfBothCommon"/>.</summary>
    public float CommonMaximum;

    public PairWeights Weights;

    public LabelRule Labels;

    /// <summary>Words of a row of sample bits; 0 takes all pairs.</summary>
    public int Words;

    public PairTerms Terms;

    /// <summary>b of logistic terms, whose <see cref="Scale"/> is 1/T itself.</summary>
    public float Bias;
}

/// <summary>Device addresses of what is known of each row, or of each column, one number apiece; 0 for what there is not.</summary>
internal struct PairSide
{
    public long Maximum, BySum, ByTilted, ByEqual, Label;

    /// <summary>The index on the other side that is the query's positive, and the one that counts for nothing; −1 for none.</summary>
    public long Positive, Ignored;
}

/// <summary>What a split's columns leave of a row, in dot products: the greatest, and sums that are relative to it.</summary>
internal struct RowPart
{
    public float Maximum;

    /// <summary><c>Σ e^{α(s − m)/T}</c> and the compensation for its roundings.</summary>
    public float Sum, Compensation;

    public float TiltedSum, Positive, EqualLabelSum;
    public int EqualLabels;
    public float Unused;
}
