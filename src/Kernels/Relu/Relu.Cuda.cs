using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    protected override void ReluForwardCore(Tensor x, Tensor y)
    {
        if (x.Type == ElementType.BFloat16) Launch(ReluForwardKernel<BFloat16Element>, (int)((x.Count + 255) / 256), 256, 0, x, y, (int)x.Count);
        else Launch(ReluForwardKernel<Float32Element>, (int)((x.Count + 255) / 256), 256, 0, x, y, (int)x.Count);
    }

    /// <inheritdoc/>
    protected override void ReluBackwardCore(Tensor dy, Tensor y, Tensor dx) => throw new NotSupportedException();

    private static void ReluForwardKernel<TElement>(ArrayView<TElement> x, ArrayView<TElement> y, int count)
        where TElement : unmanaged, IElement<TElement>
    {
        int i = Grid.GlobalIndex.X;
        if (i >= count) return;
        float value = TElement.ToFloat(x[i]);
        y[i] = TElement.FromFloat(value < 0 ? 0 : value); // NaN stays NaN.
    }
}
