namespace NegSamples.Kernels.Cuda;

/// <summary>How blocks share out rows of channels, channels innermost: a thread owns one pack of channels and walks down the rows.</summary>
/// <remarks>Threads of a block are [rows, packs], so a warp reads one run of memory. The tiles are a function of the shape alone: sums over them, and so the
/// bits of
/// every result, do not depend on the GPU.</remarks>
internal readonly record struct ColumnTiles
{
    /// <summary>The most threads of a block.</summary>
    public const int MostThreads = 256;

    private const int ReductionBlocks = 512; // About four for each multiprocessor of the largest GPUs, which is one wave at the registers that reductions take.
    private const int LeastPasses = 8; // Rows of a thread, so that the tree at the end of a tile costs little.

    /// <summary>Shares out a matrix.</summary>
    /// <param name="rows">Rows of the matrix.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="width">Columns of a pack.</param>
    /// <param name="mostPacks">Packs that a block takes side by side at most.</param>
    public ColumnTiles(int rows, int columns, int width, int mostPacks = MostThreads)
    {
        Rows = rows;
        Packs = columns / width;
        ColumnBlocks = Tiling.Blocks(Packs, mostPacks);
        int columnThreads = mostPacks < MostThreads ? Math.Min(Packs, mostPacks) : Tiling.Blocks(Packs, ColumnBlocks);

        // Whole warps, whose accesses start at whole sectors.
        if (ColumnBlocks > 1 && mostPacks == MostThreads) columnThreads = Math.Min(MostThreads, Tiling.RoundUp(columnThreads, 32));
        int rowThreads = Math.Min(rows, MostThreads / columnThreads);
        Threads = (columnThreads, rowThreads);
        int passes = Math.Max(LeastPasses, Blocks(rows, rowThreads * Math.Max(1, ReductionBlocks / ColumnBlocks)));
        RowsPerTile = rowThreads * Tiling.RoundUp(passes, 4);
        Tiles = Blocks(rows, RowsPerTile);
    }

    public int Rows { get; }

    /// <summary>Packs of a row.</summary>
    public int Packs { get; }

    /// <summary>Blocks that stand side by side to cover a row.</summary>
    public int ColumnBlocks { get; }

    /// <summary>Threads of a block: packs of a row, rows of one pass.</summary>
    public LaunchExtent Threads { get; }

    /// <summary>Rows that one block of a reduction sums up; the last may have fewer.</summary>
    public int RowsPerTile { get; }

    /// <summary>Tiles of a reduction.</summary>
    public int Tiles { get; }

    /// <summary>
    /// Rows of a block where the share does not touch the bits: enough blocks for the GPU, and enough rows to make up for the loads at the start.
    /// </summary>
    public int RowsPerBlock(int multiprocessors)
    {
        int passes = Blocks(Rows, Threads.Y * Math.Max(1, 8 * multiprocessors / ColumnBlocks));
        return Threads.Y * Math.Clamp(passes, 6, 16);
    }

    /// <summary>The grid of blocks with this many rows each.</summary>
    public LaunchExtent Grid(int rowsPerBlock) => (Blocks(Rows, rowsPerBlock), ColumnBlocks);

    private static int Blocks(int count, int perBlock) => (int)Tiling.Blocks((long)count, perBlock);
}
