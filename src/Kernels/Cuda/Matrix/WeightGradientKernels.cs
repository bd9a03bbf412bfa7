using ILGPU;

namespace NegSamples.Kernels.Cuda;

/// <summary>Products whose operands both lie depth-outermost: the gathered source, transposed, by the gradient of the output.</summary>
internal static class WeightGradientKernels
{
    /// <summary>A block computes a tile of (tap, channel) by output channel over a run of output pixels; a warp 64 x 64 of it.</summary>
    /// <param name="x">Address of the source, [images, height, width, channels].</param>
    /// <param name="dy">Address of the output's gradient, [pixels, columns].</param>
    /// <param name="partials">[runs, depth, columns].</param>
    /// <param name="shape">The convolution, as in its forward pass.</param>
    /// <param name="run">Output pixels of a run, a multiple of the stage's depth.</param>
    /// <remarks>Neighbouring lanes copy neighbouring chunks of one pixel's channels.</remarks>
    [LaunchBounds(Stage.Threads, 2)]
    public static void WeightGradientKernel<TArithmetic, TTile>(long x, long dy, ArrayView<Float32Element> partials, ConvolutionShape shape, int run)
        where TArithmetic : struct, IMatrixArithmetic
        where TTile : struct, IMatrixTile
    {
        ArrayView<float> results = SharedMemory.GetDynamic<float>();
        Stage.Declare();
        TArithmetic.Declare();
        int thread = Group.IdxX, lane = thread & 31, warp = thread >> 5;
        int firstRow = Grid.IdxX * 64 * TTile.WarpRows, firstColumn = Grid.IdxY * (256 / TTile.WarpRows);
        int warpRow = warp % TTile.WarpRows * 64, warpColumn = warp / TTile.WarpRows * 64;
        int leftPitch = 64 * TTile.WarpRows * TArithmetic.ElementBytes, rightPitch = 256 / TTile.WarpRows * TArithmetic.ElementBytes;
        int stepDepth = Stage.DepthBytes / TArithmetic.ElementBytes, leftBytes = leftPitch * stepDepth, stageBytes = leftBytes + (rightPitch * stepDepth);
        int chunkElements = Stage.ChunkBytes / TArithmetic.ElementBytes;

        // A thread copies one chunk of several steps of each operand: the tap and the channels of its chunk never change.
        int leftChunks = leftPitch / Stage.ChunkBytes, leftChunk = thread % leftChunks, leftStep = thread / leftChunks, leftStride = Stage.Threads / leftChunks;
        int rightChunks = rightPitch / Stage.ChunkBytes, rightChunk = thread % rightChunks, rightStep = thread / rightChunks, rightStride = Stage.Threads / rightChunks;
        int depth = firstRow + (leftChunk * chunkElements), column = firstColumn + (rightChunk * chunkElements);
        int tap = shape.Channels.Quotient(depth), channel = depth - (tap * shape.Channels.Value);
        int tapRow = shape.KernelWidth.Quotient(tap), tapColumn = tap - (tapRow * shape.KernelWidth.Value);
        int firstPixel = Grid.IdxZ * run, pastPixel = firstPixel + run < shape.Rows ? firstPixel + run : shape.Rows;

        int steps = (pastPixel - firstPixel + stepDepth - 1) / stepDepth, pixel = firstPixel;
        for (int step = 0; step < steps + Stage.Count - 1; step++)
        {
            if (step >= Stage.Count - 1)
            {
                Stage.Wait();
                Group.Barrier(); // The stage has arrived from all threads, and all have left the one that is filled next.
            }

            if (step < steps)
            {
                int target = step % Stage.Count * stageBytes;
                for (int at = leftStep; at < stepDepth; at += leftStride)
                {
                    int source = pixel + at < pastPixel && depth < shape.Depth ? GatheredRow.Of(pixel + at, shape).Pixel(tapRow, tapColumn, shape) : -1;
                    long element = ((long)source * shape.Channels.Value) + channel;
                    Stage.Copy(target + (at * leftPitch) + ((leftChunk ^ TArithmetic.ColumnExchange(at)) * Stage.ChunkBytes), x + (source >= 0 ? element * TArithmetic.ElementBytes : 0), source >= 0);
                }

                target += leftBytes;
                for (int at = rightStep; at < stepDepth; at += rightStride)
                {
                    bool isThere = pixel + at < pastPixel && column < shape.Columns;
                    long element = ((long)(pixel + at) * shape.Columns) + column;
                    Stage.Copy(target + (at * rightPitch) + ((rightChunk ^ TArithmetic.ColumnExchange(at)) * Stage.ChunkBytes), dy + (isThere ? element * TArithmetic.ElementBytes : 0), isThere);
                }

                pixel += stepDepth;
            }

            Stage.Commit();
            if (step >= Stage.Count - 1)
            {
                int source = (step + 1) % Stage.Count * stageBytes;
                TArithmetic.MultiplyColumns(
                    source + (warpRow * TArithmetic.ElementBytes), leftPitch, source + leftBytes + (warpColumn * TArithmetic.ElementBytes), rightPitch, lane);
            }
        }

        Stage.WaitForAll();
        Group.Barrier();
        int result = warp * 64 * Stage.ResultPitch;
        TArithmetic.Store(result, lane);
        Group.Barrier();
        ArrayView<Float32Element> own = partials.SubView((long)Grid.IdxZ * shape.Depth * shape.Columns, (long)shape.Depth * shape.Columns);
        ConvolutionKernels.Write(results.SubView(result / sizeof(float), 64 * Stage.ResultPitch / sizeof(float)), own, firstRow + warpRow, firstColumn + warpColumn, shape.Depth, shape.Columns, 0, lane);
    }
}
