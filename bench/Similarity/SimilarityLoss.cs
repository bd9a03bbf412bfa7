using NegSamples.Kernels;

namespace NegSamples.Similarity;

/// <summary>One method of computing the loss and the gradients, with the memory that it needs beside inputs and outputs.</summary>
internal abstract class SimilarityLoss(SimilarityTensors tensors) : IDisposable
{
    /// <summary>Bytes of the method's own tensors.</summary>
    public long Bytes => Arena?.Used ?? 0;

    protected SimilarityTensors Tensors { get; } = tensors;

    protected Arena? Arena { get; init; }

    public static SimilarityLoss Create(SimilarityMethod method, SimilarityTensors tensors) =>
        method == SimilarityMethod.Materialised ? new MaterialisedLoss(tensors) : tensors.Shape.Ranks > 1 ? new SharedLoss(tensors) : new StreamingLoss(tensors);

    /// <summary>The losses.</summary>
    public abstract void Forward();

    /// <summary>The losses and the form's gradients.</summary>
    public abstract void ForwardBackward();

    public void Dispose() => Arena?.Dispose();
}
