using System.Runtime.CompilerServices;
using ILGPU;
using ILGPU.Runtime.Cuda;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>Kernels that bring operands into the form that panels are copied from, and results out of the workspace.</summary>
internal static class OperandKernels
{
    public const int Threads = 256;

    public const int Edge = 32; // of a transposed tile

    /// <summary>Rows of a matrix that one block of the kernels below takes, so that it has a few elements for each thread.</summary>
    public static int RowsPerBlock(int columns) => Math.Max(1, 4 * Threads / columns);

    /// <summary>Rounds floats to bfloat16, four to a thread.</summary>
    public static void RoundKernel(ArrayView<Float4> source, ArrayView<UShort4> target, int count)
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count) return;
        Float4 four = source[i];
        target[i] = new()
        {
            X = BFloat16Element.FromFloat(four.X).Bits, Y = BFloat16Element.FromFloat(four.Y).Bits,
            Z = BFloat16Element.FromFloat(four.Z).Bits, W = BFloat16Element.FromFloat(four.W).Bits,
        };
    }

    /// <summary>Copies rows to longer ones that end in zeros.</summary>
    public static void PadRowsKernel<TSource, TTarget>(
        ArrayView<TSource> source, ArrayView<TTarget> target, int rows, int columns, Divisor pitch, int rowsPerBlock)
        where TSource : unmanaged, IElement<TSource>
        where TTarget : unmanaged, IElement<TTarget>
    {
        int first = Grid.IdxX * rowsPerBlock;
        if (rowsPerBlock > rows - first) rowsPerBlock = rows - first;
        for (int i = Group.IdxX; i < rowsPerBlock * pitch.Value; i += Group.DimX)
        {
            int row = pitch.Divide(i), column = i - (row * pitch.Value);
            float value = column < columns ? TSource.ToFloat(source[((long)(first + row) * columns) + column]) : 0f;
            target[((long)first * pitch.Value) + i] = TTarget.FromFloat(value);
        }
    }

    /// <summary>
    /// Weights [outputs, height, width, inputs] become [inputs, taps, pitch of outputs] with the taps mirrored: those of one phase of the stride alone.
    /// A block turns 32 x 32 channels of one tap through shared memory, so that both sides are read and written in rows.
    /// </summary>
    public static void TurnWeightsKernel<TTarget>(long weights, ArrayView<TTarget> target, TurnedWeights shape)
        where TTarget : unmanaged, IElement<TTarget> => Turn(weights, target, 0, shape, Grid.IdxX * Edge, Grid.IdxY * Edge, Grid.IdxZ);

    /// <summary>The tile of a tap whose first channels these are, to the target from some element on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Turn<TTarget>(long weights, ArrayView<TTarget> target, long first, TurnedWeights shape, int input, int output, int tap)
        where TTarget : unmanaged, IElement<TTarget>
    {
        ArrayView<float> tile = SharedMemory.Allocate<float>(Edge * (Edge + 1)); // One more: columns then lie in different banks.
        int x = Group.IdxX & 31, y = Group.IdxX >> 5;
        int row = shape.FirstRow + (shape.Stride * (shape.Rows - 1 - (tap / shape.Columns)));
        int column = shape.FirstColumn + (shape.Stride * (shape.Columns - 1 - (tap % shape.Columns)));
        for (int i = y; i < Edge; i += 8)
        {
            bool exists = output + i < shape.Outputs && input + x < shape.Inputs;
            tile[(i * (Edge + 1)) + x] = exists
                ? Weight(weights, ((((((long)(output + i) * shape.Height) + row) * shape.Width) + column) * shape.Inputs) + input + x) : 0f;
        }

        Group.Barrier();
        for (int i = y; i < Edge; i += 8)
        {
            if (input + i < shape.Inputs && output + x < shape.Pitch)
            {
                long at = first + ((((long)(input + i) * shape.Rows * shape.Columns) + tap) * shape.Pitch) + output + x;
                target[at] = TTarget.FromFloat(tile[(x * (Edge + 1)) + i]);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Weight(long weights, long index)
    {
        CudaAsm.Emit("ld.global.f32 %0, [%1];", out float value, weights + (index * sizeof(float)));
        return value;
    }

    /// <summary>
    /// Adds the parts of a split product in their order, and writes them or adds them to the target. A column of the target stands in the parts at
    /// its run's place: runs of columns start every <see cref="MergedParts.RunPitch"/>.
    /// </summary>
    public static void MergeKernel<TElement>(ArrayView<float> parts, ArrayView<TElement> target, MergedParts of)
        where TElement : unmanaged, IElement<TElement> => Merge(parts, target, of, Grid.IdxX);

    /// <summary>The same of two weights' gradients in one launch: the blocks of the second follow those of the first.</summary>
    public static void MergePairKernel(
        ArrayView<float> parts, ArrayView<Float32Element> target, MergedParts of, ArrayView<float> otherParts, ArrayView<Float32Element> otherTarget,
        MergedParts other, int blocks)
    {
        if (Grid.IdxX < blocks) Merge(parts, target, of, Grid.IdxX);
        else Merge(otherParts, otherTarget, other, Grid.IdxX - blocks);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Merge<TElement>(ArrayView<float> parts, ArrayView<TElement> target, MergedParts of, int block)
        where TElement : unmanaged, IElement<TElement>
    {
        int rowsPerBlock = of.RowsPerBlock, first = block * rowsPerBlock;
        if (rowsPerBlock > of.Rows - first) rowsPerBlock = of.Rows - first;
        long pitch = (long)of.Run.Divide(of.Columns.Value) * of.RunPitch;
        for (int i = Group.IdxX; i < rowsPerBlock * of.Columns.Value; i += Group.DimX)
        {
            int row = of.Columns.Divide(i), column = i - (row * of.Columns.Value), before = of.Run.Divide(column);
            long at = ((first + row) * pitch) + ((long)before * of.RunPitch) + column - (before * of.Run.Value), to = ((long)first * of.Columns.Value) + i;
            float sum = 0;
            for (int split = 0; split < of.Splits; split++) sum += parts[at + (split * (of.Rows * pitch))];
            if (of.Accumulate != 0) sum += TElement.ToFloat(target[to]);
            target[to] = TElement.FromFloat(sum);
        }
    }

    /// <summary>Adds a bias to rows.</summary>
    public static void AddBiasKernel<TElement>(ArrayView<float> bias, ArrayView<TElement> y, int rows, Divisor columns, int rowsPerBlock)
        where TElement : unmanaged, IElement<TElement>
    {
        int first = Grid.IdxX * rowsPerBlock;
        if (rowsPerBlock > rows - first) rowsPerBlock = rows - first;
        for (int i = Group.IdxX; i < rowsPerBlock * columns.Value; i += Group.DimX)
        {
            int column = i - (columns.Divide(i) * columns.Value);
            long at = ((long)first * columns.Value) + i;
            y[at] = TElement.FromFloat(TElement.ToFloat(y[at]) + bias[column]);
        }
    }

    /// <summary>
    /// The sums of 32 columns over one part of the rows: lane x of warp w adds every eighth row from w, then the warps' sums are added in order.
    /// </summary>
    public static void ColumnSumsKernel<TElement>(ArrayView<TElement> x, ArrayView<float> sums, int rows, int columns, int rowsPerPart)
        where TElement : unmanaged, IElement<TElement>
    {
        ArrayView<float> ofWarps = SharedMemory.Allocate<float>(Threads);
        int lane = Group.IdxX & 31, column = (Grid.IdxX << 5) + lane, first = Grid.IdxY * rowsPerPart, last = first + rowsPerPart;
        if (last > rows) last = rows;
        float sum = 0;
        if (column < columns)
        {
            for (int row = first + (Group.IdxX >> 5); row < last; row += Threads / 32) sum += TElement.ToFloat(x[((long)row * columns) + column]);
        }

        ofWarps[Group.IdxX] = sum;
        Group.Barrier();
        if (Group.IdxX >= 32 || column >= columns) return;
        for (int warp = 1; warp < Threads / 32; warp++) sum += ofWarps[(warp << 5) + lane];
        sums[((long)Grid.IdxY * columns) + column] = sum;
    }
}

/// <summary>Four bfloat16.</summary>
internal struct UShort4
{
    public ushort X, Y, Z, W;
}

/// <summary>Which weights <see cref="OperandKernels.TurnWeightsKernel"/> takes: taps (FirstRow + Stride·i, FirstColumn + Stride·j).</summary>
internal record struct TurnedWeights
{
    public int Outputs, Height, Width, Inputs, FirstRow, FirstColumn, Stride;

    /// <summary>Taps taken along each axis, and elements of a run of outputs in the target.</summary>
    public int Rows, Columns, Pitch;
}

/// <summary>How the parts of a split product [splits, rows, runs · RunPitch] lie, and what becomes of them.</summary>
internal struct MergedParts
{
    public int Rows, RunPitch, Splits, RowsPerBlock, Accumulate;

    /// <summary>Columns of the target, and of a run.</summary>
    public Divisor Columns, Run;
}
