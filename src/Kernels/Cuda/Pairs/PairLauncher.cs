namespace NegSamples.Kernels.Cuda.Pairs;

/// <summary>What the losses over pairs of rows share: operands, the two sweeps, and the sums over their splits.</summary>
internal sealed class PairLauncher(KernelDevice device, KernelLauncher launcher, DeviceScratch scratch, MatrixKernels kernels)
{
    private static readonly double PowersOfTwoPerE = 1 / Math.Log(2);

    /// <summary>How the device launches a sweep whose products are of a precision.</summary>
    public PairPlan Plan(int rows, int columns, int depth, Precision of) => PairPlan.Of(rows, columns, depth, of, device.SharedMemory.OfBlock);

    /// <summary>The matrix as the sweeps read it: itself, or a copy in the format of the tensor cores.</summary>
    public DeviceSpan Operand(string name, Tensor source, in PairPlan plan)
    {
        if (!plan.TensorCores) return new(source.DeviceAddress, source.Count);
        int rows = source[0], depth = source[1], blocks = Tiling.Blocks(rows, OperandCopy.Rows);
        if (plan.Precision == Precision.BFloat16)
        {
            DeviceSpan pairs = scratch.Take(name, (long)rows * plan.Width / 4, 8);
            launcher.Launch(OperandCopy.BFloat16Kernel, blocks, (32, OperandCopy.Rows), 0, source, pairs, rows, depth, plan.Width);
            return pairs;
        }

        DeviceSpan fours = scratch.Take(name, (long)rows * plan.Width / 4, 16);
        launcher.Launch(OperandCopy.TensorFloat32Kernel, blocks, (32, OperandCopy.Rows), 0, source, fours, rows, depth, plan.Width);
        return fours;
    }

    /// <summary>
    /// The sums of each row over all columns, [splits][rows] parts; where there is a place for them also the exponentials times the columns, and [1 +
    /// slabs·splits][rows] parts.
    /// </summary>
    public void Sum(
        in PairPlan plan, DeviceSpan x, DeviceSpan y, DeviceSpan rowPositives, DeviceSpan bits, PairSide rows, PairSide columns, DeviceSpan parts,
        DeviceSpan partial = default)
    {
        KernelArgument sweep = KernelArgument.Of(plan.Sweep), ofRows = KernelArgument.Of(rows), ofColumns = KernelArgument.Of(columns);
        if (!plan.TensorCores)
        {
            launcher.Launch(
                PlainPairSums.PlainSumsKernel, (plan.RowTiles, plan.Splits), plan.Threads, 0, x, y, rowPositives, bits, sweep, ofRows, ofColumns, parts);
            return;
        }

        if (partial.Count == 0)
        {
            LaunchSums(plan, (plan.RowTiles, plan.Splits), x, y, rowPositives, sweep, ofRows, ofColumns, parts);
            return;
        }

        // Positives that are rows are a part of their own before the others.
        PairSweep none = plan.Sweep;
        none.TilesPerSplit = 0;
        LaunchSums(plan, plan.RowTiles, x, y, rowPositives, KernelArgument.Of(none), ofRows, ofColumns, parts);
        LaunchExtent grid = (plan.RowTiles, plan.Splits, plan.Slabs);
        parts = FromPart(parts, 1, plan.Sweep.Rows);
        if (BringsInBulk(plan))
        {
            launcher.Launch(
                plan.Width == PairSweep.NarrowDepth ? BulkPairs.NarrowSumsAndProductsBulkKernel<WarpgroupBulkTile> : BulkPairs.SumsAndProductsBulkKernel<WarpgroupBulkTile>,
                grid, plan.Threads, plan.SharedBytes, MapOf(y, plan.Sweep.Columns, plan), (long)x.Address, sweep, ofRows, ofColumns, (long)parts.Address,
                (long)partial.Address);
            return;
        }

        Delegate kernel = InWarpgroups(plan) ? SumsAndProductsKernel<WarpgroupTile>(plan)
            : plan.Precision == Precision.BFloat16 ? SumsAndProductsKernel<BFloat16Tile>(plan) : SumsAndProductsKernel<TensorFloat32Tile>(plan);
        launcher.Launch(
            kernel, grid, plan.Threads, plan.SharedBytes, (long)x.Address, (long)y.Address, sweep, ofRows, ofColumns, (long)parts.Address, (long)partial.Address);
    }

    private void LaunchSums(
        in PairPlan plan, LaunchExtent grid, DeviceSpan x, DeviceSpan y, DeviceSpan rowPositives, KernelArgument sweep, KernelArgument rows, KernelArgument columns,
        DeviceSpan parts)
    {
        if (BringsInBulk(plan))
        {
            KernelArgument positives = MapOf(rowPositives.Count > 0 ? rowPositives : x, plan.Sweep.Rows, plan); // A map is of something.
            launcher.Launch(
                BulkPairs.SumsBulkKernel<WarpgroupBulkTile>, grid, plan.Threads, plan.SharedBytes, MapOf(y, plan.Sweep.Columns, plan), positives, (long)x.Address,
                (long)rowPositives.Address, sweep, rows, columns, (long)parts.Address);
            return;
        }

        Delegate sums = InWarpgroups(plan) ? PairSums.SumsKernel<WarpgroupTile>
            : plan.Precision == Precision.BFloat16 ? PairSums.SumsKernel<BFloat16Tile> : PairSums.SumsKernel<TensorFloat32Tile>;
        launcher.Launch(
            sums, grid, plan.Threads, plan.SharedBytes, (long)x.Address, (long)y.Address, (long)rowPositives.Address, sweep, rows, columns, (long)parts.Address);
    }

    /// <summary>Room for the parts of each split, [splits][rows].</summary>
    public unsafe DeviceSpan Parts(int splits, int rows) => scratch.Take("parts of rows", (long)splits * rows, sizeof(RowPart));

    /// <summary>The parts from one on.</summary>
    public static unsafe DeviceSpan FromPart(DeviceSpan parts, int part, int rows) =>
        new(parts.Address + (nint)((long)part * rows * sizeof(RowPart)), parts.Count - ((long)part * rows));

    private static Delegate SumsAndProductsKernel<TTile>(in PairPlan plan)
        where TTile : struct, IPairTile =>
        plan.Width == PairSweep.NarrowDepth ? PairSums.NarrowSumsAndProductsKernel<TTile> : PairSums.SumsAndProductsKernel<TTile>;

    /// <summary>The weights of all pairs times the columns, [splits][rows][width].</summary>
    public void Multiply(PairPlan plan, DeviceSpan x, DeviceSpan y, DeviceSpan bits, PairSide rows, PairSide columns, DeviceSpan partial)
    {
        bool narrow = plan.Width == PairSweep.NarrowDepth || plan.Sweep.TiltedScale > 0 || plan.Sweep.Labels != LabelRule.None;
        if (narrow) plan = plan.Narrow();
        KernelArgument sweep = KernelArgument.Of(plan.Sweep), ofRows = KernelArgument.Of(rows), ofColumns = KernelArgument.Of(columns);
        LaunchExtent grid = new(plan.RowTiles, plan.Splits, plan.Slabs);
        if (!plan.TensorCores)
        {
            launcher.Launch(PlainPairGradients.PlainGradientsKernel, grid, plan.Threads, 0, x, y, bits, sweep, ofRows, ofColumns, partial);
            return;
        }

        if (BringsInBulk(plan))
        {
            launcher.Launch(
                GradientsBulkKernel(plan.Sweep.Weights, narrow), grid, plan.Threads, plan.SharedBytes, MapOf(y, plan.Sweep.Columns, plan),
                (long)x.Address, sweep, ofRows, ofColumns, (long)partial.Address);
            return;
        }

        Delegate kernel = InWarpgroups(plan) ? GradientsKernel<WarpgroupTile>(plan.Sweep.Weights, narrow)
            : plan.Precision == Precision.BFloat16 ? GradientsKernel<BFloat16Tile>(plan.Sweep.Weights, narrow)
            : GradientsKernel<TensorFloat32Tile>(plan.Sweep.Weights, narrow);
        launcher.Launch(
            kernel, grid, plan.Threads, plan.SharedBytes, (long)x.Address, (long)y.Address, sweep, ofRows, ofColumns, (long)partial.Address);
    }

    /// <summary>Whether four warps multiply together, which takes blocks of four; their tiles need no more shared memory than those of single warps.</summary>
    private bool InWarpgroups(in PairPlan plan) =>
        kernels != MatrixKernels.Mma && plan.Precision == Precision.BFloat16 && plan.Threads == WarpgroupTile.Threads;

    /// <summary>Whether the copy engine brings the columns.</summary>
    private bool BringsInBulk(in PairPlan plan) => kernels == MatrixKernels.Tma && InWarpgroups(plan);

    private KernelArgument MapOf(DeviceSpan operand, int rows, in PairPlan plan) => KernelArgument.Of(device.MapOf(operand.Address, plan.Width, rows));

    private static Delegate GradientsKernel<TTile>(PairWeights weights, bool narrow)
        where TTile : struct, IPairTile => (weights, narrow) switch
    {
        (PairWeights.OfRow, false) => PairGradients.GradientsByRowKernel<TTile>,
        (PairWeights.OfRow, true) => PairGradients.NarrowGradientsByRowKernel<TTile>,
        (PairWeights.OfColumn, false) => PairGradients.GradientsByColumnKernel<TTile>,
        (PairWeights.OfColumn, true) => PairGradients.NarrowGradientsByColumnKernel<TTile>,
        (_, false) => PairGradients.GradientsByBothKernel<TTile>,
        (_, true) => PairGradients.NarrowGradientsByBothKernel<TTile>,
    };

    private static Delegate GradientsBulkKernel(PairWeights weights, bool narrow) => (weights, narrow) switch
    {
        (PairWeights.OfRow, false) => BulkPairs.GradientsByRowBulkKernel<WarpgroupBulkTile>,
        (PairWeights.OfRow, true) => BulkPairs.NarrowGradientsByRowBulkKernel<WarpgroupBulkTile>,
        (PairWeights.OfColumn, false) => BulkPairs.GradientsByColumnBulkKernel<WarpgroupBulkTile>,
        (PairWeights.OfColumn, true) => BulkPairs.NarrowGradientsByColumnBulkKernel<WarpgroupBulkTile>,
        (_, false) => BulkPairs.GradientsByBothBulkKernel<WarpgroupBulkTile>,
        (_, true) => BulkPairs.NarrowGradientsByBothBulkKernel<WarpgroupBulkTile>,
    };

    public DeviceSpan PartialProducts(in PairPlan plan) => scratch.Take("partial products of pairs", (long)plan.Splits * plan.Sweep.Rows * plan.Width);

    /// <summary>target = or += Σ over splits of the partial products.</summary>
    public void AddSplits(in PairPlan plan, DeviceSpan partial, Tensor target, bool accumulate) =>
        launcher.Launch(
            PairMerge.AddSplitsKernel, PairMerge.Grid(plan.Sweep.Rows), PairMerge.Threads, 0, partial, target, plan.Sweep.Rows, plan.Sweep.Depth, plan.Width,
            plan.Splits, accumulate);

    /// <summary>Powers of two per unit of a dot product: <c>factor/(T·ln 2)</c>.</summary>
    public static float Scale(double factor, float temperature) => (float)(factor / temperature * PowersOfTwoPerE);
}
