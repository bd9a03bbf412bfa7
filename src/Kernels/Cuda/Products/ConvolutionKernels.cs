using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>Where the pixels of a grid are in the target: pixel (p, q) at row p·Step + Top, column q·Step + Left.</summary>
internal struct TargetPixels : ITargetRows
{
    public int GridHeight, GridWidth, ImageHeight, ImageWidth, Step, Top, Left;

    /// <summary>The first row of a split's part.</summary>
    public long First;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly long Of(int row)
    {
        if (Step == 1) return First + row; // The grid is the image.
        int line = row / GridWidth, column = row - (line * GridWidth), image = line / GridHeight, down = line - (image * GridHeight);
        return (((long)(image * ImageHeight) + (down * Step) + Top) * ImageWidth) + (column * Step) + Left;
    }
}

/// <summary>Convolutions as products whose panels are gathered; no matrix of windows is ever stored.</summary>
internal static class ConvolutionKernels
{
    /// <summary>A warp computes 64 outputs of 64 pixels. Eight lanes copy 128 bytes of one pixel.</summary>
    [LaunchBounds(256, 1)]
    public static void ConvolutionKernel<TArithmetic, TElement>(
        ImageWindow image, MatrixPanels weights, DepthOrder order, ProductShape shape, TargetPixels target, long address, ArrayView<Float4> vectors,
        ArrayView<TElement> elements, ArrayView<Float4> statistics)
        where TArithmetic : struct, IArithmetic
        where TElement : unmanaged, IElement<TElement>
    {
        int firstRow = shape.FirstRow();
        int firstColumn = shape.FirstColumn();
        ConvolutionLoader<TArithmetic> loader = new()
        {
            Image = image, Weights = PanelCopies<TArithmetic, ContiguousDepth>.Of(weights, firstColumn), Order = order,
            Windows = SharedMemory.GetDynamic<WindowPlace>().SubView(shape.TableStart()), Down = shape.Down, Across = shape.Across, Chunks = weights.Chunks,
        };
        loader.PlaceWindows(firstRow, shape.Rows);
        Group.Barrier();
        ArrayView<Float4> tile = ProductPipeline.Run<TArithmetic, ContiguousDepth, ContiguousDepth, ConvolutionLoader<TArithmetic>>(loader, shape);
        target.First = (long)Grid.IdxY * shape.Rows;
        firstRow += ProductPipeline.RowOfWarp(shape);
        firstColumn += ProductPipeline.ColumnOfWarp(shape);
        TileRows.Store(tile, shape, firstRow, firstColumn, target, address, vectors, elements);
        if (statistics.Length > 0) ProductStatistics.Write<TElement>(tile, shape, firstRow, firstColumn, statistics);
    }

    /// <summary>A warp computes 64 outputs of 64 taps and channels. Eight lanes copy 128 bytes of one pixel.</summary>
    [LaunchBounds(256, 1)]
    public static void WeightGradientKernel<TArithmetic>(
        MatrixPanels outputs, ImageWindow image, Divisor gridWidth, Divisor gridHeight, ProductShape shape, long address, ArrayView<Float4> vectors,
        ArrayView<Float32Element> elements)
        where TArithmetic : struct, IArithmetic
    {
        int firstRow = shape.FirstRow(), firstColumn = shape.FirstColumn();
        WeightGradientLoader<TArithmetic> loader = new()
        {
            Outputs = PanelCopies<TArithmetic, StridedDepth>.Of(outputs, firstRow), Image = image, GridWidth = gridWidth, GridHeight = gridHeight,
            Columns = SharedMemory.GetDynamic<TapPlace>().SubView(shape.TableStart()), Down = shape.Down, Across = shape.Across, Pixels = outputs.StoredRows,
        };
        loader.PlaceColumns(firstColumn);
        Group.Barrier();
        ArrayView<Float4> tile = ProductPipeline.Run<TArithmetic, StridedDepth, StridedDepth, WeightGradientLoader<TArithmetic>>(loader, shape);
        TileRows.Store(
            tile, shape, firstRow + ProductPipeline.RowOfWarp(shape), firstColumn + ProductPipeline.ColumnOfWarp(shape),
            new DenseRows((long)Grid.IdxY * shape.Rows), address, vectors, elements);
    }

    /// <summary>The same convolution, whose panels the copy engine brings: images with the places of their windows, and weights.</summary>
    [LaunchBounds(288, 1)]
    public static void ConvolutionBulkKernel<TArithmetic, TElement>(
        TensorMap images, TensorMap weights, WindowGrid grid, DepthOrder order, ProductShape shape, TargetPixels target, long address, ArrayView<Float4> vectors,
        ArrayView<TElement> elements, ArrayView<Float4> statistics)
        where TArithmetic : struct, IArithmetic
        where TElement : unmanaged, IElement<TElement>
    {
        int firstRow = shape.FirstRow(), firstColumn = shape.FirstColumn();
        BulkLane lane = BulkLane.Of(shape, firstRow, firstColumn);
        BulkWindows loader = new() { Lane = lane, Order = order, PixelChunks = grid.PixelChunks, First = grid.At(lane.Side) };
        ArrayView<Float4> tile = BulkPipeline.Run<TArithmetic, ContiguousDepth, ContiguousDepth, BulkWindows>(loader, shape);
        if (!BulkPipeline.Multiplies(shape)) return;
        target.First = (long)Grid.IdxY * shape.Rows;
        firstRow += ProductPipeline.RowOfWarp(shape);
        firstColumn += ProductPipeline.ColumnOfWarp(shape);
        TileRows.Store(tile, shape, firstRow, firstColumn, target, address, vectors, elements);
        if (statistics.Length > 0) ProductStatistics.Write<TElement>(tile, shape, firstRow, firstColumn, statistics);
    }

    /// <summary>The same weight gradient, of panels that the copy engine brings.</summary>
    [LaunchBounds(288, 1)]
    public static void WeightGradientBulkKernel<TArithmetic>(
        TensorMap images, TensorMap outputs, WindowGrid grid, int windowWidth, int taps, ProductShape shape, long address, ArrayView<Float4> vectors,
        ArrayView<Float32Element> elements)
        where TArithmetic : struct, IArithmetic
    {
        int firstRow = shape.FirstRow(), firstColumn = shape.FirstColumn();
        BulkWindowGradients loader = new() { Lane = BulkLane.Of(shape, firstRow, firstColumn), Grid = grid };
        loader.PlaceColumns(windowWidth, taps);
        ArrayView<Float4> tile = BulkPipeline.Run<TArithmetic, StridedDepth, StridedDepth, BulkWindowGradients>(loader, shape);
        if (!BulkPipeline.Multiplies(shape)) return;
        TileRows.Store(
            tile, shape, firstRow + ProductPipeline.RowOfWarp(shape), firstColumn + ProductPipeline.ColumnOfWarp(shape),
            new DenseRows((long)Grid.IdxY * shape.Rows), address, vectors, elements);
    }
}
