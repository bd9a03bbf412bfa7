using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;

namespace NegSamples.Kernels;

// What the losses over pairs of rows share: operands, the two sweeps, and the sums over their splits.
public sealed partial class CudaOps
{
    private static readonly double PowersOfTwoPerE = 1 / Math.Log(2);

    private PairPlan PlanPairs(int rows, int columns, int depth) => PairPlan.Of(rows, columns, depth, Precision, device.Multiprocessors);

    /// <summary>The matrix as the sweeps read it: itself, or a copy in the format of the tensor cores.</summary>
    private DeviceSpan PairOperand(string name, Tensor source, in PairPlan plan)
    {
        if (!plan.TensorCores) return new(source.DeviceAddress, source.Count);
        int rows = source[0], depth = source[1], blocks = (rows + OperandCopy.Rows - 1) / OperandCopy.Rows;
        if (Precision == Precision.BFloat16)
        {
            DeviceSpan pairs = scratch.Take(name, (long)rows * plan.Width / 4, 8);
            Launch(OperandCopy.BFloat16Kernel, blocks, (32, OperandCopy.Rows), 0, source, pairs, rows, depth, plan.Width);
            return pairs;
        }

        DeviceSpan fours = scratch.Take(name, (long)rows * plan.Width / 4, 16);
        Launch(OperandCopy.TensorFloat32Kernel, blocks, (32, OperandCopy.Rows), 0, source, fours, rows, depth, plan.Width);
        return fours;
    }

    /// <summary>The operand from a row on.</summary>
    private static DeviceSpan FromRow(DeviceSpan operand, int row, in PairPlan plan) => plan.TensorCores
        ? new(operand.Address + (nint)((long)row * plan.Sweep.RowBytes), operand.Count)
        : new(operand.Address + (nint)((long)row * plan.Sweep.Depth * sizeof(float)), operand.Count - ((long)row * plan.Sweep.Depth));

    /// <summary>
    /// The sums of each row over all columns, [splits][rows] parts; where there is a place for them also the exponentials times the columns, and [1 +
    /// slabs·splits][rows] parts.
    /// </summary>
    private void SumPairs(
        in PairPlan plan, DeviceSpan x, DeviceSpan y, DeviceSpan ownPositives, DeviceSpan bits, PairSide rows, PairSide columns, DeviceSpan parts, DeviceSpan partial = default)
    {
        KernelArgument sweep = KernelArgument.Of(plan.Sweep), ofRows = KernelArgument.Of(rows), ofColumns = KernelArgument.Of(columns);
        if (!plan.TensorCores)
        {
            Launch(PlainPairSums.PlainSumsKernel, (plan.RowTiles, plan.Splits), plan.Threads, 0, x, y, ownPositives, bits, sweep, ofRows, ofColumns, parts);
            return;
        }

        Delegate sums = Precision == Precision.BFloat16 ? PairSums.SumsKernel<BFloat16Tile> : PairSums.SumsKernel<TensorFloat32Tile>;
        if (partial.Count == 0)
        {
            Launch(
                sums, (plan.RowTiles, plan.Splits), plan.Threads, plan.SharedBytes, (long)x.Address, (long)y.Address, (long)ownPositives.Address, sweep, ofRows, ofColumns,
                (long)parts.Address);
            return;
        }

        // The rows' own positives are a part of their own before the others.
        PairSweep none = plan.Sweep;
        none.TilesPerSplit = 0;
        Launch(
            sums, plan.RowTiles, plan.Threads, plan.SharedBytes, (long)x.Address, (long)y.Address, (long)ownPositives.Address, KernelArgument.Of(none), ofRows, ofColumns,
            (long)parts.Address);
        Delegate kernel = Precision == Precision.BFloat16 ? SumsAndProductsKernel<BFloat16Tile>(plan) : SumsAndProductsKernel<TensorFloat32Tile>(plan);
        Launch(
            kernel, (plan.RowTiles, plan.Splits, plan.Slabs), plan.Threads, plan.SharedBytes, (long)x.Address, (long)y.Address, sweep, ofRows, ofColumns,
            (long)FromPart(parts, 1, plan.Sweep.Rows).Address, (long)partial.Address);
    }

    /// <summary>The parts from one on.</summary>
    private static unsafe DeviceSpan FromPart(DeviceSpan parts, int part, int rows) =>
        new(parts.Address + (nint)((long)part * rows * sizeof(RowPart)), parts.Count - ((long)part * rows));

    private static Delegate SumsAndProductsKernel<TTile>(in PairPlan plan)
        where TTile : struct, IPairTile =>
        plan.Width == PairSweep.NarrowDepth ? PairSums.NarrowSumsAndProductsKernel<TTile> : PairSums.SumsAndProductsKernel<TTile>;

    /// <summary>The weights of all pairs times the columns, [splits][rows][width], and each row's own weights, [splits][rows].</summary>
    private void MultiplyPairs(PairPlan plan, DeviceSpan x, DeviceSpan y, DeviceSpan bits, PairSide rows, PairSide columns, DeviceSpan partial, DeviceSpan shares = default)
    {
        bool narrow = plan.Width == PairSweep.NarrowDepth || plan.Sweep.TiltedScale > 0 || plan.Sweep.Labels != LabelRule.None;
        if (narrow) plan = plan.Narrow();
        KernelArgument sweep = KernelArgument.Of(plan.Sweep), ofRows = KernelArgument.Of(rows), ofColumns = KernelArgument.Of(columns);
        LaunchExtent grid = new(plan.RowTiles, plan.Splits, plan.Slabs);
        if (!plan.TensorCores)
        {
            Launch(PlainPairGradients.PlainGradientsKernel, grid, plan.Threads, 0, x, y, bits, sweep, ofRows, ofColumns, partial, shares);
            return;
        }

        Delegate kernel = Precision == Precision.BFloat16 ? GradientsKernel<BFloat16Tile>(plan.Sweep.Weights, narrow) : GradientsKernel<TensorFloat32Tile>(plan.Sweep.Weights, narrow);
        Launch(kernel, grid, plan.Threads, plan.SharedBytes, (long)x.Address, (long)y.Address, sweep, ofRows, ofColumns, (long)partial.Address, (long)shares.Address);
    }

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

    private DeviceSpan PartialProducts(in PairPlan plan) => scratch.Take("partial products of pairs", (long)plan.Splits * plan.Sweep.Rows * plan.Width);

    /// <summary>target = or += Σ over splits of the partial products.</summary>
    private void AddSplits(in PairPlan plan, DeviceSpan partial, Tensor target, bool accumulate) =>
        Launch(PairMerge.AddSplitsKernel, PairMerge.Grid(plan.Sweep.Rows), PairMerge.Threads, 0, partial, target, plan.Sweep.Rows, plan.Sweep.Depth, plan.Width, plan.Splits, accumulate);

    /// <summary>Powers of two per unit of a dot product: <c>factor/(T·ln 2)</c>.</summary>
    private static float PairScale(double factor, float temperature) => (float)(factor / temperature * PowersOfTwoPerE);
}
