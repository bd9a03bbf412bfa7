using NegSamples.Kernels;

namespace NegSamples.Similarity;

/// <summary><see cref="Ops.ContrastiveLoss"/>, and for NT-Xent <see cref="Ops.KNegativesForward"/> and its gradient, which multiply each pair of rows once.</summary>
internal sealed class StreamingLoss(SimilarityTensors tensors) : SimilarityLoss(tensors)
{
    private readonly ContrastiveSettings settings = new(tensors.Settings.Temperature) { SpillBytes = tensors.Settings.SpillBytes };
    private readonly KNegativesSettings symmetric = new(NegativeSource.BothViews, tensors.Settings.Temperature);

    private bool IsSymmetric => Tensors.Shape.Form == SimilarityForm.NtXent;

    public override void Forward()
    {
        if (IsSymmetric) Tensors.Ops.KNegativesForward(Tensors.Batch.Queries, symmetric, Tensors.Loss, Tensors.LogSumExp);
        else Tensors.Ops.ContrastiveLoss(Tensors.Batch, settings, Tensors.Loss, Tensors.LogSumExp);
    }

    public override void ForwardBackward()
    {
        if (!IsSymmetric)
        {
            Tensors.Ops.ContrastiveLoss(Tensors.Batch, settings, Tensors.Loss, Tensors.LogSumExp, new ContrastiveGradients(Tensors.QueryGradient, Tensors.KeyGradient));
            return;
        }

        Forward();
        Tensors.Ops.KNegativesBackward(Tensors.Batch.Queries, symmetric, Tensors.LogSumExp, Tensors.QueryGradient);
    }
}
