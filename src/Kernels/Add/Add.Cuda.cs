using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void AddCore(Tensor a, Tensor b, Tensor y)
    {
        Packing packing = Packing.Of(y.Count, [a, b, y]);
        long packs = y.Count / packing.Width;
        Launch(
            packing.Choose(AddKernel<Float32x1>, AddKernel<Float32x4>, AddKernel<BFloat16x1>, AddKernel<BFloat16x8>),
            ElementBlocks(packs), ElementThreads, 0, packing.View(a), packing.View(b), KernelArgument.Address(y), packs);
    }

    /// <summary>A thread per pack.</summary>
    private static void AddKernel<TPack>(ArrayView<TPack> a, ArrayView<TPack> b, PackTarget<TPack> y, long packs)
        where TPack : unmanaged, IPack<TPack>
    {
        long i = ElementIndex();
        if (i >= packs) return;
        TPack left = a[i], right = b[i];
        y[i] = TPack.ToLanes(left) + TPack.ToLanes(right);
    }
}
