using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>What stands behind the encoder: from its features to the rows that the loss is taken of.</summary>
internal abstract class Head
{
    /// <summary>The rows of the last forward pass before they were scaled to unit length, [n, D].</summary>
    public Tensor Embedding { get; protected set; }

    /// <summary>Features [n, F] to what the loss reads in training, or to unit rows in inference, float32 [n, D].</summary>
    public abstract Tensor Forward(Tensor features, bool training);

    /// <summary>Names the operations of inference: to unit rows, or of a classifier to logits.</summary>
    public abstract string Trace(INetworkTrace trace, string features);

    /// <summary>The gradient of what <see cref="Forward"/> gave in training, [n, D], to that of the features.</summary>
    public abstract Tensor Backward(Tensor dz);
}
