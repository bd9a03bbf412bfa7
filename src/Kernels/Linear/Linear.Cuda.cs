using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    private const int BiasRun = 256; // rows of one partial sum

    /// <inheritdoc/>
    protected override void AddBiasCore(Tensor b, Tensor y)
    {
        int grid = (int)Math.Min((y.Count + OperandKernels.Threads - 1) / OperandKernels.Threads, 1 << 20);
        Delegate kernel = y.Type == ElementType.BFloat16 ? AddBiasKernel<BFloat16Element> : AddBiasKernel<Float32Element>;
        Launch(kernel, grid, OperandKernels.Threads, 0, b, y, y.Columns);
    }

    /// <inheritdoc/>
    protected override void AddBiasGradientCore(Tensor dy, Tensor db)
    {
        int columns = dy.Columns, runs = Tiles(dy.Rows, BiasRun);
        DeviceSpan partials = scratch.Take("partial sums of a bias", (long)runs * columns);
        Delegate kernel = dy.Type == ElementType.BFloat16 ? BiasGradientKernel<BFloat16Element> : BiasGradientKernel<Float32Element>;
        Launch(kernel, (Tiles(columns, OperandKernels.Threads), runs), OperandKernels.Threads, 0, dy, partials, dy.Rows, columns);
        Launch(MergeBiasKernel, Tiles(columns, OperandKernels.Threads), OperandKernels.Threads, 0, partials, db, runs, columns);
    }

    private static void AddBiasKernel<TElement>(ArrayView<float> b, ArrayView<TElement> y, int columns)
        where TElement : unmanaged, IElement<TElement>
    {
        for (long i = ((long)Grid.IdxX * Group.DimX) + Group.IdxX; i < y.Length; i += (long)Grid.DimX * Group.DimX)
            y[i] = TElement.FromFloat(TElement.ToFloat(y[i]) + b[(int)(i % columns)]);
    }

    /// <summary>A thread sums one column of a run of rows; neighbouring threads have neighbouring columns.</summary>
    private static void BiasGradientKernel<TElement>(ArrayView<TElement> dy, ArrayView<float> partials, int rows, int columns)
        where TElement : unmanaged, IElement<TElement>
    {
        int column = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (column >= columns) return;
        int first = Grid.IdxY * BiasRun, past = first + BiasRun < rows ? first + BiasRun : rows;
        float sum = 0;
        for (int row = first; row < past; row++) sum += TElement.ToFloat(dy[((long)row * columns) + column]);
        partials[((long)Grid.IdxY * columns) + column] = sum;
    }

    private static void MergeBiasKernel(ArrayView<float> partials, ArrayView<float> db, int runs, int columns)
    {
        int column = (Grid.IdxX * Group.DimX) + Group.IdxX;
        if (column >= columns) return;
        float sum = 0;
        for (int run = 0; run < runs; run++) sum += partials[((long)run * columns) + column];
        db[column] += sum;
    }
}
