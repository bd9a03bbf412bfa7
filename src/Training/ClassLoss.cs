using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>The loss of the supervised baseline: softmax cross-entropy of a batch's logits, and its gradient.</summary>
internal sealed class ClassLoss : IStepLoss, IDisposable
{
    private readonly Ops ops;
    private readonly Arena arena;
    private readonly Tensor loss, dlogits, labels;
    private readonly float[] losses;
    private readonly int ranks;

    /// <summary>Takes the memory for the losses, the labels and the gradient.</summary>
    /// <param name="ops">The device with its ranks.</param>
    /// <param name="settings">The batch and the classes.</param>
    public ClassLoss(Ops ops, TrainingSettings settings)
    {
        this.ops = ops;
        ranks = ops.Collective.Size;
        int samples = RankShare.Of(settings, ops.Collective).Samples, classes = settings.Encoder.EmbeddingDimension;
        arena = ops.CreateArena(
            "loss", Arena.BytesFor(ElementType.Float32, (long)samples * classes) + Arena.BytesFor(ElementType.Float32, samples) + Arena.BytesFor(ElementType.Int32, samples));
        dlogits = arena.Take(samples, classes);
        loss = arena.Take(samples);
        labels = arena.Take(ElementType.Int32, samples);
        losses = new float[samples];
    }

    /// <summary>The mean loss and its gradient; of several ranks this one's part of them: over the ranks they add up.</summary>
    /// <param name="logits">[N, C].</param>
    /// <param name="labelsOfSamples">[N].</param>
    /// <returns>Its dz is valid until the next call.</returns>
    public BatchLossResult Compute(Tensor logits, ReadOnlySpan<int> labelsOfSamples)
    {
        Put(labelsOfSamples);
        Ask(logits);
        ops.Download<float>(loss, losses);
        return new BatchLossResult(MeanOf(losses), dlogits, 0);
    }

    RowLoss? IStepLoss.Formula => null;

    /// <inheritdoc/>
    public Tensor Losses => loss;

    /// <inheritdoc/>
    public void Put(ReadOnlySpan<int> labelsOfSamples) => ops.Upload(labelsOfSamples, labels);

    /// <inheritdoc/>
    public Tensor Launch(Tensor z, long step, float temperature, float bias, in LossSlopes slopes)
    {
        Ask(z);
        return dlogits;
    }

    /// <inheritdoc/>
    public double MeanOf(ReadOnlySpan<float> losses)
    {
        double sum = 0;
        foreach (float value in losses) sum += value;
        return sum / losses.Length / ranks;
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();

    private void Ask(Tensor logits)
    {
        ops.SoftmaxCrossEntropy(logits, labels, loss, dlogits);
        if (ranks > 1) ops.Scale(dlogits, 1f / ranks, dlogits);
    }
}
