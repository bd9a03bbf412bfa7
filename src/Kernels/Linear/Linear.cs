namespace NegSamples.Kernels;

public abstract partial class Ops
{
    /// <summary>Fully connected layer: <c>y = x · wᵀ + b</c>.</summary>
    /// <param name="x">[N, In].</param>
    /// <param name="w">[Out, In], as PyTorch stores it.</param>
    /// <param name="b">[Out], or no tensor for a layer without bias.</param>
    /// <param name="y">Receives [N, Out].</param>
    /// <remarks>2·N·In·Out FLOPs.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void LinearForward(Tensor x, Tensor w, Tensor b, Tensor y)
    {
        CheckOperands([x, w, b], [y]);
        Check.Rank(x, 2);
        Check.Activation(x);
        Check.Rank(w, 2);
        Check.Shape(w, [w[0], x[1]]);
        if (!b.IsNone) Check.Count(b, w[0]);
        Check.Activation(y);
        Check.Shape(y, [x[0], w[0]], y.Type);
        MatMul(x, w, y, transposeB: true);
        if (!b.IsNone && y.Count > 0) AddBiasCore(b, y);
    }

    /// <summary>Gradients of <see cref="LinearForward"/>: <c>dx = dy · w</c>, <c>dw += dyᵀ · x</c>, <c>db += Σ rows of dy</c>.</summary>
    /// <param name="dy">[N, Out].</param>
    /// <param name="x">The input of the forward pass, [N, In].</param>
    /// <param name="w">[Out, In].</param>
    /// <param name="dx">Receives [N, In]; no tensor where the input needs no gradient.</param>
    /// <param name="dw">Is added to, [Out, In].</param>
    /// <param name="db">Is added to, [Out]; no tensor for a layer without bias.</param>
    /// <remarks>4·N·In·Out FLOPs.</remarks>
    /// <exception cref="ArgumentException">A shape does not fit.</exception>
    public void LinearBackward(Tensor dy, Tensor x, Tensor w, Tensor dx, Tensor dw, Tensor db)
    {
        CheckOperands([dy, x, w], [dx, dw, db]);
        Check.Rank(x, 2);
        Check.Activation(x);
        Check.Rank(w, 2);
        Check.Shape(w, [w[0], x[1]]);
        Check.Activation(dy);
        Check.Shape(dy, [x[0], w[0]], dy.Type);
        Check.SameShape(w, dw);
        if (!db.IsNone) Check.Count(db, w[0]);
        if (!dx.IsNone) Check.SameShape(x, dx);
        MatMul(dy, x, dw, transposeA: true, accumulate: true);
        if (!db.IsNone && dy.Count > 0) AddBiasGradientCore(dy, db);
        if (!dx.IsNone) MatMul(dy, w, dx);
    }

    /// <summary>Adds the bias [Out] to every row of y [N, Out].</summary>
    private protected abstract void AddBiasCore(Tensor b, Tensor y);

    /// <summary>Adds the sum of the rows of dy [N, Out] to db [Out], in an order that depends on the shape alone.</summary>
    private protected abstract void AddBiasGradientCore(Tensor dy, Tensor db);
}
