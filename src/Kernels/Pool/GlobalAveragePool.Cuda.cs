using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    private protected override void GlobalAveragePoolForwardCore(Tensor x, Tensor y)
    {
        int pixels = x[1] * x[2];
        Packing packing = Packing.Of(x[3], [x, y]);
        ColumnTiles tiles = new(pixels, x[3], packing.Width);
        Launch(
            packing.Choose(
                GlobalAveragePoolForwardKernel<Float32x1>, GlobalAveragePoolForwardKernel<Float32x4>, GlobalAveragePoolForwardKernel<BFloat16x1>,
                GlobalAveragePoolForwardKernel<BFloat16x8>),
            (x[0], tiles.ColumnBlocks), tiles.Threads, 0, packing.View(x), KernelArgument.Address(y), pixels, tiles.Packs);
    }

    /// <inheritdoc/>
    private protected override void GlobalAveragePoolBackwardCore(Tensor dy, Tensor dx)
    {
        Packing packing = Packing.Of(dx[3], [dy, dx]);
        ColumnTiles tiles = new(dx.Rows, dx[3], packing.Width);
        int rowsPerBlock = tiles.RowsPerBlock(device.Multiprocessors);
        Launch(
            packing.Choose(
                GlobalAveragePoolBackwardKernel<Float32x1>, GlobalAveragePoolBackwardKernel<Float32x4>, GlobalAveragePoolBackwardKernel<BFloat16x1>,
                GlobalAveragePoolBackwardKernel<BFloat16x8>),
            tiles.Grid(rowsPerBlock), tiles.Threads, 0, packing.View(dy), KernelArgument.Address(dx), tiles.Rows, dx[1] * dx[2], tiles.Packs, rowsPerBlock);
    }

    /// <summary>A block per image and run of channels; a thread owns one pack of channels and walks over the pixels.</summary>
    [LaunchBounds(ColumnTiles.MostThreads)]
    private static void GlobalAveragePoolForwardKernel<TPack>(ArrayView<TPack> x, PackTarget<TPack> y, int pixels, int packs)
        where TPack : unmanaged, IPack<TPack>
    {
        ArrayView<float> shared = SharedMemory.Allocate<float>(ColumnReduction.SharedFloats);
        int column = (Grid.IdxY * Group.DimX) + Group.IdxX;
        Lanes sum = default;
        if (column < packs)
        {
            long image = (long)Grid.IdxX * pixels;
            for (int pixel = Group.IdxY; pixel < pixels; pixel += Group.DimY) sum += TPack.ToLanes(x[((image + pixel) * packs) + column]);
        }

        sum = ColumnReduction.Sum(sum, shared, TPack.Width);
        if (column < packs && Group.IdxY == 0) y[((long)Grid.IdxX * packs) + column] = sum * (1f / pixels);
    }

    /// <summary>A thread owns one pack of channels and writes some of its pixels; dy comes from the cache for all but the first.</summary>
    [LaunchBounds(ColumnTiles.MostThreads)]
    private static void GlobalAveragePoolBackwardKernel<TPack>(ArrayView<TPack> dy, PackTarget<TPack> dx, int rows, int pixels, int packs, int rowsPerBlock)
        where TPack : unmanaged, IPack<TPack>
    {
        int column = (Grid.IdxY * Group.DimX) + Group.IdxX, first = Grid.IdxX * rowsPerBlock, last = IntrinsicMath.Min(rows, first + rowsPerBlock);
        if (column >= packs) return;
        float share = 1f / pixels;
        for (int row = first + Group.IdxY; row < last; row += Group.DimY)
            dx[((long)row * packs) + column] = TPack.ToLanes(dy[((long)(row / pixels) * packs) + column]) * share;
    }
}
