namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Softmax cross-entropy: <c>loss[i] = ln Σ_c exp(x[i,c]) − x[i, label[i]]</c>, with the row maximum taken off before the exponentials.</summary>
    /// <param name="x">Logits, [N, C].</param>
    /// <param name="labels">int32 [N], each 0 to C−1.</param>
    /// <param name="loss">Receives the loss per row, [N].</param>
    /// <param name="dx">Receives the gradient of the mean loss, <c>(softmax(x[i])[c] − [c = label[i]]) / N</c>, [N, C]; may be x itself; or no tensor.</param>
    /// <remarks>
    /// The gradient costs no further pass over memory. A GPU reads the labels back to check them, so the call waits for what was asked before.
    /// </remarks>
    /// <exception cref="ArgumentException">A shape does not fit, or a label is out of range.</exception>
    public void SoftmaxCrossEntropy(Tensor x, Tensor labels, Tensor loss, Tensor dx)
    {
        CheckOperands([x, labels], [loss, dx], inPlace: [x]);
        Check.Rank(x, 2);
        Check.Type(x, ElementType.Float32);
        Check.Type(labels, ElementType.Int32);
        if (labels.Count != x[0]) throw new ArgumentException($"labels has {Counted.Of(labels.Count, "element")}; expected {x[0]}.", nameof(labels));
        Check.Count(loss, x[0]);
        if (!dx.IsNone) Check.SameShape(x, dx);
        if (x[0] > 0) SoftmaxCrossEntropyCore(x, labels, loss, dx);
    }

    /// <summary>The device's part of <see cref="SoftmaxCrossEntropy"/>.</summary>
    private protected abstract void SoftmaxCrossEntropyCore(Tensor x, Tensor labels, Tensor loss, Tensor dx);
}
