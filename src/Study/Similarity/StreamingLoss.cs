using NegSamples.Kernels;

namespace NegSamples.Study.Similarity;

/// <summary><see cref="Ops.ContrastiveLoss"/>.</summary>
internal sealed class StreamingLoss : SimilarityLoss
{
    private readonly ContrastiveSettings settings;
    private readonly Tensor rowsAsKeys;

    public StreamingLoss(SimilarityTensors tensors)
        : base(tensors)
    {
        settings = new ContrastiveSettings(tensors.Settings.Temperature) { SpillBytes = tensors.Settings.SpillBytes };
        if (tensors.Shape.Form != SimilarityForm.NtXent) return;
        Arena = tensors.Ops.CreateArena("gradient of the rows as keys", Arena.BytesFor(ElementType.Float32, tensors.QueryGradient.Count));
        rowsAsKeys = Arena.Take(tensors.Shape.Rows, tensors.Shape.Dimension);
    }

    public override void Forward() => Tensors.Ops.ContrastiveLoss(Tensors.Batch, settings, Tensors.Loss, Tensors.LogSumExp);

    public override void ForwardBackward()
    {
        bool isSymmetric = !rowsAsKeys.IsNone;
        ContrastiveGradients gradients = new(Tensors.QueryGradient, isSymmetric ? rowsAsKeys : Tensors.KeyGradient);
        Tensors.Ops.ContrastiveLoss(Tensors.Batch, settings, Tensors.Loss, Tensors.LogSumExp, gradients);
        if (isSymmetric) Tensors.Ops.Add(Tensors.QueryGradient, rowsAsKeys, Tensors.QueryGradient);
    }
}
