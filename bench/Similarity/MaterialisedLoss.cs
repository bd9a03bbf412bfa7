using System.Numerics.Tensors;
using NegSamples.Kernels;
using Tensor = NegSamples.Kernels.Tensor;

namespace NegSamples.Similarity;

/// <summary>The form that people write: one matrix of logits, a softmax cross-entropy over it, and a matrix product for each gradient.</summary>
/// <remarks>
/// <c>S = (q/T)·kᵀ</c>, <c>G = (softmax(S) − onehot)/N</c>, <c>dq = G·k/T</c>, <c>dk = Gᵀ·(q/T)</c>; NT-Xent: <c>S_ii = −∞</c>, <c>dz = (G·z + Gᵀ·z)/T</c>; a queue: the
/// positive's logit is column 0 of [N, 1 + K]. G takes S's place, so the N·K floats are held once, where frameworks with automatic gradients hold
/// them two or three times. Scaling and masking are loops over N rows of host memory.
/// </remarks>
internal sealed class MaterialisedLoss : SimilarityLoss
{
    private readonly Tensor logits, scaled, targets, keys;

    public MaterialisedLoss(SimilarityTensors tensors)
        : base(tensors)
    {
        SimilarityShape shape = tensors.Shape;
        bool isQueue = shape.Form == SimilarityForm.Queue;
        keys = isQueue ? tensors.StackedKeys : tensors.Batch.Keys;
        long floats = Arena.BytesFor(ElementType.Float32, (long)shape.Rows * keys.Rows) + Arena.BytesFor(ElementType.Float32, tensors.Batch.Queries.Count);
        Arena = tensors.Ops.CreateArena("logits", floats + (isQueue ? Arena.BytesFor(ElementType.Int32, shape.Rows) : 0));
        (logits, scaled) = (Arena.Take(shape.Rows, keys.Rows), Arena.Take(shape.Rows, shape.Dimension));
        targets = isQueue ? Arena.Take(ElementType.Int32, shape.Rows) : tensors.Batch.PositiveKeys;
    }

    public override void Forward() => Softmax(default);

    public override void ForwardBackward()
    {
        Ops ops = Tensors.Ops;
        Softmax(logits);
        Tensor dq = Tensors.QueryGradient;
        ops.MatMul(logits, keys, dq);
        if (Tensors.Shape.Form == SimilarityForm.NtXent) ops.MatMul(logits, keys, dq, transposeA: true, accumulate: true);
        if (Tensors.Shape.Form == SimilarityForm.Generic) ops.MatMul(logits, scaled, Tensors.KeyGradient, transposeA: true);
        if (Tensors.Shape.Form == SimilarityForm.Queue)
        {
            for (int i = 0; i < dq.Rows; i++) TensorPrimitives.MultiplyAdd(Tensors.Batch.Positives.Row(i), logits.Slice(i, 1).Floats[0], dq.Row(i), dq.Row(i));
        }

        TensorPrimitives.Multiply(dq.Floats, 1 / Tensors.Settings.Temperature, dq.Floats);
    }

    private void Softmax(Tensor gradient)
    {
        TensorPrimitives.Multiply(Tensors.Batch.Queries.Floats, 1 / Tensors.Settings.Temperature, scaled.Floats);
        Tensors.Ops.MatMul(scaled, keys, logits, transposeB: true);
        if (Tensors.Shape.Form == SimilarityForm.NtXent)
        {
            // A row's own slice, because all N·K floats are more than a span can hold.
            for (int i = 0; i < logits.Rows; i++) logits.Slice(i, 1).Floats[i] = float.NegativeInfinity;
        }
        else if (Tensors.Shape.Form == SimilarityForm.Queue)
        {
            for (int i = 0; i < logits.Rows; i++) logits.Slice(i, 1).Floats[0] = TensorPrimitives.Dot<float>(scaled.Row(i), Tensors.Batch.Positives.Row(i));
        }

        Tensors.Ops.SoftmaxCrossEntropy(logits, targets, Tensors.Loss, gradient);
    }
}
