namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Max pooling: every output is the greatest value of its window; padding never wins. Of equal values the first in row order wins.</summary>
    /// <param name="x">[N, H, W, C].</param>
    /// <param name="y">Receives [N, P, Q, C], P and Q by <see cref="OutputLength"/>.</param>
    /// <param name="winner">Receives, per output, the pixel h·W + w that won; int32 [N, P, Q, C]; <see cref="MaxPoolBackward"/> reads it.</param>
    /// <param name="kernel">The window's side, above padding.</param>
    /// <param name="stride">The window's step.</param>
    /// <param name="padding">Padding on each side, at most kernel/2.</param>
    /// <remarks>Reads x once and writes y and 4 bytes per output.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void MaxPoolForward(Tensor x, Tensor y, Tensor winner, int kernel, int stride, int padding)
    {
        CheckOperands([x], [y, winner]);
        CheckMaxPool(x, y, winner, kernel, stride, padding, nameof(x), nameof(y));
        if (y.Count > 0) MaxPoolForwardCore(x, y, winner, kernel, stride, padding);
    }

    /// <summary>Gradient of <see cref="MaxPoolForward"/>: dx receives, per pixel, the sum of dy over the windows that it won.</summary>
    /// <param name="dy">[N, P, Q, C].</param>
    /// <param name="winner">As the forward pass left it.</param>
    /// <param name="dx">Receives [N, H, W, C]; overwritten.</param>
    /// <param name="kernel">As in the forward pass.</param>
    /// <param name="stride">As in the forward pass.</param>
    /// <param name="padding">As in the forward pass.</param>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void MaxPoolBackward(Tensor dy, Tensor winner, Tensor dx, int kernel, int stride, int padding)
    {
        CheckOperands([dy, winner], [dx]);
        CheckMaxPool(dx, dy, winner, kernel, stride, padding, nameof(dx), nameof(dy));
        if (dx.Count > 0) MaxPoolBackwardCore(dy, winner, dx, kernel, stride, padding);
    }

    /// <summary>The device's part of <see cref="MaxPoolForward"/>.</summary>
    private protected abstract void MaxPoolForwardCore(Tensor x, Tensor y, Tensor winner, int kernel, int stride, int padding);

    /// <summary>The device's part of <see cref="MaxPoolBackward"/>.</summary>
    private protected abstract void MaxPoolBackwardCore(Tensor dy, Tensor winner, Tensor dx, int kernel, int stride, int padding);

    private static void CheckMaxPool(Tensor x, Tensor y, Tensor winner, int kernel, int stride, int padding, string xName, string yName)
    {
        Check.Rank(x, 4, xName);
        Check.Activation(x, xName);
        if (kernel < 1) throw new ArgumentOutOfRangeException(nameof(kernel), $"kernel is {kernel}; expected at least 1.");
        if (stride < 1) throw new ArgumentOutOfRangeException(nameof(stride), $"stride is {stride}; expected at least 1.");
        if (padding < 0 || padding > kernel / 2)
            throw new ArgumentOutOfRangeException(nameof(padding), $"padding is {padding}; expected 0 to {kernel / 2}, half the kernel.");
        if (x[1] == 0 || x[2] == 0 || x[1] + (2 * padding) < kernel || x[2] + (2 * padding) < kernel)
            throw new ArgumentException($"{xName} is {x.ShapeText}; with padding {padding} it is smaller than the window of {kernel} x {kernel}.", xName);
        Check.Shape(y, [x[0], OutputLength(x[1], kernel, stride, padding), OutputLength(x[2], kernel, stride, padding), x[3]], x.Type, yName);
        CheckWinner(y, winner);
    }

    private static void CheckWinner(Tensor y, Tensor winner)
    {
        Check.Type(winner, ElementType.Int32);
        if (winner.Count != y.Count) throw new ArgumentException($"winner is {winner.ShapeText}; expected {y.ShapeText}.", nameof(winner));
    }
}
