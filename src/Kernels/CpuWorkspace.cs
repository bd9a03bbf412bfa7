using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>Workspace that an operation of the CPU takes, from its shape: what all threads see and what each of them has. Upper bounds, close for large shapes.</summary>
/// <param name="SharedBytes">Bytes that all threads see.</param>
/// <param name="ThreadBytes">Bytes of each thread.</param>
/// <remarks>The workspace is kept from operation to operation and is that of the largest: <see cref="Or"/>.</remarks>
internal readonly record struct CpuWorkspace(long SharedBytes, long ThreadBytes)
{
    // A block of the rectangular loss: its queries, packed twice, 16 partial sums of their gradient filled up to whole panels, and what is kept of each row.
    private const long BlockFloats = 128 << 10, BlockCopies = 20, LeastBlockRows = 64;

    // What NT-Xent keeps of its rows: three copies, filled up to whole panels, and ten numbers.
    private const long RowCopies = 3, NumbersOfRow = 10;

    // Pairs that the gathered loss lists at a time, with a weight each, by query and by key.
    private const long GatheredPairs = 4 << 20, GatheredNumbers = 4;

    // Sums of a weight gradient, of all its runs: as floats of the two forms.
    private const long PartialFloats = 1 << 20, PointFloats = 2 << 20;

    private const long Panel = MicroKernel.TileColumns;

    /// <summary>Bytes of a device of so many threads.</summary>
    /// <param name="threads">Threads; 0 for one per core.</param>
    public long Bytes(int threads) => SharedBytes + (ThreadBytes * (threads == 0 ? Environment.ProcessorCount : threads));

    /// <summary>What holds either of two operations.</summary>
    /// <param name="other">The other one.</param>
    public CpuWorkspace Or(CpuWorkspace other) => new(Math.Max(SharedBytes, other.SharedBytes), Math.Max(ThreadBytes, other.ThreadBytes));

    /// <summary>A convolution with weights [outputs, kernel, kernel, inputs]: forward, both gradients, in Winograd's form or as a matrix product.</summary>
    /// <param name="outputs">Output channels.</param>
    /// <param name="kernel">Side of the kernel.</param>
    /// <param name="inputs">Input channels.</param>
    public static CpuWorkspace OfConvolution(int outputs, int kernel, int inputs)
    {
        long weights = (long)outputs * kernel * kernel * inputs, taps = (long)kernel * kernel;
        long shared = Math.Max(weights + (((kernel * kernel * (long)Math.Max(outputs, inputs)) + 4) * Panel), Math.Max(weights, Math.Min(8 * weights, PartialFloats)));

        // Of the direct form: pointers to what each pixel reads and writes, its sums of one panel, a row of the taps that are gathered.
        long gathered = Math.Max(inputs % 2 != 0 || inputs < Panel ? taps * inputs : 0, outputs % 2 != 0 ? taps * outputs : 0);
        long ofThread = ((ConvolutionInput.PixelsPerChunk + MicroKernel.TileRows) * ((2 * (taps + 1)) + Panel + gathered)) + (2 * gathered) + (8 * Panel)
            + Math.Max(outputs, inputs);

        // The weight gradient in bfloat16: its runs' sums are filled up to whole tiles.
        long filled = Tiling.RoundUp(taps * inputs, MicroKernel.TileRows) + (taps * MicroKernel.TileRows);
        filled *= outputs + Panel;
        shared = Math.Max(shared, Math.Max(filled, Math.Min(16 * filled, PartialFloats)));
        ofThread = Math.Max(ofThread, Math.Max(BFloat16WeightGradient.WorkerFloats, BFloat16WinogradWeights.WorkerFloats));
        if (kernel == 3)
        {
            long points = Winograd.Points * (((long)outputs * inputs) + Winograd.Gap), widest = Math.Max(outputs, inputs);
            shared = Math.Max(shared, Math.Max(points, Math.Min(8 * points, PointFloats)));
            long tiles = (widest <= 64 ? 40 : widest <= 256 ? 24 : 64) + MicroKernel.TileRows;
            ofThread = Math.Max(ofThread, Winograd.Points * ((tiles * ((long)outputs + inputs)) + 64));
            ofThread = Math.Max(
                ofThread,
                Math.Max(BFloat16WinogradConvolution.WorkerFloats(inputs, outputs), BFloat16WinogradConvolution.WorkerFloats(outputs, inputs)));
        }

        return new(shared * sizeof(float), ofThread * sizeof(float));
    }

    /// <summary>A matrix product with a right-hand side of so many columns and rows.</summary>
    /// <param name="columns">Its columns.</param>
    /// <param name="depth">Its rows.</param>
    public static CpuWorkspace OfProduct(long columns, long depth) => new(
        (columns + Panel) * (depth + 1) * sizeof(float), ((128 * Math.Min(depth + 1, 512)) + BFloat16Gemm.BlockFloats) * sizeof(float));

    /// <summary>NT-Xent of all rows against all others, with its gradient.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="dimension">Their length.</param>
    public static CpuWorkspace OfSymmetricLoss(long rows, long dimension) =>
        new(((RowCopies * (dimension + Panel)) + NumbersOfRow) * (rows + Panel) * sizeof(float), 256 * 300 * sizeof(float));

    /// <summary>Any loss of all queries against all keys, with its gradients.</summary>
    /// <param name="queries">The queries.</param>
    /// <param name="keys">The keys.</param>
    /// <param name="dimension">The length of both.</param>
    /// <param name="keptBytes">Bytes of dot products that may be kept for the keys' gradient; 0 where keys have none.</param>
    public static CpuWorkspace OfLoss(long queries, long keys, long dimension, long keptBytes) => new(
        Math.Min(keptBytes, queries * (keys + Panel) * sizeof(float))
        + (BlockCopies * Math.Max(BlockFloats, LeastBlockRows * (dimension + Panel)) * sizeof(float)) + (keys * sizeof(float)),
        256 * (dimension + Panel + 300) * sizeof(float));

    /// <summary>A loss of few drawn negatives per query.</summary>
    /// <param name="queries">The queries.</param>
    /// <param name="keys">The keys that they are drawn from.</param>
    /// <param name="negatives">How many of them each query has.</param>
    public static CpuWorkspace OfDrawnLoss(long queries, long keys, long negatives) => new(
        ((GatheredNumbers * Math.Min(queries * negatives, Math.Max(GatheredPairs, 64 * negatives))) + (2 * (keys + queries + 1))) * sizeof(float),
        2 * (keys + Panel) * sizeof(float));
}
