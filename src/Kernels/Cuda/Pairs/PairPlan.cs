using System.Numerics;

namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>
/// How a sweep over pairs is launched: by shape, precision and a block's shared memory alone, because the order of the sums, and so their bits, depends on it.
/// </summary>
internal struct PairPlan
{
    // A split sweeps at least this many column tiles, or its partial sums would cost as much as the sweep.
    private const int LeastTiles = 2;

    // Two blocks for each of 132 multiprocessors, which work on two at a time. Of 108 they make 1.2 waves, of 144 nearly one; a multiple would even that out,
    // but each split's partial products cost as much as three of its tiles.
    private const int WantedBlocks = 264;

    public PairSweep Sweep;

    /// <summary>Of the products on tensor cores.</summary>
    public Precision Precision;
    public int RowTiles, Splits, Slabs, Threads, SharedBytes;

    /// <summary>Whether the products run on tensor cores; false also where a row is too long for a block's shared memory.</summary>
    public bool TensorCores;

    /// <summary>Elements of a row of an operand's copy, and of partial products.</summary>
    public readonly int Width => Sweep.Width;

    /// <summary>Plans a sweep of rows over columns.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="depth">Elements of both.</param>
    /// <param name="precision">Of the products.</param>
    /// <param name="mostSharedBytes">Of a block.</param>
    public static PairPlan Of(int rows, int columns, int depth, Precision precision, int mostSharedBytes)
    {
        PairPlan plan = new() { Precision = precision, Sweep = new PairSweep { Rows = rows, Columns = columns, Depth = depth } };
        plan.UseTensorCores(precision, mostSharedBytes);
        int tileRows = plan.Threads;
        if (!plan.TensorCores)
        {
            (plan.Threads, tileRows, plan.SharedBytes) = (PlainPairs.Threads, PlainPairs.TileRows, 0);
            plan.Sweep.Width = Tiling.RoundUp(depth, PairSweep.SlabDepth);
        }

        plan.Slabs = Tiling.Blocks(plan.Sweep.Width, PairSweep.SlabDepth);
        plan.RowTiles = Tiling.Blocks(rows, tileRows);
        int tiles = Tiling.Blocks(columns, PairSweep.TileColumns), wanted = Tiling.Blocks(WantedBlocks, plan.RowTiles * plan.Slabs);
        int splits = Math.Clamp(wanted, 1, Math.Max(1, tiles / LeastTiles));
        plan.Sweep.TilesPerSplit = Tiling.Blocks(tiles, splits);
        plan.Splits = Tiling.Blocks(tiles, plan.Sweep.TilesPerSplit);
        return plan;
    }

    /// <summary>The same sweep in slabs of 64, for kernels that need the registers of the other 64 for something else.</summary>
    public readonly PairPlan Narrow()
    {
        PairPlan narrow = this;
        if (!TensorCores || Sweep.Width == PairSweep.NarrowDepth) return narrow;
        narrow.Slabs = narrow.Sweep.Chunks = Sweep.Width / PairSweep.NarrowDepth;
        narrow.Sweep.PiecesLog2--;
        return narrow;
    }

    private void UseTensorCores(Precision precision, int mostSharedBytes)
    {
        if (precision == Precision.Float32) return;
        bool half = precision == Precision.BFloat16;
        int elementBytes = half ? BFloat16Tile.ElementBytes : TensorFloat32Tile.ElementBytes;
        int stride = half ? BFloat16Tile.StageStride : TensorFloat32Tile.StageStride;
        int chunk = Sweep.Depth <= PairSweep.NarrowDepth ? PairSweep.NarrowDepth : PairSweep.SlabDepth, width = Tiling.RoundUp(Sweep.Depth, chunk);
        if (width > (1 << 20)) return;

        // Each warp has 32 rows; the more rows share a tile of columns, the less often the columns come from memory.
        for (Threads = Math.Min(128, (int)BitOperations.RoundUpToPowerOf2((uint)Tiling.RoundUp(Sweep.Rows, 32))); Threads >= 32; Threads /= 2)
        {
            SharedBytes = PairStage.Bytes(Threads, width * elementBytes, stride);
            if (SharedBytes > mostSharedBytes) continue;
            TensorCores = true;
            Sweep.Width = width;
            Sweep.RowBytes = width * elementBytes;
            Sweep.Chunks = width / chunk;
            Sweep.PiecesLog2 = int.Log2(chunk * elementBytes / 16);
            return;
        }
    }
}
