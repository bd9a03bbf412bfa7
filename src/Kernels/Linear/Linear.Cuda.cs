using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    private protected override void AddBiasCore(Tensor b, Tensor y)
    {
        if (y.Count == 0) return;
        int rowsPerBlock = OperandKernels.RowsPerBlock(y.Columns);
        Delegate kernel = y.Type == ElementType.BFloat16 ? OperandKernels.AddBiasKernel<BFloat16Element> : OperandKernels.AddBiasKernel<Float32Element>;
        Launch(
            kernel, Tiling.Blocks(y.Rows, rowsPerBlock), OperandKernels.Threads, 0, b, y, y.Rows, KernelArgument.Of(new Divisor(y.Columns)), rowsPerBlock);
    }

    /// <inheritdoc/>
    private protected override void AddBiasGradientCore(Tensor dy, Tensor db)
    {
        if (dy.Count == 0) return;

        // Parts of at least 64 rows and at most 256 of them, by the shape alone.
        int rowsPerPart = Math.Max(64, Tiling.Blocks(dy.Rows, 256)), parts = Tiling.Blocks(dy.Rows, rowsPerPart);
        DeviceSpan sums = scratch.Take("parts of a product", (long)parts * dy.Columns);
        Delegate kernel = dy.Type == ElementType.BFloat16 ? OperandKernels.ColumnSumsKernel<BFloat16Element> : OperandKernels.ColumnSumsKernel<Float32Element>;
        Launch(kernel, (Tiling.Blocks(dy.Columns, 32), parts), OperandKernels.Threads, 0, dy, sums, dy.Rows, dy.Columns, rowsPerPart);
        products.Merge(sums, db, 1, dy.Columns, dy.Columns, dy.Columns, parts, accumulate: true);
    }
}
