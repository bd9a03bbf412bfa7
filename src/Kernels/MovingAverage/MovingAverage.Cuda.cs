using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    private protected override void MovingAverageCore(Tensor x, float weight, Tensor average)
    {
        Packing packing = Packing.Of(x.Count, [x, average]);
        long packs = x.Count / packing.Width;
        Launch(
            packing.Choose(MovingAverageKernel<Float32x1>, MovingAverageKernel<Float32x4>),
            ElementBlocks(packs), ElementThreads, 0, packing.View(x), packing.View(average), KernelArgument.Address(average), weight, packs,
            NumbersOfStep);
    }

    /// <summary>A thread per pack.</summary>
    private static void MovingAverageKernel<TPack>(ArrayView<TPack> x, ArrayView<TPack> average, PackTarget<TPack> moved, float weight, long packs,
        ArrayView<StepBlock> step)
        where TPack : unmanaged, IPack<TPack>
    {
        long i = ElementIndex();
        if (i >= packs || (step.Length > 0 && step[0].Stopped != 0)) return;
        TPack arrived = x[i], held = average[i];
        Lanes before = TPack.ToLanes(held);
        moved[i] = before + ((TPack.ToLanes(arrived) - before) * weight);
    }
}
