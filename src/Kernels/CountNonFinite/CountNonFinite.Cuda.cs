using System.Runtime.InteropServices;
using ILGPU;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Optimizers;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    private protected override void CountNonFiniteCore(Tensor x, ReadOnlySpan<ParameterSegment> segments, Span<int> counts)
    {
        if (segments.IsEmpty) return;
        DeviceSpan target = scratch.Take("counts of non-finite numbers", counts.Length);
        device.Clear(target.Address, counts.Length * sizeof(int));
        CountNonFinite(x, segments, target);
        device.Download(target.Address, MemoryMarshal.AsBytes(counts));
    }

    /// <summary>Adds to counts that lie on the device.</summary>
    private void CountNonFinite(Tensor x, ReadOnlySpan<ParameterSegment> segments, DeviceSpan counts)
    {
        SegmentTable table = segmentTable.Cut(segments);
        if (table.BlockCount > 0)
            Launch(CountNonFiniteKernel, table.BlockCount, SegmentTable.Threads, 0, table.Blocks, x, counts, Packing.Aligned([x]));
    }

    /// <summary>A block per run of one parameter, a thread per pack. 4 bytes per number; only a thread that found one writes.</summary>
    [LaunchBounds(SegmentTable.Threads)]
    private static void CountNonFiniteKernel(ArrayView<SegmentBlock> blocks, ArrayView<float> x, ArrayView<int> counts, int aligned)
    {
        SegmentBlock block = blocks[Grid.IdxX];
        int packs = SegmentTable.PacksOf(block, aligned != 0), own = 0;
        for (int i = Group.IdxX; i < packs; i += SegmentTable.Threads)
        {
            Lanes of = Lanes.Load(x, (block.Start / 4) + i, 4);
            own += NonFinite(of.L0) + NonFinite(of.L1) + NonFinite(of.L2) + NonFinite(of.L3);
        }

        for (int i = (4 * packs) + Group.IdxX; i < block.Length; i += SegmentTable.Threads) own += NonFinite(x[block.Start + i]);
        if (own > 0) Atomic.Add(ref counts[block.Segment], own); // A sum of integers is the same in any order.
    }
}
