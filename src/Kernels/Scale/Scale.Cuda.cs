using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    private protected override void ScaleCore(Tensor x, float factor, Tensor y)
    {
        Packing packing = Packing.Of(x.Count, [x, y]);
        long packs = x.Count / packing.Width;
        Launch(
            packing.Choose(ScaleKernel<Float32x1>, ScaleKernel<Float32x4>, ScaleKernel<BFloat16x1>, ScaleKernel<BFloat16x8>),
            ElementBlocks(packs), ElementThreads, 0, packing.View(x), KernelArgument.Address(y), factor, packs);
    }

    /// <summary>A thread per pack.</summary>
    private static void ScaleKernel<TPack>(ArrayView<TPack> x, PackTarget<TPack> y, float factor, long packs)
        where TPack : unmanaged, IPack<TPack>
    {
        long i = ElementIndex();
        if (i < packs) y[i] = TPack.ToLanes(x[i]) * factor;
    }
}
