using NegSamples.Kernels;

namespace NegSamples.Similarity;

/// <summary><see cref="Ops.ContrastiveLoss"/>, which multiplies each pair of rows of NT-Xent once.</summary>
internal sealed class StreamingLoss(SimilarityTensors tensors) : SimilarityLoss(tensors)
{
    private readonly ContrastiveSettings settings = new(tensors.Settings.Temperature) { SpillBytes = tensors.Settings.SpillBytes };

    public override void Forward() => Tensors.Ops.ContrastiveLoss(Tensors.Batch, settings, Tensors.Loss, Tensors.LogSumExp);

    public override void ForwardBackward() => Tensors.Ops.ContrastiveLoss(
        Tensors.Batch, settings, Tensors.Loss, Tensors.LogSumExp,
        Tensors.Shape.Form == SimilarityForm.NtXent ? ContrastiveGradients.OfRows(Tensors.QueryGradient) : new ContrastiveGradients(Tensors.QueryGradient, Tensors.KeyGradient));
}
