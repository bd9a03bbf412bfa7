using System.Runtime.CompilerServices;

namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Added to the variance under the root; PyTorch's default.</summary>
    public const float BatchNormEpsilon = 1e-5f;

    /// <summary>Weight of the new batch in the running statistics; PyTorch's default.</summary>
    public const float BatchNormMomentum = 0.1f;

    /// <summary>Batch normalisation with the batch's own statistics, with the residual sum and ReLU that follow it in a residual network:
    /// <c>y = act(γ·(x − μ)/√(σ² + ε) + β + residual)</c> for each channel, μ and σ² (biased) over all rows, those of all ranks (<see cref="Collective"/>) among
    /// them.</summary>
    /// <param name="x">[..., C]: R rows of C channels, R at least 2.</param>
    /// <param name="gamma">[C].</param>
    /// <param name="beta">[C].</param>
    /// <param name="runningMean">Becomes 0.9·itself + 0.1·μ, [C].</param>
    /// <param name="runningVariance">Becomes 0.9·itself + 0.1·σ²·R/(R−1) (unbiased), [C].</param>
    /// <param name="mean">Receives μ, [C]; <see cref="BatchNormBackward"/> reads it.</param>
    /// <param name="inverseDeviation">Receives 1/√(σ² + ε), [C]; <see cref="BatchNormBackward"/> reads it.</param>
    /// <param name="residual">Added before the activation, shaped as x; or no tensor.</param>
    /// <param name="relu">Whether act is ReLU; otherwise it is the identity.</param>
    /// <param name="y">Receives the result, shaped as x; may be x or the residual itself, except where backward needs x.</param>
    /// <param name="columnStatistics">
    /// What the convolution that wrote x has left (<see cref="Conv2dForward"/>), [⌈R/64⌉, 2, C]; or no tensor, and x is read for them. A device may read x
    /// even so.
    /// </param>
    /// <remarks>Reads x twice, or once with statistics of its columns (as mean and squared distances to it, so no cancellation), the residual once, and writes y once.
    /// Source: Ioffe and Szegedy 2015, arXiv:1502.03167, algorithm 1.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit, or there is one row only: its variance says nothing.</exception>
    public void BatchNormForward(
        Tensor x, Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance, Tensor mean, Tensor inverseDeviation, Tensor residual, bool relu,
        Tensor y,
        Tensor columnStatistics = default)
    {
        CheckOperands([x, gamma, beta, residual, columnStatistics], [runningMean, runningVariance, mean, inverseDeviation, y], inPlace: [x, residual]);
        Check.Activation(x);
        Check.SameShape(x, y);
        if (!residual.IsNone) Check.SameShape(x, residual);
        CheckChannels(x, [gamma, beta, runningMean, runningVariance, mean, inverseDeviation]);
        if (x.Rows * (long)Collective.Size < 2) throw new ArgumentException($"x is {x.ShapeText}; batch normalisation in training needs at least 2 rows per channel.", nameof(x));
        if (!columnStatistics.IsNone) CheckColumnStatistics(columnStatistics, x);
        if (x.Count > 0) BatchNormForwardCore(x, gamma, beta, runningMean, runningVariance, mean, inverseDeviation, residual, relu, y, columnStatistics);
    }

    /// <summary>Batch normalisation with the running statistics: <c>y = act(γ·(x − runningMean)/√(runningVariance + ε) + β + residual)</c>.</summary>
    /// <param name="x">[..., C].</param>
    /// <param name="gamma">[C].</param>
    /// <param name="beta">[C].</param>
    /// <param name="runningMean">[C].</param>
    /// <param name="runningVariance">[C].</param>
    /// <param name="residual">Added before the activation, shaped as x; or no tensor.</param>
    /// <param name="relu">Whether act is ReLU.</param>
    /// <param name="y">Receives the result, shaped as x; may be x itself.</param>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void BatchNormInference(Tensor x, Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance, Tensor residual, bool relu, Tensor y)
    {
        CheckOperands([x, gamma, beta, runningMean, runningVariance, residual], [y], inPlace: [x]);
        Check.Activation(x);
        Check.SameShape(x, y);
        if (!residual.IsNone) Check.SameShape(x, residual);
        CheckChannels(x, [gamma, beta, runningMean, runningVariance]);
        if (x.Count > 0) BatchNormInferenceCore(x, gamma, beta, runningMean, runningVariance, residual, relu, y);
    }

    /// <summary>Gradients of <see cref="BatchNormForward"/>. With g = dy where y &gt; 0 or there is no ReLU, else 0, and x̂ = (x − μ)·inverseDeviation:
    /// <c>dβ += Σ g</c>, <c>dγ += Σ g·x̂</c>, <c>dx = γ·inverseDeviation·(g − Σg/R − x̂·Σ(g·x̂)/R)</c>, <c>dresidual = g</c>. Over several ranks dx has the sums
    /// and R of all of them; dβ and dγ are of the own rows alone, for the gradients of the parameters are summed over the ranks once, at the end.</summary>
    /// <param name="dy">[..., C].</param>
    /// <param name="x">The input of the forward pass.</param>
    /// <param name="y">The output of the forward pass; read only when <paramref name="relu"/>, otherwise it may be no tensor.</param>
    /// <param name="gamma">[C].</param>
    /// <param name="mean">As the forward pass left it, [C].</param>
    /// <param name="inverseDeviation">As the forward pass left it, [C].</param>
    /// <param name="relu">As in the forward pass.</param>
    /// <param name="dgamma">Is added to, [C].</param>
    /// <param name="dbeta">Is added to, [C].</param>
    /// <param name="dx">Receives the gradient, shaped as x; may be dy itself.</param>
    /// <param name="dresidual">Receives g, shaped as x; no tensor when there was no residual. May be dy itself when dx is not.</param>
    /// <remarks>Reads dy, x and, with ReLU, y twice (sums, then the gradients) and writes dx and dresidual once.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void BatchNormBackward(
        Tensor dy, Tensor x, Tensor y, Tensor gamma, Tensor mean, Tensor inverseDeviation, bool relu, Tensor dgamma, Tensor dbeta, Tensor dx, Tensor dresidual)
    {
        CheckOperands([dy, x, y, gamma, mean, inverseDeviation], [dgamma, dbeta, dx, dresidual], inPlace: [dy]);
        Check.Activation(x);
        Check.SameShape(x, dy);
        Check.SameShape(x, dx);
        if (relu || !y.IsNone) Check.SameShape(x, y);
        if (!dresidual.IsNone) Check.SameShape(x, dresidual);
        CheckChannels(x, [gamma, mean, inverseDeviation, dgamma, dbeta]);
        if (x.Count > 0) BatchNormBackwardCore(dy, x, y, gamma, mean, inverseDeviation, relu, dgamma, dbeta, dx, dresidual);
    }

    /// <summary>The device's part of <see cref="BatchNormForward"/>.</summary>
    private protected abstract void BatchNormForwardCore(
        Tensor x, Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance, Tensor mean, Tensor inverseDeviation, Tensor residual, bool relu,
        Tensor y,
        Tensor columnStatistics);

    /// <summary>The device's part of <see cref="BatchNormInference"/>.</summary>
    private protected abstract void BatchNormInferenceCore(
        Tensor x, Tensor gamma, Tensor beta, Tensor runningMean, Tensor runningVariance, Tensor residual, bool relu, Tensor y);

    /// <summary>The device's part of <see cref="BatchNormBackward"/>.</summary>
    private protected abstract void BatchNormBackwardCore(
        Tensor dy, Tensor x, Tensor y, Tensor gamma, Tensor mean, Tensor inverseDeviation, bool relu, Tensor dgamma, Tensor dbeta, Tensor dx, Tensor dresidual);

    private static void CheckChannels(Tensor x, ReadOnlySpan<Tensor> vectors, [CallerArgumentExpression(nameof(vectors))] string names = "")
    {
        for (int i = 0; i < vectors.Length; i++)
        {
            // The name is cut out of the text only where it is needed: a training step allocates nothing.
            if (vectors[i].IsNone || vectors[i].Type != ElementType.Float32 || vectors[i].Count != x.Columns) Check.Count(vectors[i], x.Columns, NameAt(names, i));
        }
    }
}
