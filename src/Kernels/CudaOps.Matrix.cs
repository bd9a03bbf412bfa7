using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

/// <summary>What the matrix product and the convolutions share: their operands, and the launches of the two matrix kernels.</summary>
public sealed partial class CudaOps
{
    private const int BlocksWanted = 528; // Two blocks on each of an H100's 132 multiprocessors, twice. A constant, so that the sums' order belongs to the shape alone.
    private const int ShortestRun = 512; // output pixels of a weight gradient's run: fewer are not worth a partial result

    private ElementType OperandType => Precision == Precision.BFloat16 ? ElementType.BFloat16 : ElementType.Float32;

    private int OperandBytes => ElementTypes.SizeOf(OperandType);

    private int ChunkElements => Stage.ChunkBytes / OperandBytes;

    private int Padded(int length) => (length + ChunkElements - 1) / ChunkElements * ChunkElements;

    /// <summary>A tensor's rows in the type of operands, each a multiple of 16 bytes: the tensor itself where it is so, else a copy.</summary>
    private nint PaddedRows(Tensor tensor, string place)
    {
        int columns = tensor.Columns, padded = Padded(columns);
        if (tensor.Type == OperandType && columns == padded && tensor.DeviceAddress % Stage.ChunkBytes == 0) return tensor.DeviceAddress;
        DeviceSpan target = scratch.Take(place, (tensor.Count / columns) * padded, OperandBytes);
        LaunchExtent grid = (int)Math.Min((target.Count + OperandKernels.Threads - 1) / OperandKernels.Threads, 1 << 20);
        Delegate kernel = (tensor.Type, OperandType) switch
        {
            (ElementType.Float32, ElementType.Float32) => OperandKernels.PadRowsKernel<Float32Element, Float32Element>,
            (ElementType.Float32, _) => OperandKernels.PadRowsKernel<Float32Element, BFloat16Element>,
            (_, ElementType.Float32) => OperandKernels.PadRowsKernel<BFloat16Element, Float32Element>,
            _ => OperandKernels.PadRowsKernel<BFloat16Element, BFloat16Element>,
        };
        Launch(kernel, grid, OperandKernels.Threads, 0, tensor, target, KernelArgument.Of(new Divisor(padded)), columns);
        return target.Address;
    }

    /// <summary>The matrices [rows, columns] that lie beside each other in a tensor's rows, each transposed, in the type of operands, with rows padded.</summary>
    private nint Transposed(Tensor tensor, int rows, int columns, int matrices, bool reverse, string place)
    {
        int padded = Padded(rows);
        DeviceSpan target = scratch.Take(place, (long)columns * matrices * padded, OperandBytes);
        Delegate kernel = (tensor.Type, OperandType) switch
        {
            (ElementType.Float32, ElementType.Float32) => OperandKernels.TransposeKernel<Float32Element, Float32Element>,
            (ElementType.Float32, _) => OperandKernels.TransposeKernel<Float32Element, BFloat16Element>,
            (_, ElementType.Float32) => OperandKernels.TransposeKernel<BFloat16Element, Float32Element>,
            _ => OperandKernels.TransposeKernel<BFloat16Element, BFloat16Element>,
        };
        Launch(
            kernel, (Tiles(columns, OperandKernels.Tile), Tiles(padded, OperandKernels.Tile), matrices), OperandKernels.Threads, 0,
            tensor, target, rows, padded, columns, matrices, reverse ? 1 : 0);
        return target.Address;
    }

    /// <summary><c>y (+)= gathered(x) · wᵀ</c>.</summary>
    private void Convolve(nint x, nint w, Tensor y, ConvolutionShape shape, bool accumulate)
    {
        switch (Precision)
        {
            case Precision.BFloat16:
                Convolve<BFloat16Arithmetic>(x, w, y, shape, accumulate);
                break;
            case Precision.TensorFloat32:
                Convolve<TensorFloat32Arithmetic>(x, w, y, shape, accumulate);
                break;
            default:
                Convolve<Float32Arithmetic>(x, w, y, shape, accumulate);
                break;
        }
    }

    private void Convolve<TArithmetic>(nint x, nint w, Tensor y, ConvolutionShape shape, bool accumulate)
        where TArithmetic : struct, IMatrixArithmetic
    {
        bool isTall = IsTall(shape.Columns);
        int warpRows = isTall ? 4 : 2;
        Delegate kernel = (y.Type, isTall) switch
        {
            (ElementType.Float32, true) => ConvolutionKernels.ConvolutionKernel<TArithmetic, TallTile, Float32Element>,
            (ElementType.Float32, false) => ConvolutionKernels.ConvolutionKernel<TArithmetic, SquareTile, Float32Element>,
            (_, true) => ConvolutionKernels.ConvolutionKernel<TArithmetic, TallTile, BFloat16Element>,
            _ => ConvolutionKernels.ConvolutionKernel<TArithmetic, SquareTile, BFloat16Element>,
        };
        Launch(
            kernel, (Tiles(shape.Rows, 64 * warpRows), Tiles(shape.Columns, 256 / warpRows)), Stage.Threads, Stage.SharedBytes(warpRows),
            (long)x, (long)w, y, KernelArgument.Of(shape), accumulate ? 1 : 0);
    }

    /// <summary><c>target (+)= gathered(x)ᵀ · dy</c>, or its transpose: [columns, taps, channels] or [taps · channels, columns].</summary>
    /// <param name="x">The source, channels padded.</param>
    /// <param name="dy">[rows, columns], columns padded.</param>
    /// <param name="target">float32.</param>
    /// <param name="shape">The convolution as in its forward pass; Columns are the padded ones.</param>
    /// <param name="taps">Taps of a filter.</param>
    /// <param name="channels">Channels of the target.</param>
    /// <param name="columns">Columns of the target.</param>
    /// <param name="transpose">Whether to transpose.</param>
    /// <param name="accumulate">Whether to add to the target.</param>
    private void AccumulateProduct(nint x, nint dy, Tensor target, ConvolutionShape shape, int taps, int channels, int columns, bool transpose, bool accumulate)
    {
        bool isTall = IsTall(shape.Columns);
        int warpRows = isTall ? 4 : 2, rowTiles = Tiles(shape.Depth, 64 * warpRows), columnTiles = Tiles(shape.Columns, 256 / warpRows);
        int stepDepth = Stage.DepthBytes / OperandBytes;
        int runs = Math.Clamp(BlocksWanted / (rowTiles * columnTiles), 1, Math.Min(Tiles(shape.Rows, ShortestRun), 65535));
        int run = Tiles(Tiles(shape.Rows, runs), stepDepth) * stepDepth;
        runs = Tiles(shape.Rows, run);
        DeviceSpan partials = scratch.Take("partial products", (long)runs * shape.Depth * shape.Columns);
        Delegate kernel = (Precision, isTall) switch
        {
            (Precision.BFloat16, true) => WeightGradientKernels.WeightGradientKernel<BFloat16Arithmetic, TallTile>,
            (Precision.BFloat16, false) => WeightGradientKernels.WeightGradientKernel<BFloat16Arithmetic, SquareTile>,
            (Precision.TensorFloat32, true) => WeightGradientKernels.WeightGradientKernel<TensorFloat32Arithmetic, TallTile>,
            (Precision.TensorFloat32, false) => WeightGradientKernels.WeightGradientKernel<TensorFloat32Arithmetic, SquareTile>,
            _ => WeightGradientKernels.WeightGradientKernel<Float32Arithmetic, SquareTile>,
        };
        Launch(
            kernel, (rowTiles, columnTiles, runs), Stage.Threads, Stage.SharedBytes(warpRows), (long)x, (long)dy, partials, KernelArgument.Of(shape), run);
        Launch(
            OperandKernels.MergeGradientKernel, (Tiles(columns, OperandKernels.Tile), Tiles(channels, OperandKernels.Tile), taps), OperandKernels.Threads, 0,
            partials, target, runs, channels, shape.Channels.Value, columns, shape.Columns, taps, transpose ? 1 : 0, accumulate ? 1 : 0);
    }

    /// <summary>A product of plain matrices as a convolution of images of one pixel.</summary>
    private static ConvolutionShape PlainProduct(int rows, int columns, int depth) => new()
    {
        Rows = rows, Columns = columns, Depth = depth, SourceHeight = 1, SourceWidth = 1, Step = 1, Offset = 0, Stretch = 1,
        Image = new Divisor(1), Width = new Divisor(1), Channels = new Divisor(depth), KernelWidth = new Divisor(1),
    };

    /// <summary>Whether a tile is 256 x 64: not in float32, where the registers of its twice as many gathered rows would spill.</summary>
    private bool IsTall(int columns) => columns <= 64 && Precision != Precision.Float32;

    private static int Tiles(int length, int tile) => (int)(((long)length + tile - 1) / tile);
}
