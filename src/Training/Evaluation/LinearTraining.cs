using System.Globalization;
using NegSamples.Kernels;

namespace NegSamples.Training.Evaluation;

/// <summary>A linear classifier while it is trained: the layer, one batch and their host copies.</summary>
/// <remarks>The features of an epoch are given to it, so that they may be others in each.</remarks>
internal sealed class LinearTraining : IDisposable
{
    private readonly Ops ops;
    private readonly Arena parameters, gradients, velocity, batch;
    private readonly Tensor w, b, dw, db, x, labels, scores, losses;
    private readonly ParameterSegment[] segments;
    private readonly float[] rowsOnHost, scoresOnHost, lossesOnHost;
    private readonly int[] labelsOnHost, order;
    private readonly LinearSettings settings;
    private readonly int batchRows;
    private int epoch;

    /// <summary>Makes the layer, whose weights are 0.</summary>
    /// <param name="ops">The device.</param>
    /// <param name="samples">Samples of each epoch.</param>
    /// <param name="dimension">Features of a sample.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="settings">How to train.</param>
    public LinearTraining(Ops ops, int samples, int dimension, int classes, LinearSettings settings)
    {
        (this.ops, this.settings) = (ops, settings);
        batchRows = settings.BatchOf(samples);
        order = new int[samples];
        long layerBytes = Bytes((long)classes * dimension) + Bytes(classes);
        parameters = ops.CreateArena("linear classifier", layerBytes);
        gradients = ops.CreateArena("linear classifier's gradients", layerBytes);
        velocity = ops.CreateArena("linear classifier's velocity", layerBytes);
        batch = ops.CreateArena("linear classifier's batch",
            Bytes((long)batchRows * dimension) + Bytes((long)batchRows * classes) + (2 * Bytes(batchRows)));
        (w, b) = (parameters.Take(classes, dimension), parameters.Take(classes));
        (dw, db) = (gradients.Take(classes, dimension), gradients.Take(classes));
        velocity.Take(classes, dimension);
        velocity.Take(classes);
        segments =
        [
            new ParameterSegment((int)(w.ByteOffset / sizeof(float)), (int)w.Count, Decay: true),
            new ParameterSegment((int)(b.ByteOffset / sizeof(float)), classes, Decay: false),
        ];
        (x, scores, losses) = (batch.Take(batchRows, dimension), batch.Take(batchRows, classes), batch.Take(batchRows));
        labels = batch.Take(ElementType.Int32, batchRows);
        (rowsOnHost, scoresOnHost, lossesOnHost, labelsOnHost) = (new float[x.Count], new float[scores.Count], new float[batchRows], new int[batchRows]);
    }

    /// <summary>Bytes of device memory for many samples.</summary>
    public static long ArenaBytes(LinearSettings settings, int dimension, int classes) =>
        sizeof(float) * ((4L * classes * (dimension + 1)) + ((long)settings.BatchSize * (dimension + classes)));

    /// <summary>One pass over the samples in an order of its own: that of the seed and the number of the epoch.</summary>
    /// <param name="train">The samples, as many as ever.</param>
    /// <param name="stop">Ends it between two batches.</param>
    public void Epoch(FeatureSet train, CancellationToken stop)
    {
        new Philox(settings.Seed, RandomPurpose.Evaluation, (uint)epoch).Shuffle(order);
        long stepsPerEpoch = (order.Length + batchRows - 1) / batchRows, step = epoch * stepsPerEpoch;
        for (int first = 0; first < order.Length; first += batchRows, step++)
        {
            stop.ThrowIfCancellationRequested();
            Step(train, order.AsSpan(first, Math.Min(batchRows, order.Length - first)), (float)settings.RateAt(epoch, step, stepsPerEpoch));
        }

        epoch++;
    }

    /// <summary>How often the classifier is right as it is, and its mean cross-entropy in nats.</summary>
    public (Accuracy Accuracy, double Loss) Evaluate(FeatureSet set, CancellationToken stop)
    {
        int[] ranks = new int[set.Count];
        double loss = 0;
        for (int first = 0; first < set.Count; first += batchRows)
        {
            stop.ThrowIfCancellationRequested();
            int rows = Math.Min(batchRows, set.Count - first);
            Forward(set.Rows(first, rows), set.Labels.Slice(first, rows), default);
            ops.Download(scores.Slice(0, rows), scoresOnHost.AsSpan(0, rows * set.Classes));
            ops.Download(losses.Slice(0, rows), lossesOnHost.AsSpan(0, rows));
            for (int i = 0; i < rows; i++)
            {
                ranks[first + i] = Accuracy.Rank<float>(scoresOnHost.AsSpan(i * set.Classes, set.Classes), set.Labels[first + i]);
                loss += lossesOnHost[i];
            }
        }

        return (Accuracy.OfRanks(ranks, set), loss / set.Count);
    }

    /// <summary>Refuses a loss that is not finite.</summary>
    /// <exception cref="NotFiniteNumberException">It is not.</exception>
    public void RequireFinite(double loss)
    {
        if (double.IsFinite(loss)) return;
        throw new NotFiniteNumberException(string.Create(
            CultureInfo.InvariantCulture, $"The linear classifier's loss is {loss} after {Counted.Of(epoch, "epoch")}; "
            + $"its rate of {settings.LearningRate} is too high for features of this size; `normalised` brings given ones to unit length."), loss);
    }

    /// <summary>Weights [classes, dimension] and bias [classes].</summary>
    public (float[] Weights, float[] Bias) Download()
    {
        float[] weights = new float[w.Count], bias = new float[b.Count];
        ops.Download(w, weights.AsSpan());
        ops.Download(b, bias.AsSpan());
        return (weights, bias);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        parameters.Dispose();
        gradients.Dispose();
        velocity.Dispose();
        batch.Dispose();
    }

    private void Step(FeatureSet set, ReadOnlySpan<int> samples, float learningRate)
    {
        int rows = samples.Length;
        for (int i = 0; i < rows; i++)
        {
            set.Row(samples[i]).CopyTo(rowsOnHost.AsSpan(i * set.Dimension));
            labelsOnHost[i] = set.Labels[samples[i]];
        }

        Forward(rowsOnHost.AsSpan(0, rows * set.Dimension), labelsOnHost.AsSpan(0, rows), scores);
        ops.Zero(gradients.Whole());
        ops.LinearBackward(scores.Slice(0, rows), x.Slice(0, rows), w, default, dw, db);
        ops.SgdStep(parameters.Whole(), gradients.Whole(), velocity.Whole(), segments, learningRate, settings.Momentum, settings.WeightDecay,
            nesterov: true);
    }

    /// <summary>Scores and losses of a batch; the gradient of the mean loss takes the scores' place where it is wanted.</summary>
    private void Forward(ReadOnlySpan<float> rows, ReadOnlySpan<int> labelsOfRows, Tensor gradient)
    {
        int count = labelsOfRows.Length;
        Tensor input = x.Slice(0, count), output = scores.Slice(0, count), labelsOfBatch = labels.Slice(0, count);
        ops.Upload(rows, input);
        ops.Upload(labelsOfRows, labelsOfBatch);
        ops.LinearForward(input, w, b, output);
        ops.SoftmaxCrossEntropy(output, labelsOfBatch, losses.Slice(0, count), gradient.IsNone ? default : gradient.Slice(0, count));
    }

    private static long Bytes(long elements) => Arena.BytesFor(ElementType.Float32, elements);
}
