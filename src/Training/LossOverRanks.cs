using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>The loss of one shard that lies on all ranks: own rows against everybody's.</summary>
/// <remarks>
/// The unit rows of all ranks are gathered view by view, so that they lie as on one rank, [view][sample], and a row has the number that it has there: the same
/// positives, the same drawn negatives. View by view this rank's rows are the queries; the gradients of the keys are summed up over the ranks in their order,
/// and each rank keeps those of its own rows. Each rank differentiates its part of the mean over everybody's anchors, so that nothing is averaged over ranks.
/// On the wire are V·N·D floats to and V·N·D fro; beside the activations they are few.
/// </remarks>
internal sealed class LossOverRanks : IDisposable
{
    private readonly Ops ops;
    private readonly TrainingSettings settings;
    private readonly RankShare share;
    private readonly RowLoss formula;
    private readonly int views, anchorViews, offsets;
    private readonly Arena arena;
    private readonly Tensor rows, places, sampleOfRow, ownLabels, labels, dk, dkOfCall, dq, dz, loss, logSumExp;
    private readonly int[] labelsOfRows;
    private readonly float[] losses;

    /// <summary>Takes the memory for everybody's rows and their gradients.</summary>
    /// <param name="ops">The device with its ranks.</param>
    /// <param name="settings">Which loss and which negatives; one shard, no queue.</param>
    public LossOverRanks(Ops ops, TrainingSettings settings)
    {
        (this.ops, this.settings, formula) = (ops, settings, settings.Loss.Formula);
        share = RankShare.Of(settings, ops.Collective);
        views = settings.Loss.Views;
        bool isOneWay = settings.Loss.IsOneWay, isLabelled = formula.EqualLabelsArePositives;
        anchorViews = isOneWay ? 1 : views;
        offsets = isOneWay || isLabelled ? 1 : views - 1;
        int all = views * settings.Batch.Size, own = views * share.Samples, dimension = settings.Encoder.EmbeddingDimension;
        labelsOfRows = isLabelled ? new int[own] : [];
        arena = ops.CreateArena(
            "loss over ranks", (3 * Arena.BytesFor(ElementType.Float32, (long)all * dimension)) + Arena.BytesFor(ElementType.Float32, (long)own * dimension)
            + Arena.BytesFor(ElementType.Float32, (long)share.Samples * dimension) + (2 * Arena.BytesFor(ElementType.Int32, all))
            + Arena.BytesFor(ElementType.Int32, labelsOfRows.Length) + Arena.BytesFor(ElementType.Int32, isLabelled ? all : 0)
            + Arena.BytesFor(ElementType.Float32, (long)anchorViews * offsets * share.Samples) + Arena.BytesFor(ElementType.Float32, share.Samples));
        rows = arena.Take(all, dimension);
        dk = arena.Take(all, dimension);
        dkOfCall = arena.Take(all, dimension);
        dz = arena.Take(own, dimension);
        dq = arena.Take(share.Samples, dimension);
        places = Indices(all, place => place);
        sampleOfRow = Indices(all, place => place % settings.Batch.Size);
        if (isLabelled) (ownLabels, labels) = (arena.Take(ElementType.Int32, own), arena.Take(ElementType.Int32, all));
        loss = arena.Take(anchorViews * offsets * share.Samples);
        logSumExp = arena.Take(share.Samples);
        losses = new float[loss.Count];
    }

    /// <summary>This rank's part of the mean loss, of its gradient, and of its slope along the logit scale: over the ranks they add up.</summary>
    /// <param name="z">This rank's unit rows, [V·N/P, D].</param>
    /// <param name="labelsOfSamples">The label of each of this rank's samples, for a loss that asks for them.</param>
    /// <param name="step">The step, from 0.</param>
    /// <param name="temperature">T.</param>
    /// <param name="bias">b, of a loss that has one.</param>
    /// <returns>Its dz is valid until the next call.</returns>
    public BatchLossResult Compute(Tensor z, ReadOnlySpan<int> labelsOfSamples, long step, float temperature, float bias)
    {
        GatherRows(z, labelsOfSamples);
        ContrastiveSettings of = new(temperature, formula) { Bias = bias };
        Tensor keys = anchorViews < views ? OfAll(rows, views - 1) : rows, dkOfKeys = anchorViews < views ? OfAll(dk, views - 1) : dk,
            dkOfOne = anchorViews < views ? OfAll(dkOfCall, views - 1) : dkOfCall;
        double byScale = 0, byBias = 0;
        int calls = 0;
        for (int view = 0; view < anchorViews; view++)
        {
            Tensor queries = OfOwn(z, view), slopes = OfOwn(dz, view);
            for (int offset = 1; offset <= offsets; offset++)
            {
                ContrastiveBatch batch = BatchOf(queries, keys, view, offset) with
                {
                    Sample = settings.SampleAt(step) with { FirstQuery = (view * settings.Batch.Size) + share.FirstSample },
                };
                bool isFirstOfAll = calls == 0, isFirstOfView = offset == 1;
                ContrastiveGradients gradients = new(isFirstOfView ? slopes : dq, isFirstOfAll ? dkOfKeys : dkOfOne);
                ops.ContrastiveLoss(batch, of, loss.Slice(calls * share.Samples, share.Samples), logSumExp, gradients);
                calls++;
                if (settings.Loss.LearnTemperature) byScale -= temperature * ops.ContrastiveTemperatureGradient(batch, of, gradients);
                if (settings.Loss.LearnsBias) byBias += ops.ContrastiveBiasGradient(logSumExp);

                // Means of the calls so far: of this view's, for its queries, and of all of them, for the keys.
                if (!isFirstOfView) ops.MovingAverage(dq, 1f / offset, slopes);
                if (!isFirstOfAll) ops.MovingAverage(dkOfOne, 1f / calls, dkOfKeys);
            }
        }

        JoinGradients();
        ops.Download<float>(loss, losses);
        double sum = 0;
        foreach (float value in losses) sum += value;
        return new BatchLossResult(sum / losses.Length / share.Size, dz, byScale / calls / share.Size, byBias / calls / share.Size);
    }

    /// <inheritdoc/>
    public void Dispose() => arena.Dispose();

    private void GatherRows(Tensor z, ReadOnlySpan<int> labelsOfSamples)
    {
        for (int view = 0; view < views; view++) ops.AllGather(OfOwn(z, view), OfAll(rows, view));
        if (labelsOfRows.Length == 0) return;
        for (int view = 0; view < views; view++) labelsOfSamples.CopyTo(labelsOfRows.AsSpan(view * share.Samples));
        ops.Upload<int>(labelsOfRows, ownLabels);
        for (int view = 0; view < views; view++) ops.AllGather(OfOwn(ownLabels, view), OfAll(labels, view));
    }

    private ContrastiveBatch BatchOf(Tensor queries, Tensor keys, int view, int offset)
    {
        if (anchorViews < views) return new(queries, keys) { PositiveKeys = NumbersOf(places, 0) };
        if (formula.EqualLabelsArePositives)
            return new(queries, keys) { IgnoredKeys = NumbersOf(places, view), QueryLabels = NumbersOf(labels, view), KeyLabels = labels };
        ContrastiveBatch batch = new(queries, keys) { PositiveKeys = NumbersOf(places, (view + offset) % views) };

        // Of two views a sample's rows are the positive and the anchor itself; of more the others are neither positive nor negative.
        return views == 2 ? batch with { IgnoredKeys = NumbersOf(places, view) }
            : batch with { QueryLabels = NumbersOf(sampleOfRow, view), KeyLabels = sampleOfRow };
    }

    /// <summary>dz = (dq + Σ over the ranks of dk)/P: dq is a mean over the own anchors of one view, dk one over those of all views.</summary>
    private void JoinGradients()
    {
        for (int view = 0; view < views; view++)
        {
            Tensor slopes = OfOwn(dz, view);
            if (view >= anchorViews)
            {
                // The keys' view of the one-way loss is no anchor.
                ops.ReduceScatter(OfAll(dk, view), slopes);
                ops.Scale(slopes, 1f / share.Size, slopes);
            }
            else if (anchorViews < views) ops.Scale(slopes, 1f / share.Size, slopes);
            else
            {
                ops.ReduceScatter(OfAll(dk, view), dq);
                ops.Scale(slopes, 1f / anchorViews, slopes);
                ops.MovingAverage(dq, 0.5f, slopes);
                ops.Scale(slopes, 2f / share.Size, slopes);
            }
        }
    }

    private Tensor Indices(int count, Func<int, int> of)
    {
        int[] values = [.. Enumerable.Range(0, count).Select(of)];
        Tensor indices = arena.Take(ElementType.Int32, count);
        ops.Upload<int>(values, indices);
        return indices;
    }

    private Tensor OfOwn(Tensor own, int view) => own.Slice(view * share.Samples, share.Samples);

    private Tensor OfAll(Tensor all, int view) => all.Slice(view * settings.Batch.Size, settings.Batch.Size);

    /// <summary>The entries of this rank's samples of one view.</summary>
    private Tensor NumbersOf(Tensor ofRows, int view) => OfAll(ofRows, view).Slice(share.FirstSample, share.Samples);
}
