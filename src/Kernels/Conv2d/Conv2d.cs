namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Rows of y whose columns make up one tile of column statistics.</summary>
    public const int ColumnStatisticsRows = 64;

    /// <summary>2-D convolution without bias (cross-correlation, as PyTorch's conv2d), NHWC:
    /// <c>y[n,p,q,o] = Σ_{r,s,c} x[n, p·stride + r − padding, q·stride + s − padding, c] · w[o,r,s,c]</c>; x counts as 0 outside the image.</summary>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="w">[O, R, S, C].</param>
    /// <param name="y">Receives [N, P, Q, O] with P = (H + 2·padding − R)/stride + 1 and Q alike.</param>
    /// <param name="stride">The step of the window, at least 1.</param>
    /// <param name="padding">Zeros around the image, at least 0.</param>
    /// <param name="columnStatistics">
    /// Receives what <see cref="BatchNormForward"/> then need not read y for, [⌈N·P·Q/64⌉, 2, O]: of every 64 rows of y, as they are stored, the sum of each
    /// column and the sum of its squared distances from the mean of those rows. No tensor where <see cref="LeavesColumnStatistics"/> says no.
    /// </param>
    /// <remarks>2·N·P·Q·O·R·S·C FLOPs (direct).</remarks>
    /// <exception cref="ArgumentException">A shape does not fit, or statistics are asked for that this convolution does not leave.</exception>
    public void Conv2dForward(Tensor x, Tensor w, Tensor y, int stride, int padding, Tensor columnStatistics = default)
    {
        CheckOperands([x, w], [y, columnStatistics]);
        CheckConv2d(x, w, y, stride, padding, nameof(x), nameof(y));
        if (!columnStatistics.IsNone)
        {
            CheckColumnStatistics(columnStatistics, y);
            if (!LeavesColumnStatistics(x, w, y))
                throw new ArgumentException(
                    $"columnStatistics is {columnStatistics}; this device leaves none for y of {y.ShapeText}.", nameof(columnStatistics));
        }

        if (x.Count > 0 && w.Count > 0)
        {
            Conv2dForwardCore(x, w, y, stride, padding, columnStatistics);
            return;
        }

        Zero(y); // Sums of no products.
        if (!columnStatistics.IsNone) Zero(columnStatistics);
    }

    /// <summary>Whether <see cref="Conv2dForward"/> can leave the statistics of y's columns: by shapes and types alone, and on a CPU always.</summary>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="w">[O, R, S, C].</param>
    /// <param name="y">[N, P, Q, O].</param>
    public virtual bool LeavesColumnStatistics(Tensor x, Tensor w, Tensor y) => true;

    /// <summary>Gradient of <see cref="Conv2dForward"/> with respect to the image: <c>dx</c> (overwritten, or added to) from <c>dy</c>.</summary>
    /// <param name="dy">[N, P, Q, O].</param>
    /// <param name="w">[O, R, S, C].</param>
    /// <param name="dx">Receives [N, H, W, C]; must not overlap dy.</param>
    /// <param name="stride">As in the forward pass.</param>
    /// <param name="padding">As in the forward pass.</param>
    /// <param name="accumulate">Whether the gradient is added to dx, for an image that two layers read.</param>
    /// <remarks>2·N·P·Q·O·R·S·C FLOPs (direct).</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void Conv2dBackwardInput(Tensor dy, Tensor w, Tensor dx, int stride, int padding, bool accumulate = false)
    {
        CheckOperands([dy, w], [dx]);
        CheckConv2d(dx, w, dy, stride, padding, nameof(dx), nameof(dy));
        if (dx.Count == 0) return;
        if (dy.Count > 0 && w.Count > 0) Conv2dBackwardInputCore(dy, w, dx, stride, padding, accumulate);
        else if (!accumulate) Zero(dx);
    }

    /// <summary>Gradient of <see cref="Conv2dForward"/> with respect to the weights: <c>dw += </c> the correlation of x and dy.</summary>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="dy">[N, P, Q, O].</param>
    /// <param name="dw">Is added to, [O, R, S, C].</param>
    /// <param name="stride">As in the forward pass.</param>
    /// <param name="padding">As in the forward pass.</param>
    /// <remarks>2·N·P·Q·O·R·S·C FLOPs (direct).</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void Conv2dBackwardWeight(Tensor x, Tensor dy, Tensor dw, int stride, int padding)
    {
        CheckOperands([x, dy], [dw]);
        CheckConv2d(x, dw, dy, stride, padding, nameof(x), nameof(dy), nameof(dw));
        if (x.Count > 0 && dy.Count > 0) Conv2dBackwardWeightCore(x, dy, dw, stride, padding);
    }

    /// <summary>The output length of a convolution or pooling along one axis.</summary>
    /// <param name="length">The image's length.</param>
    /// <param name="kernel">The window's length.</param>
    /// <param name="stride">The window's step.</param>
    /// <param name="padding">Padding on each side.</param>
    public static int OutputLength(int length, int kernel, int stride, int padding) => ((length + (2 * padding) - kernel) / stride) + 1;

    /// <summary>The device's part of <see cref="Conv2dForward"/>.</summary>
    private protected abstract void Conv2dForwardCore(Tensor x, Tensor w, Tensor y, int stride, int padding, Tensor columnStatistics);

    /// <summary>The device's part of <see cref="Conv2dBackwardInput"/>.</summary>
    private protected abstract void Conv2dBackwardInputCore(Tensor dy, Tensor w, Tensor dx, int stride, int padding, bool accumulate);

    /// <summary>The device's part of <see cref="Conv2dBackwardWeight"/>.</summary>
    private protected abstract void Conv2dBackwardWeightCore(Tensor x, Tensor dy, Tensor dw, int stride, int padding);

    private static void CheckColumnStatistics(Tensor columnStatistics, Tensor matrix) =>
        Check.Shape(columnStatistics, [Tiling.Blocks(matrix.Rows, ColumnStatisticsRows), 2, matrix.Columns]);

    private static void CheckConv2d(Tensor x, Tensor w, Tensor y, int stride, int padding, string xName, string yName, string wName = "w")
    {
        Check.Rank(x, 4, xName);
        Check.Rank(w, 4, wName);
        if (stride < 1) throw new ArgumentOutOfRangeException(nameof(stride), $"stride is {stride}; expected at least 1.");
        if (padding < 0) throw new ArgumentOutOfRangeException(nameof(padding), $"padding is {padding}; expected at least 0.");
        Check.Shape(w, [w[0], w[1], w[2], x[3]], wName);
        if (x[1] + (2 * padding) < w[1] || x[2] + (2 * padding) < w[2])
            throw new ArgumentException($"{xName} is {x.ShapeText}; with padding {padding} it is smaller than the window of {w.ShapeText}.", xName);
        Check.Activation(x, xName);
        Check.Activation(y, yName);
        Check.Shape(y, [x[0], OutputLength(x[1], w[1], stride, padding), OutputLength(x[2], w[2], stride, padding), w[0]], y.Type, yName);
    }
}
