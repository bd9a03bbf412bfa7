namespace NegSamples.Kernels.Cuda.Products;

/// <summary>The part of a product that a block computes: one warp for each pair of a left and a right panel.</summary>
internal readonly record struct TileShape
{
    /// <summary>
    /// Larger ones first: they read shared and device memory least per product. Two warps at least, for <see cref="PanelCopies{TArithmetic, TLayout}"/>.
    /// </summary>
    private static readonly (int Down, int Across)[] Shapes = [(2, 2), (4, 1), (1, 4), (2, 1), (1, 2)];

    /// <summary>
    /// Those of warpgroups, which have none of fewer than four pairs. One of 128 x 256 fills a multiprocessor, so it has a stage more, and the products of a
    /// step are still running when the next ones start.
    /// </summary>
    private static readonly TileShape[] ShapesOfWarpgroups =
    [
        new() { Down = 2, Across = 2, Stages = 3 }, new() { Down = 2, Across = 4, Stages = 4 }, new() { Down = 4, Across = 1, Stages = 2 },
        new() { Down = 1, Across = 4, Stages = 2 },
    ];

    /// <summary>Panels of the left side, of 64 rows.</summary>
    public int Down { get; private init; }

    /// <summary>Panels of the right side, of 64 columns.</summary>
    public int Across { get; private init; }

    /// <summary>Steps of the depth held in shared memory, 2 or 3; with 3, two are on their way while one is multiplied.</summary>
    public int Stages { get; private init; }

    public int Threads => 32 * Down * Across;

    public int SharedBytes => Stages * (Down + Across) * PanelText.Bytes;

    /// <summary>The panels and a table of 16 bytes for each row or chunk of columns that is looked up.</summary>
    public int SharedBytesWithTable => SharedBytes + (Math.Max(Down, Across) * PanelText.Side * 16);

    /// <summary>All of warpgroups.</summary>
    public static IReadOnlyList<TileShape> AllOfWarpgroups => ShapesOfWarpgroups;

    /// <summary>All that fit a block's shared memory, larger ones first.</summary>
    public static IEnumerable<TileShape> All(SharedMemoryLimits memory) =>
        Shapes.Select(shape => Fitting(shape.Down, shape.Across, memory)).Where(shape => shape.SharedBytesWithTable <= memory.OfBlock);

    /// <summary>
    /// The largest shape without much idle work that gives every multiprocessor a block and fits its shared memory. The sums do not depend on it.
    /// </summary>
    public static TileShape For(int rows, int columns, int splits, int multiprocessors, SharedMemoryLimits memory)
    {
        TileShape best = default;
        double least = double.MaxValue;
        foreach ((int down, int across) in Shapes)
        {
            TileShape shape = Fitting(down, across, memory);
            if (shape.SharedBytesWithTable > memory.OfBlock) continue;

            // Two blocks of four warps share a multiprocessor, or as many more of fewer warps; small tiles lose a quarter to traffic. A tile with two stages has
            // little to do between two barriers: alone on a multiprocessor it loses as much.
            int panels = shape.Down * shape.Across;
            long rounds = shape.Rounds(rows, columns, splits, multiprocessors);
            bool waits = shape.Stages == 2 && memory.Blocks(shape.SharedBytesWithTable) < 2;
            double cost = rounds * panels * (panels == 4 && !waits ? 1 : 1.25);
            if (cost >= least * 0.999) continue;
            least = cost;
            best = shape;
        }

        return best;
    }

    /// <summary>The same for kernels of warpgroups. The tile of 128 x 256 reads and writes a fifth less shared memory for each product.</summary>
    public static TileShape OfWarpgroups(int rows, int columns, int splits, int multiprocessors)
    {
        const double CostOfLarge = 0.8;
        TileShape best = default;
        double least = double.MaxValue;
        foreach (TileShape shape in ShapesOfWarpgroups)
        {
            int pairs = shape.Down * shape.Across;
            double cost = pairs * shape.Rounds(rows, columns, splits, multiprocessors) * (pairs > 4 ? CostOfLarge : 1);
            if (cost >= least * 0.999) continue;
            (best, least) = (shape, cost);
        }

        return best;
    }

    private long Rounds(int rows, int columns, int splits, int multiprocessors) =>
        Tiling.Blocks((long)Tiles(rows, Down) * Tiles(columns, Across) * splits, multiprocessors);

    /// <summary>With three stages, but two where they let a second block onto the multiprocessor, as large tiles have anyway.</summary>
    private static TileShape Fitting(int down, int across, SharedMemoryLimits memory)
    {
        TileShape two = new() { Down = down, Across = across, Stages = 2 }, three = two with { Stages = 3 };
        if (down + across > 4 || three.SharedBytesWithTable > memory.OfBlock) return two;
        return memory.Blocks(three.SharedBytesWithTable) < 2 && memory.Blocks(two.SharedBytesWithTable) > 1 ? two : three;
    }

    /// <summary>Tiles of this many panels that cover a length.</summary>
    public static int Tiles(int length, int panels) => Tiling.Blocks(length, panels * PanelText.Side);
}
