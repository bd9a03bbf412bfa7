using System.Runtime.CompilerServices;
using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    private protected override void MaxPoolForwardCore(Tensor x, Tensor y, Tensor winner, int kernel, int stride, int padding)
    {
        (Packing packing, ColumnTiles tiles, PoolWindows windows) = Pool(x, y, winner, kernel, stride, padding, y);
        int rowsPerBlock = tiles.RowsPerBlock(device.Multiprocessors);
        Launch(
            packing.Choose(MaxPoolForwardKernel<Float32x1>, MaxPoolForwardKernel<Float32x4>, MaxPoolForwardKernel<BFloat16x1>,
                MaxPoolForwardKernel<BFloat16x4>),
            tiles.Grid(rowsPerBlock), tiles.Threads, 0, packing.View(x), KernelArgument.Address(y), winner, KernelArgument.Of(windows), tiles.Rows, tiles.Packs,
            rowsPerBlock);
    }

    /// <inheritdoc/>
    private protected override void MaxPoolBackwardCore(Tensor dy, Tensor winner, Tensor dx, int kernel, int stride, int padding)
    {
        (Packing packing, ColumnTiles tiles, PoolWindows windows) = Pool(dx, dy, winner, kernel, stride, padding, dx);
        int rowsPerBlock = tiles.RowsPerBlock(device.Multiprocessors);
        Launch(
            packing.Choose(MaxPoolBackwardKernel<Float32x1>, MaxPoolBackwardKernel<Float32x4>, MaxPoolBackwardKernel<BFloat16x1>,
                MaxPoolBackwardKernel<BFloat16x4>),
            tiles.Grid(rowsPerBlock), tiles.Threads, 0, packing.View(dy), winner, KernelArgument.Address(dx), KernelArgument.Of(windows), tiles.Rows,
            tiles.Packs, rowsPerBlock);
    }

    private static (Packing Packing, ColumnTiles Tiles, PoolWindows Windows) Pool(
        Tensor image, Tensor pooled, Tensor winner, int kernel, int stride, int padding, Tensor written)
    {
        // Packs of 4 of either type: 4 winners are 16 bytes.
        Packing packing = Packing.Of(image[3], [image, pooled], widest: 4);
        if (!Packing.Aligned([winner])) packing = packing with { Width = 1 };
        PoolWindows windows = new()
        {
            Height = image[1], Width = image[2], OutputHeight = pooled[1], OutputWidth = pooled[2], Kernel = kernel, Stride = stride, Padding = padding,
        };
        return (packing, new ColumnTiles(written.Rows, image[3], packing.Width), windows);
    }

    /// <summary>A thread owns one pack of channels and walks over output pixels. Windows that overlap meet in the cache.</summary>
    [LaunchBounds(ColumnTiles.MostThreads)]
    private static void MaxPoolForwardKernel<TPack>(
        ArrayView<TPack> x, PackTarget<TPack> y, ArrayView<int> winner, PoolWindows windows, int rows, int packs, int rowsPerBlock)
        where TPack : unmanaged, IPack<TPack>
    {
        int column = (Grid.IdxY * Group.DimX) + Group.IdxX, first = Grid.IdxX * rowsPerBlock, last = IntrinsicMath.Min(rows, first + rowsPerBlock);
        if (column >= packs) return;
        for (int row = first + Group.IdxY; row < last; row += Group.DimY)
        {
            int q = row % windows.OutputWidth, p = row / windows.OutputWidth % windows.OutputHeight, image = row / windows.OutputWidth / windows.OutputHeight;
            int top = (p * windows.Stride) - windows.Padding, left = (q * windows.Stride) - windows.Padding;
            int bottom = IntrinsicMath.Min(windows.Height, top + windows.Kernel), right = IntrinsicMath.Min(windows.Width, left + windows.Kernel);
            top = IntrinsicMath.Max(0, top);
            left = IntrinsicMath.Max(0, left);
            int place = (top * windows.Width) + left;
            Winners best = new() { Value = new(float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity, float.NegativeInfinity, 0, 0, 0, 0),
                P0 = place, P1 = place, P2 = place, P3 = place };
            for (int h = top; h < bottom; h++)
            {
                for (int w = left; w < right; w++)
                {
                    int pixel = (h * windows.Width) + w;
                    long at = ((((long)image * windows.Height * windows.Width) + pixel) * packs) + column;
                    best = best.Or(TPack.ToLanes(x[at]), pixel);
                }
            }

            long target = ((long)row * packs) + column;
            y[target] = best.Value;
            if (TPack.Width == 1) winner[target] = best.P0;
            else winner.Cast<FourPlaces>()[target] = new() { P0 = best.P0, P1 = best.P1, P2 = best.P2, P3 = best.P3 };
        }
    }

    /// <summary>
    /// A thread owns one pack of channels and walks over pixels of dx: it asks the windows around a pixel, in their order, who won them. So no two threads add
    /// to one place.
    /// </summary>
    [LaunchBounds(ColumnTiles.MostThreads)]
    private static void MaxPoolBackwardKernel<TPack>(
        ArrayView<TPack> dy, ArrayView<int> winner, PackTarget<TPack> dx, PoolWindows windows, int rows, int packs, int rowsPerBlock)
        where TPack : unmanaged, IPack<TPack>
    {
        int column = (Grid.IdxY * Group.DimX) + Group.IdxX, first = Grid.IdxX * rowsPerBlock, last = IntrinsicMath.Min(rows, first + rowsPerBlock);
        if (column >= packs) return;
        for (int row = first + Group.IdxY; row < last; row += Group.DimY)
        {
            int w = row % windows.Width, h = row / windows.Width % windows.Height, image = row / windows.Width / windows.Height,
                pixel = (h * windows.Width) + w;

            // The first window whose last row is not above the pixel, and the last whose first row is not below it.
            int top = First(h, windows), bottom = IntrinsicMath.Min(windows.OutputHeight - 1, (h + windows.Padding) / windows.Stride);
            int left = First(w, windows), right = IntrinsicMath.Min(windows.OutputWidth - 1, (w + windows.Padding) / windows.Stride);
            Lanes sum = default;
            for (int p = top; p <= bottom; p++)
            {
                for (int q = left; q <= right; q++)
                {
                    long at = (((((long)image * windows.OutputHeight) + p) * windows.OutputWidth + q) * packs) + column;
                    Lanes gradient = TPack.ToLanes(dy[at]);
                    if (TPack.Width == 1)
                    {
                        if (winner[at] == pixel) sum.L0 += gradient.L0;
                    }
                    else
                    {
                        FourPlaces places = winner.Cast<FourPlaces>()[at];
                        sum += new Lanes(
                            places.P0 == pixel ? gradient.L0 : 0, places.P1 == pixel ? gradient.L1 : 0, places.P2 == pixel ? gradient.L2 : 0,
                            places.P3 == pixel ? gradient.L3 : 0,
                            0, 0, 0, 0);
                    }
                }
            }

            dx[((long)row * packs) + column] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int First(int pixel, PoolWindows windows)
    {
        int reach = pixel + windows.Padding - windows.Kernel; // Windows that start here or before end before the pixel.
        return reach < 0 ? 0 : (reach / windows.Stride) + 1;
    }

    private struct PoolWindows
    {
        public int Height, Width, OutputHeight, OutputWidth, Kernel, Stride, Padding;
    }

    private struct FourPlaces
    {
        public int P0, P1, P2, P3;
    }

    /// <summary>The greatest values so far and the pixels that hold them.</summary>
    private struct Winners
    {
        public Lanes Value;
        public int P0, P1, P2, P3;

        /// <summary>Not (value &lt;= best): NaN wins too, and nothing wins against it, so that a broken activation is seen, not hidden.</summary>
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public readonly Winners Or(Lanes value, int pixel)
        {
            Winners result = this;
            if (!(value.L0 <= Value.L0) && Value.L0 <= float.PositiveInfinity) (result.Value.L0, result.P0) = (value.L0, pixel);
            if (!(value.L1 <= Value.L1) && Value.L1 <= float.PositiveInfinity) (result.Value.L1, result.P1) = (value.L1, pixel);
            if (!(value.L2 <= Value.L2) && Value.L2 <= float.PositiveInfinity) (result.Value.L2, result.P2) = (value.L2, pixel);
            if (!(value.L3 <= Value.L3) && Value.L3 <= float.PositiveInfinity) (result.Value.L3, result.P3) = (value.L3, pixel);
            return result;
        }
    }
}
