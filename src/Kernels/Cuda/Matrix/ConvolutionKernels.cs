using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda;

/// <summary>Products whose operands both lie depth-innermost: output pixels by filters.</summary>
internal static class ConvolutionKernels
{
    /// <summary>A block computes a tile of output pixels by output channels; a warp 64 x 64 of it.</summary>
    /// <param name="x">Address of the source, [images, height, width, channels].</param>
    /// <param name="w">Address of the filters, [columns, depth].</param>
    /// <param name="y">[rows, columns].</param>
    /// <param name="shape">The product and how its left operand is gathered.</param>
    /// <param name="accumulate">1 to add to y, else 0.</param>
    /// <remarks>Four lanes copy the 64 bytes of depth of one row, so whole sectors; results go through shared memory to be written 64 columns of a row at a time.</remarks>
    [LaunchBounds(Stage.Threads, 2)]
    public static void ConvolutionKernel<TArithmetic, TTile, TOutput>(long x, long w, ArrayView<TOutput> y, ConvolutionShape shape, int accumulate)
        where TArithmetic : struct, IMatrixArithmetic
        where TTile : struct, IMatrixTile
        where TOutput : unmanaged, IElement<TOutput>
    {
        ArrayView<float> results = SharedMemory.GetDynamic<float>();
        Stage.Declare();
        TArithmetic.Declare();
        int thread = Group.IdxX, lane = thread & 31, warp = thread >> 5;
        int firstRow = Grid.IdxX * 64 * TTile.WarpRows, firstColumn = Grid.IdxY * (256 / TTile.WarpRows);
        int warpRow = warp % TTile.WarpRows * 64, warpColumn = warp / TTile.WarpRows * 64;
        int leftBytes = 64 * TTile.WarpRows * Stage.DepthBytes, stageBytes = leftBytes + (256 / TTile.WarpRows * Stage.DepthBytes);

        int chunk = thread & 3, row = thread >> 2, offset = TensorCoreText.RowOffset(row, chunk);
        GatheredRow row0 = GatheredRow.Of(firstRow + row, shape), row1 = GatheredRow.Of(firstRow + row + 32, shape);
        GatheredRow row2 = GatheredRow.Of(firstRow + row + 64, shape), row3 = GatheredRow.Of(firstRow + row + 96, shape);
        GatheredRow row4 = default, row5 = default, row6 = default, row7 = default;
        if (TTile.WarpRows == 4)
        {
            row4 = GatheredRow.Of(firstRow + row + 128, shape);
            row5 = GatheredRow.Of(firstRow + row + 160, shape);
            row6 = GatheredRow.Of(firstRow + row + 192, shape);
            row7 = GatheredRow.Of(firstRow + row + 224, shape);
        }

        int stepDepth = Stage.DepthBytes / TArithmetic.ElementBytes, steps = (shape.Depth + stepDepth - 1) / stepDepth;
        int depth = chunk * (Stage.ChunkBytes / TArithmetic.ElementBytes);
        for (int step = 0; step < steps + Stage.Count - 1; step++)
        {
            if (step >= Stage.Count - 1)
            {
                Stage.Wait();
                Group.Barrier(); // The stage has arrived from all threads, and all have left the one that is filled next.
            }

            if (step < steps)
            {
                int target = (step % Stage.Count * stageBytes) + offset;
                bool isDepth = depth < shape.Depth;
                int tap = shape.Channels.Quotient(depth), channel = depth - (tap * shape.Channels.Value);
                int tapRow = shape.KernelWidth.Quotient(tap), tapColumn = tap - (tapRow * shape.KernelWidth.Value);
                Gather<TArithmetic>(target, x, row0, tapRow, tapColumn, channel, isDepth, shape);
                Gather<TArithmetic>(target + 2048, x, row1, tapRow, tapColumn, channel, isDepth, shape);
                Gather<TArithmetic>(target + 4096, x, row2, tapRow, tapColumn, channel, isDepth, shape);
                Gather<TArithmetic>(target + 6144, x, row3, tapRow, tapColumn, channel, isDepth, shape);
                if (TTile.WarpRows == 4)
                {
                    Gather<TArithmetic>(target + 8192, x, row4, tapRow, tapColumn, channel, isDepth, shape);
                    Gather<TArithmetic>(target + 10240, x, row5, tapRow, tapColumn, channel, isDepth, shape);
                    Gather<TArithmetic>(target + 12288, x, row6, tapRow, tapColumn, channel, isDepth, shape);
                    Gather<TArithmetic>(target + 14336, x, row7, tapRow, tapColumn, channel, isDepth, shape);
                }

                target += leftBytes;
                Filter<TArithmetic>(target, w, firstColumn + row, depth, isDepth, shape);
                Filter<TArithmetic>(target + 2048, w, firstColumn + row + 32, depth, isDepth, shape);
                if (TTile.WarpRows == 2)
                {
                    Filter<TArithmetic>(target + 4096, w, firstColumn + row + 64, depth, isDepth, shape);
                    Filter<TArithmetic>(target + 6144, w, firstColumn + row + 96, depth, isDepth, shape);
                }

                depth += stepDepth;
            }

            Stage.Commit(); // Also where there is nothing to copy: the wait counts groups.
            if (step >= Stage.Count - 1)
            {
                int source = (step + 1) % Stage.Count * stageBytes;
                TArithmetic.MultiplyRows(source + (warpRow * Stage.DepthBytes), source + leftBytes + (warpColumn * Stage.DepthBytes), lane);
            }
        }

        Stage.WaitForAll();
        Group.Barrier();
        int result = warp * 64 * Stage.ResultPitch;
        TArithmetic.Store(result, lane);
        Group.Barrier();
        Write(results.SubView(result / sizeof(float), 64 * Stage.ResultPitch / sizeof(float)), y, firstRow + warpRow, firstColumn + warpColumn, shape.Rows, shape.Columns, accumulate, lane);
    }

    /// <summary>Writes a warp's 64 x 64 results: a lane has columns lane and lane + 32 of every row, so that a warp writes whole sectors of either type.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write<TOutput>(ArrayView<float> result, ArrayView<TOutput> y, int firstRow, int firstColumn, int rows, int columns, int accumulate, int lane)
        where TOutput : unmanaged, IElement<TOutput>
    {
        int pastRow = rows - firstRow < 64 ? rows - firstRow : 64;
        for (int row = 0; row < pastRow; row++)
        {
            for (int column = lane; column < 64; column += 32)
            {
                if (firstColumn + column >= columns) continue;
                float value = result[(row * (Stage.ResultPitch / sizeof(float))) + column];
                long at = ((long)(firstRow + row) * columns) + firstColumn + column;
                if (accumulate != 0) value += TOutput.ToFloat(y[at]);
                y[at] = TOutput.FromFloat(value);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Gather<TArithmetic>(int target, long x, GatheredRow row, int tapRow, int tapColumn, int channel, bool isDepth, ConvolutionShape shape)
        where TArithmetic : struct, IMatrixArithmetic
    {
        int pixel = row.Pixel(tapRow, tapColumn, shape);
        bool isThere = isDepth && pixel >= 0;
        long element = ((long)(isThere ? pixel : 0) * shape.Channels.Value) + channel;
        Stage.Copy(target, x + (isThere ? element * TArithmetic.ElementBytes : 0), isThere);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Filter<TArithmetic>(int target, long w, int column, int depth, bool isDepth, ConvolutionShape shape)
        where TArithmetic : struct, IMatrixArithmetic
    {
        bool isThere = isDepth && column < shape.Columns;
        long element = ((long)column * shape.Depth) + depth;
        Stage.Copy(target, w + (isThere ? element * TArithmetic.ElementBytes : 0), isThere);
    }
}
