using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    private protected override void Conv2dForwardCore(Tensor x, Tensor w, Tensor y, int stride, int padding, Tensor columnStatistics)
    {
        if (y.Count == 0) return;
        Operand image = products.Prepare("left operand", x), weights = products.Prepare("right operand", w);
        ImageWindow window = new()
        {
            Address = image.Address, Height = x[1], Width = x[2], PixelChunks = image.RowChunks, GridHeight = y[1], GridWidth = y[2],
            Step = stride, Top = -padding, Left = -padding, WindowHeight = w[1], WindowWidth = w[2],
        };
        Convolve(window, weights.Address, y, new() { ImageHeight = y[1], ImageWidth = y[2], Step = 1 }, y.Rows, accumulate: false, columnStatistics);
    }

    /// <inheritdoc/>
    private protected override void Conv2dBackwardInputCore(Tensor dy, Tensor w, Tensor dx, int stride, int padding, bool accumulate)
    {
        if (dx.Count == 0) return;
        Operand image = products.Prepare("left operand", dy);
        bool isCleared = !accumulate && Math.Min(w[1], w[2]) < stride; // Pixels that no tap meets: cheaper than products of nothing.
        if (isCleared) ZeroCore(dx);
        for (int phase = 0; phase < stride * stride; phase++)
            ConvolvePhase(image, dy, w, dx, stride, padding, phase / stride, phase % stride, accumulate, accumulate || isCleared);
    }

    /// <inheritdoc/>
    private protected override void Conv2dBackwardWeightCore(Tensor x, Tensor dy, Tensor dw, int stride, int padding)
    {
        if (dy.Count == 0 || dw.Count == 0) return;
        switch (Precision)
        {
            case Precision.BFloat16: SumWeightGradient<BFloat16Arithmetic>(x, dy, dw, stride, padding); break;
            case Precision.TensorFloat32: SumWeightGradient<TensorFloat32Arithmetic>(x, dy, dw, stride, padding); break;
            default: SumWeightGradient<Float32Arithmetic>(x, dy, dw, stride, padding); break;
        }
    }

    /// <inheritdoc/>
    /// <remarks>A product that is split, or columns that are not whole vectors, leave none.</remarks>
    public override bool LeavesColumnStatistics(Tensor x, Tensor w, Tensor y)
    {
        int chunks = w[1] * w[2] * Tiling.Blocks(x.Columns, products.ElementsPerChunk);
        return y.Columns % 4 == 0 && ProductLauncher.Splits(y.Rows, y.Columns, ProductLauncher.Steps(chunks)) == 1;
    }

    /// <summary>
    /// The pixels of dx whose row plus padding leaves the rest <paramref name="top"/> by the stride, and column <paramref name="left"/>: they meet the
    /// taps of the same rests alone, and are an ordinary convolution of dy with these taps mirrored.
    /// </summary>
    private void ConvolvePhase(Operand image, Tensor dy, Tensor w, Tensor dx, int stride, int padding, int top, int left, bool accumulate,
        bool isWritten)
    {
        // Row h = first + stride·i meets tap r = top + stride·j at row (h + padding - r)/stride = i + offset - j of dy.
        (int firstRow, int rows, int height, int rowOffset) = Phase(dx[1], w[1], stride, padding, top);
        (int firstColumn, int columns, int width, int columnOffset) = Phase(dx[2], w[2], stride, padding, left);
        int pixels = dx[0] * rows * columns;
        if (pixels == 0 || (isWritten && height * width == 0)) return;

        int pitch = image.RowChunks * products.ElementsPerChunk;
        nint turned = products.TurnedWeights(w, new()
        {
            Outputs = w[0], Height = w[1], Width = w[2], Inputs = w[3], FirstRow = top, FirstColumn = left, Stride = stride,
            Rows = height, Columns = width, Pitch = pitch,
        });

        ImageWindow window = new()
        {
            Address = image.Address, Height = dy[1], Width = dy[2], PixelChunks = image.RowChunks, GridHeight = rows, GridWidth = columns,
            Step = 1, Top = rowOffset - height + 1, Left = columnOffset - width + 1, WindowHeight = height, WindowWidth = width,
        };
        TargetPixels target = new()
        {
            GridHeight = rows, GridWidth = columns, ImageHeight = dx[1], ImageWidth = dx[2], Step = stride, Top = firstRow, Left = firstColumn,
        };
        Convolve(window, turned, dx, target, pixels, accumulate, default);
    }

    /// <summary>
    /// Along one axis: the phase's first pixel, how many it has, how many taps, and the row of dy that pixel i meets with its first tap, less i.
    /// </summary>
    private static (int First, int Count, int Taps, int Offset) Phase(int length, int taps, int stride, int padding, int rest)
    {
        int first = (((rest - padding) % stride) + stride) % stride;
        return (first, Tiling.Blocks(length - first, stride), Tiling.Blocks(taps - rest, stride), (first + padding - rest) / stride);
    }

    /// <summary>A convolution as a product of windows and weights [outputs, height, width, chunks of a pixel].</summary>
    private void Convolve(ImageWindow window, long weights, Tensor y, TargetPixels target, int pixels, bool accumulate, Tensor columnStatistics)
    {
        if (y.Type == ElementType.BFloat16) Convolve<BFloat16Element>(window, weights, y, target, pixels, accumulate, columnStatistics);
        else Convolve<Float32Element>(window, weights, y, target, pixels, accumulate, columnStatistics);
    }

    private void Convolve<TElement>(ImageWindow window, long weights, Tensor y, TargetPixels target, int pixels, bool accumulate, Tensor columnStatistics)
        where TElement : unmanaged, IElement<TElement>
    {
        int chunks = window.WindowHeight * window.WindowWidth * window.PixelChunks, columns = y.Columns;
        if (chunks >= SmallDivisor.Limit || Math.Max(window.WindowHeight, window.WindowWidth) > 32)
        {
            throw new ArgumentException(
                $"w has windows of {window.WindowHeight} x {window.WindowWidth} taps of {Counted.Of(window.PixelChunks * 16, "byte")}; expected at most 32 x 32, and below "
                + $"{Counted.Of(SmallDivisor.Limit * 16, "byte")}.");
        }

        (ProductShape shape, TileShape tile, int splits) = products.Shape(pixels, columns, ProductLauncher.Steps(chunks), maySplit: target.Step == 1);
        MatrixPanels panels = new() { Address = weights, RowBytes = 16L * chunks, StoredRows = columns, Chunks = chunks };
        if (splits > 1)
        {
            DeviceSpan parts = scratch.Take("parts of a product", (long)splits * pixels * columns);
            shape.Vectors = columns % 4 == 0 ? 1 : 0;
            LaunchConvolution<Float32Element>(window, panels, shape, tile, splits, target, (long)parts.Address, parts, default(DeviceSpan));
            products.Merge(parts, y, pixels, columns, columns, columns, splits, accumulate);
            return;
        }

        shape.Vectors = ProductLauncher.IsVector(y.DeviceAddress, columns, y.Type) ? 1 : 0;
        shape.Accumulate = accumulate ? 1 : 0;
        LaunchConvolution<TElement>(window, panels, shape, tile, 1, target, KernelArgument.Address(y), y, columnStatistics);
    }

    private void LaunchConvolution<TElement>(
        ImageWindow window, MatrixPanels weights, ProductShape shape, TileShape tile, int splits, TargetPixels target, KernelArgument address, KernelArgument y,
        KernelArgument statistics)
        where TElement : unmanaged, IElement<TElement>
    {
        LaunchExtent grid = (shape.TilesDown * shape.TilesAcross, splits);
        KernelArgument order = KernelArgument.Of(new DepthOrder(window.WindowHeight, window.WindowWidth, window.PixelChunks));
        if (products.BringsWindowsInBulk(window))
        {
            Launch(
                ConvolutionBulkKernelOf<TElement>(products.Panels(tile)), grid, BulkPipeline.ThreadsOf(tile), BulkPipeline.SharedBytesOf(tile),
                products.MapOf(window, shape.Rows), products.MapOf(weights), KernelArgument.Of(WindowGrid.Of(window)), order, KernelArgument.Of(shape),
                KernelArgument.Of(target), address, y, y, statistics);
            return;
        }

        Launch(
            ConvolutionKernelOf<TElement>(products.Panels(tile)), grid, tile.Threads, tile.SharedBytesWithTable, KernelArgument.Of(window),
            KernelArgument.Of(weights), order, KernelArgument.Of(shape), KernelArgument.Of(target), address, y, y, statistics);
    }

    private static Delegate ConvolutionBulkKernelOf<TElement>(ProductPanels panels)
        where TElement : unmanaged, IElement<TElement> => panels switch
        {
            ProductPanels.Square => ConvolutionKernels.ConvolutionBulkKernel<WarpgroupSquare, TElement>,
            ProductPanels.Tall => ConvolutionKernels.ConvolutionBulkKernel<WarpgroupTall, TElement>,
            ProductPanels.Wide => ConvolutionKernels.ConvolutionBulkKernel<WarpgroupWide, TElement>,
            _ => ConvolutionKernels.ConvolutionBulkKernel<WarpgroupLarge, TElement>,
        };

    private Delegate ConvolutionKernelOf<TElement>(ProductPanels panels)
        where TElement : unmanaged, IElement<TElement>
    {
        if (panels == ProductPanels.Large) return ConvolutionKernels.ConvolutionKernel<WarpgroupLarge, TElement>;
        if (panels == ProductPanels.Square) return ConvolutionKernels.ConvolutionKernel<WarpgroupSquare, TElement>;
        if (panels == ProductPanels.Tall) return ConvolutionKernels.ConvolutionKernel<WarpgroupTall, TElement>;
        if (panels == ProductPanels.Wide) return ConvolutionKernels.ConvolutionKernel<WarpgroupWide, TElement>;
        if (Precision == Precision.BFloat16) return ConvolutionKernels.ConvolutionKernel<BFloat16Arithmetic, TElement>;
        if (Precision == Precision.TensorFloat32) return ConvolutionKernels.ConvolutionKernel<TensorFloat32Arithmetic, TElement>;
        return ConvolutionKernels.ConvolutionKernel<Float32Arithmetic, TElement>;
    }

    private void SumWeightGradient<TArithmetic>(Tensor x, Tensor dy, Tensor dw, int stride, int padding)
        where TArithmetic : struct, IArithmetic
    {
        Operand outputs = products.Prepare("left operand", dy), image = products.Prepare("right operand", x);
        int taps = dw[1] * dw[2], runPitch = image.RowChunks * products.ElementsPerChunk, columns = taps * runPitch, depth = 8 * products.ElementsPerChunk;
        (ProductShape shape, TileShape tile, int splits) = products.Shape(dw[0], columns, Tiling.Blocks(dy.Rows, depth), maySplit: true);
        MatrixPanels panels = new() { Address = outputs.Address, RowBytes = 16L * outputs.RowChunks, StoredRows = dy.Rows, Chunks = outputs.RowChunks };
        ImageWindow window = new()
        {
            Address = image.Address, Height = x[1], Width = x[2], PixelChunks = image.RowChunks, GridHeight = dy[1], GridWidth = dy[2],
            Step = stride, Top = -padding, Left = -padding, WindowHeight = dw[1], WindowWidth = dw[2],
        };
        shape.Vectors = 1; // Columns of the product are whole chunks.
        if (splits == 1 && runPitch == dw[3] && dw.DeviceAddress % 16 == 0)
        {
            shape.Accumulate = 1;
            LaunchWeightGradient<TArithmetic>(panels, window, shape, tile, splits, KernelArgument.Address(dw), dw);
            return;
        }

        DeviceSpan parts = products.GradientParts((long)splits * dw[0] * columns);
        LaunchWeightGradient<TArithmetic>(panels, window, shape, tile, splits, (long)parts.Address, parts);
        products.MergeLater(parts, dw, dw[0], taps * dw[3], dw[3], runPitch, splits);
    }

    private void LaunchWeightGradient<TArithmetic>(
        MatrixPanels outputs, ImageWindow window, ProductShape shape, TileShape tile, int splits, KernelArgument address, KernelArgument dw)
        where TArithmetic : struct, IArithmetic
    {
        LaunchExtent grid = (shape.TilesDown * shape.TilesAcross, splits);
        if (products.BringsWindowsInBulk(window))
        {
            Launch(
                WeightGradientBulkKernelOf(products.Panels(tile)), grid, BulkPipeline.ThreadsOf(tile), BulkPipeline.SharedBytesOf(tile),
                products.MapOf(window, outputs.StoredRows), products.MapOf(outputs), KernelArgument.Of(WindowGrid.Of(window)), window.WindowWidth,
                window.WindowHeight * window.WindowWidth, KernelArgument.Of(shape), address, dw, dw);
            return;
        }

        Launch(
            WeightGradientKernelOf<TArithmetic>(products.Panels(tile)), grid, tile.Threads, tile.SharedBytesWithTable, KernelArgument.Of(outputs),
            KernelArgument.Of(window), KernelArgument.Of(new Divisor(window.GridWidth)), KernelArgument.Of(new Divisor(window.GridHeight)), KernelArgument.Of(shape),
            address, dw, dw);
    }

    private static Delegate WeightGradientBulkKernelOf(ProductPanels panels) => panels switch
    {
        ProductPanels.Square => ConvolutionKernels.WeightGradientBulkKernel<WarpgroupSquare>,
        ProductPanels.Tall => ConvolutionKernels.WeightGradientBulkKernel<WarpgroupTall>,
        ProductPanels.Wide => ConvolutionKernels.WeightGradientBulkKernel<WarpgroupWide>,
        _ => ConvolutionKernels.WeightGradientBulkKernel<WarpgroupLarge>,
    };

    private static Delegate WeightGradientKernelOf<TArithmetic>(ProductPanels panels)
        where TArithmetic : struct, IArithmetic => panels switch
        {
            ProductPanels.Large => ConvolutionKernels.WeightGradientKernel<WarpgroupLarge>,
            ProductPanels.Square => ConvolutionKernels.WeightGradientKernel<WarpgroupSquare>,
            ProductPanels.Tall => ConvolutionKernels.WeightGradientKernel<WarpgroupTall>,
            ProductPanels.Wide => ConvolutionKernels.WeightGradientKernel<WarpgroupWide>,
            _ => ConvolutionKernels.WeightGradientKernel<TArithmetic>,
        };
}
