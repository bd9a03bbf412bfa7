namespace NegSamples.Kernels.Cuda.Products;

/// <summary>An operand as panels are copied from it: rows of whole 16-byte chunks, in the type that is multiplied.</summary>
internal readonly record struct Operand(long Address, int RowChunks);

/// <summary>What the operations that multiply matrices share: operands, the shapes of launches, and sums over the parts of a split product.</summary>
internal sealed class ProductLauncher(KernelDevice device, KernelLauncher launcher, DeviceScratch scratch, Precision precision, MatrixKernels kernels)
{
    // A gradient whose parts wait for those of another.
    private bool waits;
    private DeviceSpan waitingParts;
    private Tensor waitingGradient;
    private MergedParts waiting;
    private int waitingBlocks;

    public int BytesPerElement => precision == Precision.BFloat16 ? 2 : 4;

    public int ElementsPerChunk => 16 / BytesPerElement;

    private bool InWarpgroups => kernels != MatrixKernels.Mma && precision == Precision.BFloat16;

    /// <summary>The weights of the step that runs as a whole; null where operations are asked for by themselves.</summary>
    public PreparedWeights? Weights { get; set; }

    /// <summary>The tiles that products are cut into on this device.</summary>
    public IReadOnlyList<TileShape> Tiles => InWarpgroups ? TileShape.AllOfWarpgroups : [.. TileShape.All(device.SharedMemory)];

    /// <summary>The tile of every product, whatever its shape; null for the one that suits it.</summary>
    public TileShape? Tile { get; set; }

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

        if (Weights is not null && x.Type == ElementType.Float32 && Weights.Rows(x, chunks * perChunk) is var made and not 0) return new(made, chunks);
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

    /// <summary>The address of weights that are turned for the gradient of an input, made now or with all of the step's.</summary>
    public nint TurnedWeights(Tensor weights, TurnedWeights shape)
    {
        int taps = shape.Rows * shape.Columns;
        if (taps > 0 && Weights is not null && Weights.Turned(weights, shape) is var made and not 0) return made;
        DeviceSpan turned = scratch.Take("right operand", Math.Max(1, (long)shape.Inputs * taps * shape.Pitch), BytesPerElement);
        if (taps == 0) return turned.Address;
        Delegate kernel = precision == Precision.BFloat16 ? OperandKernels.TurnWeightsKernel<BFloat16Element>
            : OperandKernels.TurnWeightsKernel<Float32Element>;
        launcher.Launch(
            kernel, (Tiling.Blocks(shape.Inputs, OperandKernels.Edge), Tiling.Blocks(shape.Pitch, OperandKernels.Edge), taps), OperandKernels.Threads, 0,
            KernelArgument.Address(weights), turned, KernelArgument.Of(shape));
        return turned.Address;
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
        TileShape tile = Tile ?? (InWarpgroups ? TileShape.OfWarpgroups(rows, columns, splits, device.Multiprocessors)
            : TileShape.For(rows, columns, splits, device.Multiprocessors, device.SharedMemory));
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

    /// <summary>Whether the copy engine brings panels, see <see cref="BulkPipeline"/>.</summary>
    public bool BringsInBulk => kernels == MatrixKernels.Tma && precision == Precision.BFloat16;

    /// <summary>A matrix as the copy engine is told of it.</summary>
    public KernelArgument MapOf(MatrixPanels matrix) =>
        KernelArgument.Of(device.MapOf(matrix.Address, matrix.Chunks * ElementsPerChunk, matrix.StoredRows));

    /// <summary>
    /// Whether the copy engine can bring windows: 64 channels are of one tap, and what a map counts in few bits is small, as of every layer that is not made for a test.
    /// </summary>
    public bool BringsWindowsInBulk(ImageWindow window) => BringsInBulk && window.PixelChunks % 8 == 0
        && window.WindowHeight * window.WindowWidth > 0 && WindowBox.Of(window) is { IsSmall: true };

    /// <summary>Images and their windows as the copy engine is told of them.</summary>
    public KernelArgument MapOf(ImageWindow window, int pixels) =>
        KernelArgument.Of(device.MapOf(window, pixels / (window.GridHeight * window.GridWidth), WindowBox.Of(window)));

    /// <summary>Whether rows of this many elements from this address are whole 16-byte vectors.</summary>
    public static bool IsVector(long address, int columns, ElementType type) => address % 16 == 0 && columns * (long)ElementTypes.SizeOf(type) % 16 == 0;

    /// <summary>
    /// Adds the parts of a split product [splits, rows, runs · runPitch] to each other and into the target [rows, columns], whose runs of columns are
    /// the starts of the parts' runs.
    /// </summary>
    public void Merge(DeviceSpan parts, Tensor target, int rows, int columns, int run, int runPitch, int splits, bool accumulate)
    {
        MergedParts of = PartsOf(rows, columns, run, runPitch, splits, accumulate);
        Delegate kernel = target.Type == ElementType.BFloat16 ? OperandKernels.MergeKernel<BFloat16Element> : OperandKernels.MergeKernel<Float32Element>;
        launcher.Launch(kernel, Tiling.Blocks(rows, of.RowsPerBlock), OperandKernels.Threads, 0, parts, target, KernelArgument.Of(of));
    }

    /// <summary>Workspace for the parts of a weight's gradient, which <see cref="MergeLater"/> adds up.</summary>
    public DeviceSpan GradientParts(long count) =>
        scratch.Take(Weights is null ? "parts of a product" : waits ? "parts of another gradient" : "parts of a gradient", count);

    /// <summary>
    /// Adds the parts to the gradient, which nobody reads before <see cref="MergeWaiting"/>: in a step that runs as a whole two gradients are added up in one
    /// launch, and the parts of both, 17 MB each at most, are still in the second cache.
    /// </summary>
    public void MergeLater(DeviceSpan parts, Tensor gradient, int rows, int columns, int run, int runPitch, int splits)
    {
        MergedParts of = PartsOf(rows, columns, run, runPitch, splits, accumulate: true);
        int blocks = Tiling.Blocks(rows, of.RowsPerBlock);
        if (Weights is null || (waits && waitingGradient.DeviceAddress == gradient.DeviceAddress))
        {
            MergeWaiting();
            launcher.Launch(OperandKernels.MergeKernel<Float32Element>, blocks, OperandKernels.Threads, 0, parts, gradient, KernelArgument.Of(of));
        }
        else if (waits)
        {
            launcher.Launch(
                OperandKernels.MergePairKernel, waitingBlocks + blocks, OperandKernels.Threads, 0, waitingParts, waitingGradient, KernelArgument.Of(waiting),
                parts, gradient, KernelArgument.Of(of), waitingBlocks);
            waits = false;
        }
        else (waits, waitingParts, waitingGradient, waiting, waitingBlocks) = (true, parts, gradient, of, blocks);
    }

    /// <summary>Adds up what waits for a second gradient.</summary>
    public void MergeWaiting()
    {
        if (!waits) return;
        waits = false;
        launcher.Launch(
            OperandKernels.MergeKernel<Float32Element>, waitingBlocks, OperandKernels.Threads, 0, waitingParts, waitingGradient, KernelArgument.Of(waiting));
    }

    private static MergedParts PartsOf(int rows, int columns, int run, int runPitch, int splits, bool accumulate) => new()
    {
        Rows = rows, Columns = new(columns), Run = new(run), RunPitch = runPitch, Splits = splits, RowsPerBlock = OperandKernels.RowsPerBlock(columns),
        Accumulate = accumulate ? 1 : 0,
    };
}
