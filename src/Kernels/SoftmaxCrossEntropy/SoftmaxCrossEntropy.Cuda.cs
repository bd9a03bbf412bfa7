using System.Globalization;
using ILGPU;
using ILGPU.Algorithms;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels;

public sealed partial class CudaOps
{
    private int[] labelsOnHost = [];

    /// <inheritdoc/>
    private protected override void SoftmaxCrossEntropyCore(Tensor x, Tensor labels, Tensor loss, Tensor dx)
    {
        // The contract promises an error for a wrong label before anything is written; the host has to look at them.
        if (labelsOnHost.Length < x.Rows) labelsOnHost = new int[x.Rows];
        Span<int> label = labelsOnHost.AsSpan(0, x.Rows);
        Download(labels, label);
        for (int row = 0; row < label.Length; row++)
        {
            if ((uint)label[row] >= (uint)x.Columns)
                throw new ArgumentException(
                    string.Create(CultureInfo.InvariantCulture, $"labels[{row}] is {label[row]}; expected 0 to {x.Columns - 1}."), nameof(labels));
        }

        Launch(SoftmaxCrossEntropyKernel, RowLaunch.Blocks(x.Rows), RowLaunch.Threads, 0, x, labels, loss, dx, x.Rows, x.Columns, !dx.IsNone);
    }

    /// <summary>
    /// A warp per row, whose lanes stride over the logits: one pass for the maximum, one for the sum, one for the gradient, the last two from the cache.
    /// </summary>
    [LaunchBounds(RowLaunch.Threads)]
    private static void SoftmaxCrossEntropyKernel(
        ArrayView<float> x, ArrayView<int> labels, ArrayView<float> loss, ArrayView<float> dx, int rows, int columns, bool hasGradient)
    {
        int row = RowLaunch.Row(), lane = Group.IdxX % 32;
        if (row >= rows) return; // The whole warp leaves together.
        long start = (long)row * columns;
        int label = labels[row];
        float ofLabel = x[start + label], maximum = float.NegativeInfinity, sum = 0;
        for (int c = lane; c < columns; c += 32) maximum = XMath.Max(maximum, x[start + c]);
        maximum = WarpReduction.Maximum(maximum);
        for (int c = lane; c < columns; c += 32) sum += DeviceExponential.Of(x[start + c] - maximum);
        sum = WarpReduction.Sum(sum);

        // The two small terms are added, never the large logarithm of the sum taken from the large logit.
        if (lane == 0) loss[row] = XMath.Log(sum) + (maximum - ofLabel);
        if (!hasGradient) return;
        float share = 1f / (sum * rows), ofOne = 1f / rows;
        for (int c = lane; c < columns; c += 32) dx[start + c] = (DeviceExponential.Of(x[start + c] - maximum) * share) - (c == label ? ofOne : 0f);
    }
}
