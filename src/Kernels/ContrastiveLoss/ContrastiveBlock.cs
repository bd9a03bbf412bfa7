using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>One block of rows on its way through both passes: where it lies, how the keys are cut, and the memory that its steps share.</summary>
internal unsafe struct ContrastiveBlock
{
    /// <summary>Keys of a tile at most.</summary>
    private const int MostColumns = 256;

    // Runs of key tiles, each with its own partial sums: by the shape alone, never by the threads, so that the order of the sums is fixed.
    private const int MostRuns = 16;

    // With fewer rows than these, walking the keys once more for each block costs as much as the product that a spill saves.
    private const int LeastSpilledRows = 192;

    public ContrastivePairs Pairs;
    public RowLoss Loss;
    public Scratch Scratch;
    public float* RowLoss, RowLogSumExp, Dq, Dk, Dp;

    /// <summary>The block's rows.</summary>
    public int FirstRow, Rows;

    /// <summary>Rows that a block has at most, keys of a tile, tiles of a run, and runs.</summary>
    public int Capacity, Columns, TilesPerRun, Runs;

    /// <summary>Whether the queries' gradient is summed up in the first pass: Σ e^{s − m}·k with a running maximum. Only the keys' gradient is left to the second.</summary>
    public bool OnePass;

    /// <summary>The queries as [rows/8][depth][8] and as [depth/32][rows][32].</summary>
    public float* Strips, Panels;

    /// <summary>The queries' gradient of each run, [runs][capacity][width].</summary>
    public float* Partial;

    /// <summary>The block's dot products, [tile][capacity][columns], masked, or their exponentials where the first pass needs these; null where they are computed again.</summary>
    public float* Spill;

    /// <summary>The dot products that the spilled exponentials are relative to, [tile][capacity]; null where none are spilled.</summary>
    public float* References;

    /// <summary>What each run leaves of each row, [runs][capacity].</summary>
    public RowStream* Streams;

    /// <summary>What the second pass needs of each row.</summary>
    public RowFactors* Factors;

    /// <summary>The depth, filled up to whole panels.</summary>
    public readonly int Width => (Pairs.Depth + MicroKernel.TileColumns - 1) / MicroKernel.TileColumns * MicroKernel.TileColumns;

    /// <summary>Tiles of keys.</summary>
    public readonly int Tiles => (Pairs.KeyCount + Columns - 1) / Columns;

    /// <summary>Floats from one row of a worker's tile to the next: a line more than a tile, or a column of it would fall into few sets of the first-level cache.</summary>
    public readonly int TileStride => Columns + 16;

    /// <summary>Whether the keys are walked a second time.</summary>
    public readonly bool SecondPass => OnePass ? Dk != null : Dq != null || Dk != null;

    /// <summary>Whether the second pass adds to the queries' gradient.</summary>
    public readonly bool WeighsQueries => Dq != null && !OnePass;

    /// <summary>Tiles that a thread takes at a time in the second pass: of the keys' gradient alone no sums outlive a tile, and small pieces leave no thread waiting.</summary>
    public readonly int TilesPerWeighing => WeighsQueries ? TilesPerRun : Math.Min(TilesPerRun, 4);

    private bool Spills { get; set; }

    /// <summary>Floats of the memory that <see cref="Place"/> hands out.</summary>
    public readonly long SharedFloats =>
        (Capacity * (long)Pairs.Depth) + (Dk == null ? 0 : Capacity * (long)Width) + (Dq == null ? 0 : (long)Runs * Capacity * Width)
        + ((long)Runs * Capacity * sizeof(RowStream) / sizeof(float)) + ((long)Capacity * sizeof(RowFactors) / sizeof(float))
        + (Spills ? (long)Tiles * Capacity * (OnePass ? Columns + 1 : Columns) : 0);

    /// <summary>Cuts rows and keys, by their numbers alone.</summary>
    /// <param name="spillBytes">Bytes that dot products may take from the first pass to the second.</param>
    /// <param name="mostRows">Rows whose queries and gradient the second-level cache holds; a multiple of 8.</param>
    public void Plan(long spillBytes, int mostRows)
    {
        OnePass = Dq != null && Pairs.Exponent == 1 && Pairs.Tilt == 0 && !Pairs.EqualLabelsArePositives;
        Columns = Math.Clamp(Up(Blocks(Pairs.KeyCount, MostRuns), MicroKernel.TileColumns), MicroKernel.TileColumns, MostColumns);
        TilesPerRun = Blocks(Tiles, MostRuns);
        Runs = Blocks(Tiles, TilesPerRun);
        int rows = Up(Pairs.Rows, MicroKernel.TileRows), spilled = (int)Math.Min(mostRows, spillBytes / ((long)Tiles * Columns * sizeof(float)));
        spilled = spilled / MicroKernel.TileRows * MicroKernel.TileRows;
        Spills = SecondPass && spilled >= Math.Min(LeastSpilledRows, rows);
        Capacity = Up(Blocks(Pairs.Rows, Blocks(rows, Spills ? spilled : mostRows)), MicroKernel.TileRows);
    }

    /// <summary>Hands out the memory of all steps.</summary>
    public void Place(float* shared)
    {
        Streams = (RowStream*)shared;
        Factors = (RowFactors*)(Streams + ((long)Runs * Capacity));
        Strips = (float*)(Factors + Capacity);
        Panels = Strips + ((long)Capacity * Pairs.Depth);
        Partial = Panels + (Dk == null ? 0 : (long)Capacity * Width);
        Spill = Spills ? Partial + (Dq == null ? 0 : (long)Runs * Capacity * Width) : null;
        References = Spills && OnePass ? Spill + ((long)Tiles * Capacity * Columns) : null;
    }

    /// <summary>The tile's keys and those filled up to whole panels.</summary>
    public readonly (int FirstKey, int Count, int Whole) KeysOf(int tile)
    {
        int first = tile * Columns, count = Math.Min(Columns, Pairs.KeyCount - first);
        return (first, count, Up(count, MicroKernel.TileColumns));
    }

    private static int Blocks(int length, int block) => (length + block - 1) / block;

    private static int Up(int count, int multiple) => Blocks(count, multiple) * multiple;
}

/// <summary>What one run of keys leaves of a row, in dot products: the maximum and sums that are relative to it.</summary>
internal struct RowStream
{
    public double Sum, TiltedSum, EqualLabelSum;
    public float Maximum, Positive;
    public int EqualLabels;
}

/// <summary>What the second pass needs of a row: its maximum and the weights' factors, each over N·T.</summary>
internal struct RowFactors
{
    public float Maximum, BySum, ByTiltedSum, ByEqualLabel, ByPositive;
}
