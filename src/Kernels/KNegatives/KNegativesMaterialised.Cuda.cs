using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Pairs;

namespace NegSamples.Kernels;

// The form that people know, in float32: one matrix product for all dot products, a softmax per row, two more matrix products for the gradients.
public sealed partial class CudaOps
{
    private void MaterialisedForward(Tensor z, in KNegativesSettings settings, in KNegativesShape shape, in PairSide anchors, Tensor loss, Tensor logSumExp)
    {
        DeviceSpan dots = AllDots(z, shape);
        Launch(
            KNegativesMatrix.SoftmaxForwardKernel, shape.Anchors, 256, 0, dots, AllBits(settings, shape), Rows(anchors.Positive, shape), Rows(anchors.Ignored, shape), shape.Keys,
            Words(shape), PairLauncher.Scale(1, settings.Temperature), settings.Temperature, loss, logSumExp, shape.Anchors);
    }

    private void MaterialisedBackward(
        Tensor z, in KNegativesSettings settings, in KNegativesShape shape, in PairSide anchors, Tensor logSumExp, Tensor dz, DeviceSpan probabilities)
    {
        DeviceSpan dots = AllDots(z, shape);
        PairSide weighing = Weighing(settings, shape, anchors, logSumExp, common: false);
        Launch(
            KNegativesMatrix.SoftmaxBackwardKernel, shape.Anchors, 256, 0, dots, AllBits(settings, shape), Rows(anchors.Positive, shape), Rows(anchors.Ignored, shape), shape.Keys,
            Words(shape), PairLauncher.Scale(1, settings.Temperature), logSumExp, Rows(weighing.BySum, shape), probabilities);
        Tensor keys = z.Slice(shape.FirstKey, shape.Keys), dkeys = dz.Slice(shape.FirstKey, shape.Keys);
        MatrixProduct(dots, shape.Keys, 1, keys, shape.Depth, 1, dz, shape.Anchors, shape.Depth, shape.Keys, false);
        MatrixProduct(dots, 1, shape.Keys, z, shape.Depth, 1, dkeys, shape.Keys, shape.Depth, shape.Anchors, shape.FirstKey == 0);
    }

    private DeviceSpan AllDots(Tensor z, in KNegativesShape shape)
    {
        DeviceSpan dots = scratch.Take("all dot products", (long)shape.Anchors * shape.Keys);
        MatrixProduct(z, shape.Depth, 1, z.Slice(shape.FirstKey, shape.Keys), 1, shape.Depth, dots, shape.Anchors, shape.Keys, shape.Depth, false);
        return dots;
    }

    private DeviceSpan AllBits(in KNegativesSettings settings, in KNegativesShape shape) =>
        shape.Sampled == 0 ? default : DrawNegatives(settings, shape, 0, shape.Anchors);

    private static int Words(in KNegativesShape shape) => shape.Sampled == 0 ? 0 : NegativeSample.Words(shape.Keys);

    private static DeviceSpan Rows(long address, in KNegativesShape shape) => new((nint)address, shape.Anchors);

    /// <summary>c [rows, columns] = or += Σ_k a(row, k)·b(k, column), each element at its two strides.</summary>
    private void MatrixProduct(
        KernelArgument a, int aRow, int aDepth, KernelArgument b, int bDepth, int bColumn, KernelArgument c, int rows, int columns, int depth, bool accumulate) =>
        Launch(
            KNegativesMatrix.ProductKernel, ((rows + 63) / 64, (columns + 63) / 64), 256, 0, a, aRow, aDepth, b, bDepth, bColumn, c, rows, columns, depth, accumulate);
}
