using NegSamples.Kernels;

namespace NegSamples.Similarity;

/// <summary><see cref="Ops.ContrastiveLoss"/>, which multiplies each pair of rows of NT-Xent, and of two towers, once.</summary>
internal sealed class StreamingLoss(SimilarityTensors tensors) : SimilarityLoss(tensors)
{
    private readonly ContrastiveSettings settings = tensors.Settings.Loss with { SpillBytes = tensors.Settings.SpillBytes };

    public override void Forward() => Tensors.Ops.ContrastiveLoss(Tensors.Batch, settings, Tensors.Loss, Tensors.LogSumExp);

    public override void ForwardBackward() => Tensors.Ops.ContrastiveLoss(
        Tensors.Batch, settings, Tensors.Loss, Tensors.LogSumExp,
        Tensors.Shape.IsOfRows ? ContrastiveGradients.OfRows(Tensors.QueryGradient) : new ContrastiveGradients(Tensors.QueryGradient, Tensors.KeyGradient));
}
