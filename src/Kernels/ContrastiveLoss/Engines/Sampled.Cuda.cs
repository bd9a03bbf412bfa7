using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;

namespace NegSamples.Kernels;

// K drawn negatives: all products in float32, of which one bit per query and key says what counts; some queries at a time, so that the bits stay small.
public sealed partial class CudaOps
{
    internal const long DefaultBytesOfDrawnNegatives = 32L << 20;

    /// <summary>Bytes that the bits of a pass may take; tests take fewer.</summary>
    internal long BytesOfDrawnNegatives { get; set; } = DefaultBytesOfDrawnNegatives;

    private int QueriesPerPass(in ContrastiveBatch batch) => batch.Sample.Draws
        ? (int)Math.Max(PlainPairs.TileRows,
            BytesOfDrawnNegatives / ((long)NegativeDraw.Words(batch.AllKeys) * sizeof(uint)) / PlainPairs.TileRows * PlainPairs.TileRows)
        : batch.Queries[0];

    private DeviceSpan DrawNegatives(in ContrastiveBatch some, int first, in PairSide querySide, in PairSide keySide, LabelRule labels)
    {
        int count = some.Queries[0], keys = some.AllKeys;
        DeviceSpan bits = scratch.Take("sampled negatives", (long)count * NegativeDraw.Words(keys));
        Launch(
            ContrastiveRows.DrawKernel, Tiling.Blocks(count, 64), 64, 0, bits, KernelArgument.Of(querySide), KernelArgument.Of(keySide), (int)labels, some.Sample.FirstQuery + first,
            count,
            keys,
            some.Sample.Negatives, some.Sample.Seed, some.Sample.Step - BegunStep.FirstDraw, NumbersOfStep);
        return bits;
    }
}
