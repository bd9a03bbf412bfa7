namespace NegSamples.Kernels.Cuda.Products;

/// <summary>An operand as panels are copied from it: rows of whole 16-byte chunks, in the type that is multiplied.</summary>
internal readonly record struct Operand(long Address, int RowChunks);

/// <summary>What the operations that multiply matrices share: operands, the shapes of launches, and sums over the parts of a split product.</summary>
internal sealed class ProductLauncher(KernelDevice device, KernelLauncher launcher, DeviceScratch scratch, Precision precision, MatrixKernels kernels)
{
    public int BytesPerElement => precision == Precision.BFloat16 ? 2 : 4;

    public int ElementsPerChunk => 16 / BytesPerElement;

    private bool InWarpgroups => kernels == MatrixKernels.Wgmma && precision == Precision.BFloat16;

    private ElementType OperandType => precision == Precision.BFloat16 ? ElementType.BFloat16 : ElementType.Float32;

    /// <summary>The operand where it lies if it lies well, or a copy in the workspace: rounded to bfloat16, rows filled up with zeros.</summary>
    /// <param name="name">Of the place in the workspace.</param>
    /// <param name="x">Its last axis is contiguous; all before are rows.</param>
    public Operand Prepare(string name, Tensor x)
    {
        int perChunk = ElementsPerChunk, columns = x.Columns, chunks = Tiling.Blocks(columns, perChunk);
        bool whole = columns % perChunk == 0;
        if (x.Type == OperandType && whole && x.DeviceAddress % 16 == 0) return new(x.DeviceAddress, chunks);
        if (precision != Precision.BFloat16 && x.Type != ElementType.Float32)
            throw new ArgumentException($"An operand holds {x.Type}; with {precision} it should be Float32.", nameof(x));

        DeviceSpan copy = scratch.Take(name, (long)x.Rows * chunks * perChunk, BytesPerElement);
        if (x.Type == ElementType.Float32 && precision == Precision.BFloat16 && whole && x.DeviceAddress % 16 == 0 && x.Count / 4 <= int.MaxValue - 256)
        {
            int count = (int)(x.Count / 4);
            launcher.Launch(OperandKernels.RoundKernel, Tiling.Blocks(count, 256), 256, 0, x, copy, count);
        }
        else
        {
            Divisor pitch = new(chunks * perChunk);
            int rowsPerBlock = OperandKernels.RowsPerBlock(pitch.Value);
            Delegate kernel = x.Type == ElementType.BFloat16 ? OperandKernels.PadRowsKernel<BFloat16Element, BFloat16Element>
                : precision == Precision.BFloat16 ? OperandKernels.PadRowsKernel<Float32Element, BFloat16Element>
                : OperandKernels.PadRowsKernel<Float32Element, Float32Element>;
            launcher.Launch(
                kernel, Tiling.Blocks(x.Rows, rowsPerBlock), OperandKernels.Threads, 0, x, copy, x.Rows, columns, KernelArgument.Of(pitch), rowsPerBlock);
        }

        return new(copy.Address, chunks);
    }

    /// <summary>
    /// Into how many parts the depth is cut, each with at least four steps, so that about 264 blocks of 128 x 128 run: two for each multiprocessor of the
    /// largest GPUs. The shape alone decides, because the order of the sums depends on it.
    /// </summary>
    public static int Splits(int rows, int columns, int steps)
    {
        const int WantedBlocks = 264, LeastSteps = 4;
        long tiles = (long)TileShape.Tiles(rows, 2) * TileShape.Tiles(columns, 2);
        return (int)Math.Max(1, Math.Min(WantedBlocks / tiles, steps / LeastSteps));
    }

    /// <summary>The steps of the depth: 128 bytes each.</summary>
    public static int Steps(int chunks) => Tiling.Blocks(chunks, 8);

    /// <summary>The shape of a launch, with the tile that suits it.</summary>
    public (ProductShape Shape, TileShape Tile, int Splits) Shape(int rows, int columns, int steps, bool maySplit)
    {
        int perSplit = Tiling.Blocks(steps, Splits(rows, columns, steps));
        if (!maySplit) perSplit = steps;
        int splits = perSplit == 0 ? 1 : Tiling.Blocks(steps, perSplit);
        TileShape tile = InWarpgroups ? TileShape.OfWarpgroups(rows, columns, splits, device.Multiprocessors)
            : TileShape.For(rows, columns, splits, device.Multiprocessors);
        ProductShape shape = new()
        {
            Rows = rows, Columns = columns, Steps = steps, StepsPerSplit = perSplit, TilesDown = TileShape.Tiles(rows, tile.Down),
            TilesAcross = TileShape.Tiles(columns, tile.Across), Down = tile.Down, Across = tile.Across, Stages = tile.Stages,
        };
        return (shape, tile, splits);
    }

    /// <summary>How the kernels of a launch multiply.</summary>
    public ProductPanels Panels(TileShape tile)
    {
        if (!InWarpgroups) return ProductPanels.Warps;
        return (tile.Down, tile.Across) switch
        {
            (2, 2) => ProductPanels.Square,
            (4, 1) => ProductPanels.Tall,
            (1, 4) => ProductPanels.Wide,
            _ => ProductPanels.Large,
        };
    }

    /// <summary>Whether rows of this many elements from this address are whole 16-byte vectors.</summary>
    public static bool IsVector(long address, int columns, ElementType type) => address % 16 == 0 && columns * (long)ElementTypes.SizeOf(type) % 16 == 0;

    /// <summary>
    /// Adds the parts of a split product [splits, rows, runs · runPitch] to each other and into the target [rows, columns], whose runs of columns are
    /// the starts of the parts' runs.
    /// </summary>
    public void Merge(DeviceSpan parts, Tensor target, int rows, int columns, int run, int runPitch, int splits, bool accumulate)
    {
        int rowsPerBlock = OperandKernels.RowsPerBlock(columns);
        Delegate kernel = target.Type == ElementType.BFloat16 ? OperandKernels.MergeKernel<BFloat16Element> : OperandKernels.MergeKernel<Float32Element>;
        launcher.Launch(
            kernel, Tiling.Blocks(rows, rowsPerBlock), OperandKernels.Threads, 0, parts, target, rows, KernelArgument.Of(new Divisor(columns)),
            KernelArgument.Of(new Divisor(run)), runPitch, splits, rowsPerBlock, accumulate ? 1 : 0);
    }
}
