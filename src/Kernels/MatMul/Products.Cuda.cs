using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <summary>An operand as panels are copied from it: rows of whole 16-byte chunks, in the type that is multiplied.</summary>
    private readonly record struct Operand(long Address, int RowChunks);

    private int BytesPerOperandElement => Precision == Precision.BFloat16 ? 2 : 4;

    private int ElementsPerChunk => 16 / BytesPerOperandElement;

    private ElementType OperandType => Precision == Precision.BFloat16 ? ElementType.BFloat16 : ElementType.Float32;

    /// <summary>The operand where it lies if it lies well, or a copy in the workspace: rounded to bfloat16, rows filled up with zeros.</summary>
    /// <param name="name">Of the place in the workspace.</param>
    /// <param name="x">Its last axis is contiguous; all before are rows.</param>
    private Operand PrepareOperand(string name, Tensor x)
    {
        int perChunk = ElementsPerChunk, columns = x.Columns, chunks = (columns + perChunk - 1) / perChunk;
        bool whole = columns % perChunk == 0;
        if (x.Type == OperandType && whole && x.DeviceAddress % 16 == 0) return new(x.DeviceAddress, chunks);
        if (Precision != Precision.BFloat16 && x.Type != ElementType.Float32)
            throw new ArgumentException($"An operand holds {x.Type}; with {Precision} it should be Float32.", nameof(x));

        DeviceSpan copy = scratch.Take(name, (long)x.Rows * chunks * perChunk, BytesPerOperandElement);
        if (x.Type == ElementType.Float32 && Precision == Precision.BFloat16 && whole && x.DeviceAddress % 16 == 0 && x.Count / 4 <= int.MaxValue - 256)
        {
            int count = (int)(x.Count / 4);
            Launch(OperandKernels.RoundKernel, (count + 255) / 256, 256, 0, x, copy, count);
        }
        else
        {
            Divisor pitch = new(chunks * perChunk);
            int rowsPerBlock = OperandKernels.RowsPerBlock(pitch.Value);
            Delegate kernel = x.Type == ElementType.BFloat16 ? OperandKernels.PadRowsKernel<BFloat16Element, BFloat16Element>
                : Precision == Precision.BFloat16 ? OperandKernels.PadRowsKernel<Float32Element, BFloat16Element>
                : OperandKernels.PadRowsKernel<Float32Element, Float32Element>;
            Launch(kernel, (x.Rows + rowsPerBlock - 1) / rowsPerBlock, OperandKernels.Threads, 0, x, copy, x.Rows, columns, KernelArgument.Of(pitch), rowsPerBlock);
        }

        return new(copy.Address, chunks);
    }

    /// <summary>
    /// Into how many parts the depth is cut, each with at least four steps, so that about 264 blocks of 128 x 128 run: two for each multiprocessor of the
    /// largest GPUs. The shape alone decides, because the order of the sums depends on it.
    /// </summary>
    private static int SplitsFor(int rows, int columns, int steps)
    {
        const int WantedBlocks = 264, LeastSteps = 4;
        long tiles = (long)TileShape.Tiles(rows, 2) * TileShape.Tiles(columns, 2);
        return (int)Math.Max(1, Math.Min(WantedBlocks / tiles, steps / LeastSteps));
    }

    /// <summary>The steps of the depth: 128 bytes each.</summary>
    private static int StepsFor(int chunks) => (chunks + 7) / 8;

    /// <summary>The shape of a launch, with the tile that suits it.</summary>
    private (ProductShape Shape, TileShape Tile, int Splits) ShapeFor(int rows, int columns, int steps, bool maySplit)
    {
        int perSplit = (steps + SplitsFor(rows, columns, steps) - 1) / SplitsFor(rows, columns, steps);
        if (!maySplit) perSplit = steps;
        int splits = perSplit == 0 ? 1 : (steps + perSplit - 1) / perSplit;
        TileShape tile = TileShape.For(rows, columns, splits, device.Multiprocessors);
        ProductShape shape = new()
        {
            Rows = rows, Columns = columns, Steps = steps, StepsPerSplit = perSplit, TilesDown = TileShape.Tiles(rows, tile.Down),
            TilesAcross = TileShape.Tiles(columns, tile.Across), Down = tile.Down, Across = tile.Across, Stages = tile.Stages,
        };
        return (shape, tile, splits);
    }

    /// <summary>Whether rows of this many elements from this address are whole 16-byte vectors.</summary>
    private static bool IsVector(long address, int columns, ElementType type) => address % 16 == 0 && columns * (long)ElementTypes.SizeOf(type) % 16 == 0;

    /// <summary>
    /// Adds the parts of a split product [splits, rows, runs · runPitch] to each other and into the target [rows, columns], whose runs of columns are
    /// the starts of the parts' runs.
    /// </summary>
    private void Merge(DeviceSpan parts, Tensor target, int rows, int columns, int run, int runPitch, int splits, bool accumulate)
    {
        int rowsPerBlock = OperandKernels.RowsPerBlock(columns);
        Delegate kernel = target.Type == ElementType.BFloat16 ? OperandKernels.MergeKernel<BFloat16Element> : OperandKernels.MergeKernel<Float32Element>;
        Launch(
            kernel, (rows + rowsPerBlock - 1) / rowsPerBlock, OperandKernels.Threads, 0, parts, target, rows, KernelArgument.Of(new Divisor(columns)),
            KernelArgument.Of(new Divisor(run)), runPitch, splits, rowsPerBlock, accumulate ? 1 : 0);
    }
}
