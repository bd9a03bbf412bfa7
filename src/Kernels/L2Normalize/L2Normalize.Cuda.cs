using ILGPU;
using ILGPU.Algorithms;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    /// <inheritdoc/>
    private protected override void L2NormalizeForwardCore(Tensor x, Tensor y, Tensor scale)
    {
        // Packs of 4 of either type: 4 floats of y are 16 bytes.
        Packing packing = Packing.Of(x.Columns, [x], widest: 4);
        if (!Packing.Aligned([y])) packing = packing with { Width = 1 };
        Launch(
            packing.Choose(
                L2NormalizeForwardKernel<Float32x1>, L2NormalizeForwardKernel<Float32x4>, L2NormalizeForwardKernel<BFloat16x1>,
                L2NormalizeForwardKernel<BFloat16x4>),
            RowLaunch.Blocks(x.Rows), RowLaunch.Threads, 0, packing.View(x), y, scale, x.Rows, x.Columns / packing.Width);
    }

    /// <inheritdoc/>
    private protected override void L2NormalizeBackwardCore(Tensor dy, Tensor y, Tensor scale, Tensor dx)
    {
        Packing packing = Packing.Of(dx.Columns, [dx], widest: 4);
        if (!Packing.Aligned([dy, y])) packing = packing with { Width = 1 };
        Launch(
            packing.Choose(
                L2NormalizeBackwardKernel<Float32x1>, L2NormalizeBackwardKernel<Float32x4>, L2NormalizeBackwardKernel<BFloat16x1>,
                L2NormalizeBackwardKernel<BFloat16x4>),
            RowLaunch.Blocks(dx.Rows), RowLaunch.Threads, 0, dy, y, scale, KernelArgument.Address(dx), dx.Rows, dx.Columns / packing.Width);
    }

    /// <summary>A warp per row, whose lanes stride over its packs.</summary>
    [LaunchBounds(RowLaunch.Threads)]
    private static void L2NormalizeForwardKernel<TPack>(ArrayView<TPack> x, ArrayView<float> y, ArrayView<float> scale, int rows, int packs)
        where TPack : unmanaged, IPack<TPack>
    {
        int row = RowLaunch.Row(), lane = Group.IdxX % 32;
        if (row >= rows) return; // The whole warp leaves together.
        long start = (long)row * packs;
        float squares = 0;
        for (int i = lane; i < packs; i += 32)
        {
            Lanes value = TPack.ToLanes(x[start + i]);
            squares += (value * value).Sum;
        }

        float inverse = 1f / XMath.Max(XMath.Sqrt(WarpReduction.Sum(squares)), L2NormalizeFloor);
        for (int i = lane; i < packs; i += 32) (TPack.ToLanes(x[start + i]) * inverse).Store(y, start + i, TPack.Width);
        if (lane == 0) scale[row] = inverse;
    }

    /// <summary>A warp per row, whose lanes stride over its packs.</summary>
    [LaunchBounds(RowLaunch.Threads)]
    private static void L2NormalizeBackwardKernel<TPack>(
        ArrayView<float> dy, ArrayView<float> y, ArrayView<float> scale, PackTarget<TPack> dx, int rows, int packs)
        where TPack : unmanaged, IPack<TPack>
    {
        int row = RowLaunch.Row(), lane = Group.IdxX % 32;
        if (row >= rows) return;
        long start = (long)row * packs;
        float factor = scale[row], along = 0;
        for (int i = lane; i < packs; i += 32) along += (Lanes.Load(dy, start + i, TPack.Width) * Lanes.Load(y, start + i, TPack.Width)).Sum;
        along = WarpReduction.Sum(along);
        bool hasDirection = !(factor >= 1f / L2NormalizeFloor);
        for (int i = lane; i < packs; i += 32)
        {
            Lanes gradient = default;
            if (hasDirection) gradient = (Lanes.Load(dy, start + i, TPack.Width) - (Lanes.Load(y, start + i, TPack.Width) * along)) * factor;
            dx[start + i] = gradient;
        }
    }
}
