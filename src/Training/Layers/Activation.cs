using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>Memory that a layer keeps from forward to backward, declared when the network is built and sized when a model is prepared.</summary>
public sealed class Activation
{
    private readonly ElementType type;
    private readonly bool perImage, trainingOnly;
    private readonly int[] shape;

    /// <param name="type">The element type.</param>
    /// <param name="perImage">Whether an outermost axis of images is put before the shape.</param>
    /// <param name="trainingOnly">Whether inference does without it.</param>
    /// <param name="shape">1 to 3 axes.</param>
    internal Activation(ElementType type, bool perImage, bool trainingOnly, int[] shape) =>
        (this.type, this.perImage, this.trainingOnly, this.shape) = (type, perImage, trainingOnly, shape);

    /// <summary>The whole memory; no tensor before a model is prepared.</summary>
    public Tensor Value { get; private set; }

    /// <summary>The part of the first images, [images, ...shape].</summary>
    /// <param name="images">How many.</param>
    public Tensor Of(int images) => Value.Slice(0, images);

    internal long Bytes(int images, bool training)
    {
        if (trainingOnly && !training) return 0;
        long count = perImage ? images : 1;
        foreach (int length in shape) count *= length;
        return Arena.BytesFor(type, count);
    }

    internal void Place(Arena arena, int images, bool training)
    {
        Value = default;
        if (trainingOnly && !training) return;
        Value = perImage ? arena.Take(type, [images, .. shape]) : arena.Take(type, shape);
    }
}
