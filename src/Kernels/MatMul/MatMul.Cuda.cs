using ILGPU;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    private protected override void MatMulCore(Tensor a, Tensor b, Tensor c, bool transposeA, bool transposeB, bool accumulate)
    {
        switch (Precision)
        {
            case Precision.BFloat16: MultiplyMatrices<BFloat16Arithmetic>(a, b, c, transposeA, transposeB, accumulate); break;
            case Precision.TensorFloat32: MultiplyMatrices<TensorFloat32Arithmetic>(a, b, c, transposeA, transposeB, accumulate); break;
            default: MultiplyMatrices<Float32Arithmetic>(a, b, c, transposeA, transposeB, accumulate); break;
        }
    }

    private void MultiplyMatrices<TArithmetic>(Tensor a, Tensor b, Tensor c, bool transposeA, bool transposeB, bool accumulate)
        where TArithmetic : struct, IArithmetic
    {
        if (c.Count == 0) return;
        Operand left = products.Prepare("left operand", a), right = products.Prepare("right operand", b);
        int depth = transposeA ? a.Rows : a.Columns, steps = ProductLauncher.Steps(Tiling.Blocks(depth, products.ElementsPerChunk));
        (ProductShape shape, TileShape tile, int splits) = products.Shape(c.Rows, c.Columns, steps, maySplit: true);
        MatrixPanels leftPanels = new() { Address = left.Address, RowBytes = 16L * left.RowChunks, StoredRows = a.Rows, Chunks = left.RowChunks };
        MatrixPanels rightPanels = new() { Address = right.Address, RowBytes = 16L * right.RowChunks, StoredRows = b.Rows, Chunks = right.RowChunks };
        if (splits > 1)
        {
            DeviceSpan parts = scratch.Take("parts of a product", (long)splits * c.Rows * c.Columns);
            shape.Vectors = c.Columns % 4 == 0 ? 1 : 0;
            LaunchProduct<TArithmetic, Float32Element>(leftPanels, rightPanels, shape, tile, splits, transposeA, transposeB, (long)parts.Address, parts);
            products.Merge(parts, c, c.Rows, c.Columns, c.Columns, c.Columns, splits, accumulate);
            return;
        }

        shape.Vectors = ProductLauncher.IsVector(c.DeviceAddress, c.Columns, c.Type) ? 1 : 0;
        shape.Accumulate = accumulate ? 1 : 0;
        KernelArgument address = KernelArgument.Address(c);
        if (c.Type == ElementType.BFloat16) LaunchProduct<TArithmetic, BFloat16Element>(leftPanels, rightPanels, shape, tile, 1, transposeA, transposeB, address, c);
        else LaunchProduct<TArithmetic, Float32Element>(leftPanels, rightPanels, shape, tile, 1, transposeA, transposeB, address, c);
    }

    private void LaunchProduct<TArithmetic, TElement>(
        MatrixPanels left, MatrixPanels right, ProductShape shape, TileShape tile, int splits, bool transposeA, bool transposeB, KernelArgument address,
        KernelArgument target)
        where TArithmetic : struct, IArithmetic
        where TElement : unmanaged, IElement<TElement>
    {
        LaunchExtent grid = (shape.TilesDown * shape.TilesAcross, splits);
        if (products.BringsInBulk)
        {
            Launch(
                MatMulBulkKernelOf<TElement>(products.Panels(tile), transposeA, transposeB), grid, BulkPipeline.ThreadsOf(tile), BulkPipeline.SharedBytesOf(tile),
                products.MapOf(left), products.MapOf(right), KernelArgument.Of(shape), address, target, target);
            return;
        }

        Launch(
            MatMulKernelOf<TArithmetic, TElement>(products.Panels(tile), transposeA, transposeB), grid, tile.Threads, tile.SharedBytes,
            KernelArgument.Of(left), KernelArgument.Of(right), KernelArgument.Of(shape), address, target, target);
    }

    private static Delegate MatMulKernelOf<TArithmetic, TElement>(ProductPanels panels, bool transposeA, bool transposeB)
        where TArithmetic : struct, IArithmetic
        where TElement : unmanaged, IElement<TElement> => panels switch
        {
            ProductPanels.Large => MatMulKernelOf<WarpgroupLarge, TElement>(transposeA, transposeB),
            ProductPanels.Square => MatMulKernelOf<WarpgroupSquare, TElement>(transposeA, transposeB),
            ProductPanels.Tall => MatMulKernelOf<WarpgroupTall, TElement>(transposeA, transposeB),
            ProductPanels.Wide => MatMulKernelOf<WarpgroupWide, TElement>(transposeA, transposeB),
            _ => MatMulKernelOf<TArithmetic, TElement>(transposeA, transposeB),
        };

    /// <summary>The kernel for how both sides are stored: the depth of a is contiguous unless it is transposed, that of b if it is.</summary>
    private static Delegate MatMulKernelOf<TArithmetic, TElement>(bool transposeA, bool transposeB)
        where TArithmetic : struct, IArithmetic
        where TElement : unmanaged, IElement<TElement>
    {
        if (transposeA)
        {
            if (transposeB) return MatMulKernel<TArithmetic, StridedDepth, ContiguousDepth, TElement>;
            return MatMulKernel<TArithmetic, StridedDepth, StridedDepth, TElement>;
        }

        if (transposeB) return MatMulKernel<TArithmetic, ContiguousDepth, ContiguousDepth, TElement>;
        return MatMulKernel<TArithmetic, ContiguousDepth, StridedDepth, TElement>;
    }

    /// <summary>A warp, or a warpgroup for each of its four, computes 64 x 64 of the product; the block's panels are copied in rows of 128 bytes.</summary>
    [LaunchBounds(256, 1)]
    private static void MatMulKernel<TArithmetic, TLeft, TRight, TElement>(
        MatrixPanels left, MatrixPanels right, ProductShape shape, long address, ArrayView<Float4> vectors, ArrayView<TElement> elements)
        where TArithmetic : struct, IArithmetic
        where TLeft : unmanaged, IPanelLayout
        where TRight : unmanaged, IPanelLayout
        where TElement : unmanaged, IElement<TElement>
    {
        int firstRow = shape.FirstRow(), firstColumn = shape.FirstColumn();
        MatMulLoader<TArithmetic, TLeft, TRight> loader = new()
        {
            Left = PanelCopies<TArithmetic, TLeft>.Of(left, firstRow), Right = PanelCopies<TArithmetic, TRight>.Of(right, firstColumn),
            Down = shape.Down, Across = shape.Across,
        };
        ArrayView<Float4> tile = ProductPipeline.Run<TArithmetic, TLeft, TRight, MatMulLoader<TArithmetic, TLeft, TRight>>(loader, shape);
        TileRows.Store(
            tile, shape, firstRow + ProductPipeline.RowOfWarp(shape), firstColumn + ProductPipeline.ColumnOfWarp(shape),
            new DenseRows((long)Grid.IdxY * shape.Rows), address, vectors, elements);
    }

    private static Delegate MatMulBulkKernelOf<TElement>(ProductPanels panels, bool transposeA, bool transposeB)
        where TElement : unmanaged, IElement<TElement> => panels switch
        {
            ProductPanels.Square => MatMulBulkKernelOf<WarpgroupSquare, TElement>(transposeA, transposeB),
            ProductPanels.Tall => MatMulBulkKernelOf<WarpgroupTall, TElement>(transposeA, transposeB),
            ProductPanels.Wide => MatMulBulkKernelOf<WarpgroupWide, TElement>(transposeA, transposeB),
            _ => MatMulBulkKernelOf<WarpgroupLarge, TElement>(transposeA, transposeB),
        };

    private static Delegate MatMulBulkKernelOf<TArithmetic, TElement>(bool transposeA, bool transposeB)
        where TArithmetic : struct, IArithmetic
        where TElement : unmanaged, IElement<TElement>
    {
        if (transposeA)
        {
            if (transposeB) return MatMulBulkKernel<TArithmetic, StridedDepth, ContiguousDepth, TElement>;
            return MatMulBulkKernel<TArithmetic, StridedDepth, StridedDepth, TElement>;
        }

        if (transposeB) return MatMulBulkKernel<TArithmetic, ContiguousDepth, ContiguousDepth, TElement>;
        return MatMulBulkKernel<TArithmetic, ContiguousDepth, StridedDepth, TElement>;
    }

    /// <summary>A warpgroup's tile, or that of two, whose panels the copy engine brings: the text of its copies names the maps.</summary>
    [LaunchBounds(288, 1)]
    private static void MatMulBulkKernel<TArithmetic, TLeft, TRight, TElement>(
        TensorMap left, TensorMap right, ProductShape shape, long address, ArrayView<Float4> vectors, ArrayView<TElement> elements)
        where TArithmetic : struct, IArithmetic
        where TLeft : unmanaged, IPanelLayout
        where TRight : unmanaged, IPanelLayout
        where TElement : unmanaged, IElement<TElement>
    {
        int firstRow = shape.FirstRow(), firstColumn = shape.FirstColumn();
        BulkMatrices<TLeft, TRight> loader = new() { Lane = BulkLane.Of(shape, firstRow, firstColumn) };
        ArrayView<Float4> tile = BulkPipeline.Run<TArithmetic, TLeft, TRight, BulkMatrices<TLeft, TRight>>(loader, shape);
        if (!BulkPipeline.Multiplies(shape)) return;
        TileRows.Store(
            tile, shape, firstRow + ProductPipeline.RowOfWarp(shape), firstColumn + ProductPipeline.ColumnOfWarp(shape),
            new DenseRows((long)Grid.IdxY * shape.Rows), address, vectors, elements);
    }
}
