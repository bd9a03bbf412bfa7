using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    private protected override void CopyToRingCore(Tensor x, Tensor ring, int first)
    {
        Packing packing = Packing.Of(x.Columns, [x, ring]);
        int without = Math.Max(0, x[0] - ring[0]), packsPerRow = x.Columns / packing.Width;
        long packs = (long)(x[0] - without) * packsPerRow;
        Launch(
            packing.Choose(RingCopyKernel<Float32x1>, RingCopyKernel<Float32x4>), ElementBlocks(packs), ElementThreads, 0, packing.View(x),
            KernelArgument.Address(ring), packsPerRow, without, ring[0], first, packs, NumbersOfStep);
    }

    /// <summary>A thread per pack. No two threads write one place: rows that later ones replace are left out.</summary>
    private static void RingCopyKernel<TPack>(
        ArrayView<TPack> x, PackTarget<TPack> ring, int packsPerRow, int without, int places, int first, long packs, ArrayView<StepBlock> step)
        where TPack : unmanaged, IPack<TPack>
    {
        long i = ElementIndex();
        if (i >= packs) return;
        if (step.Length > 0)
        {
            if (step[0].Stopped != 0) return;
            first = step[0].Oldest;
        }

        long row = i / packsPerRow, from = i + ((long)without * packsPerRow), place = (first + row + without) % places;
        ring[(place * packsPerRow) + (i - (row * packsPerRow))] = TPack.ToLanes(x[from]);
    }
}
