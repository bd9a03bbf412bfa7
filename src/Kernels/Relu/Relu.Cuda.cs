using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void ReluForwardCore(Tensor x, Tensor y)
    {
        Packing packing = Packing.Of(x.Count, [x, y]);
        long packs = x.Count / packing.Width;
        Launch(
            packing.Choose(ReluForwardKernel<Float32x1>, ReluForwardKernel<Float32x4>, ReluForwardKernel<BFloat16x1>, ReluForwardKernel<BFloat16x8>),
            ElementBlocks(packs), ElementThreads, 0, packing.View(x), KernelArgument.Address(y), packs);
    }

    /// <inheritdoc/>
    protected override void ReluBackwardCore(Tensor dy, Tensor y, Tensor dx)
    {
        Packing packing = Packing.Of(y.Count, [dy, y, dx]);
        long packs = y.Count / packing.Width;
        Launch(
            packing.Choose(ReluBackwardKernel<Float32x1>, ReluBackwardKernel<Float32x4>, ReluBackwardKernel<BFloat16x1>, ReluBackwardKernel<BFloat16x8>),
            ElementBlocks(packs), ElementThreads, 0, packing.View(dy), packing.View(y), KernelArgument.Address(dx), packs);
    }

    /// <summary>A thread per pack.</summary>
    private static void ReluForwardKernel<TPack>(ArrayView<TPack> x, PackTarget<TPack> y, long packs)
        where TPack : unmanaged, IPack<TPack>
    {
        long i = ElementIndex();
        if (i < packs) y[i] = TPack.ToLanes(x[i]).Rectified();
    }

    /// <summary>A thread per pack.</summary>
    private static void ReluBackwardKernel<TPack>(ArrayView<TPack> dy, ArrayView<TPack> y, PackTarget<TPack> dx, long packs)
        where TPack : unmanaged, IPack<TPack>
    {
        long i = ElementIndex();
        if (i >= packs) return;
        TPack gradient = dy[i], output = y[i];
        dx[i] = TPack.ToLanes(gradient).Where(TPack.ToLanes(output));
    }
}
