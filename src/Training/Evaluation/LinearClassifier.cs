using System.Globalization;
using NegSamples.Kernels;

namespace NegSamples.Training.Evaluation;

/// <summary>Linear evaluation: softmax regression on features that no longer change.</summary>
/// <remarks>
/// The score of class c is <c>f·w_c + b_c</c>; the loss is the softmax cross-entropy; weights and bias start at 0; SGD with Nesterov's momentum;
/// step s of S has the learning rate <c>lr·(1 + cos(π·s / S)) / 2</c>. Features are used as they are, neither standardised nor normalised, as in
/// Nozawa and Sato, arXiv:2102.06866, without projection head; for their variant with the head give unit-length features
/// (<see cref="FeatureSet.ToUnitLength"/>). The result is that of the last epoch: choosing an epoch by its test accuracy would report the best of
/// many looks at the test set.
/// </remarks>
public static class LinearClassifier
{
    /// <summary>Trains on one set and classifies both.</summary>
    /// <param name="ops">The device.</param>
    /// <param name="train">The samples to learn from.</param>
    /// <param name="test">The samples to classify after the last epoch.</param>
    /// <param name="settings">How to train.</param>
    /// <param name="progress">Is told the finished share of the epochs, above 0 to 1, after each.</param>
    /// <param name="stop">Ends the training between two batches.</param>
    /// <remarks>4·Epochs·N·D·C FLOPs. The same bits for any number of threads.</remarks>
    /// <exception cref="ArgumentException">The sets do not belong together or a setting is out of range.</exception>
    /// <exception cref="NotFiniteNumberException">The loss is not finite: the learning rate is too high for features of this size.</exception>
    public static LinearResult Train(
        Ops ops, FeatureSet train, FeatureSet test, LinearSettings settings, IProgress<double>? progress = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(settings);
        FeatureSet.CheckPair(train, test);
        settings.Check();
        using Session session = new(ops, train.Dimension, train.Classes, Math.Min(settings.BatchSize, train.Count));
        int stepsPerEpoch = (train.Count + session.BatchRows - 1) / session.BatchRows;
        double steps = (double)stepsPerEpoch * settings.Epochs;
        int[] order = new int[train.Count];
        long step = 0;
        for (int epoch = 0; epoch < settings.Epochs; epoch++)
        {
            new Philox(settings.Seed, RandomPurpose.Evaluation, (uint)epoch).Shuffle(order);
            for (int first = 0; first < train.Count; first += session.BatchRows, step++)
            {
                stop.ThrowIfCancellationRequested();
                double learningRate = settings.LearningRate * (1 + Math.Cos(Math.PI * step / steps)) / 2;
                session.Step(train, order.AsSpan(first, Math.Min(session.BatchRows, train.Count - first)), (float)learningRate, settings);
            }

            progress?.Report((epoch + 1.0) / settings.Epochs);
        }

        (Accuracy onTrain, double loss) = session.Evaluate(train, stop);
        if (!double.IsFinite(loss))
        {
            throw new NotFiniteNumberException(string.Create(
                CultureInfo.InvariantCulture, $"The linear classifier's loss is {loss} after {settings.Epochs} epochs; "
                + $"LearningRate {settings.LearningRate} is too high for features of this size."), loss);
        }

        (Accuracy onTest, _) = session.Evaluate(test, stop);
        (float[] weights, float[] bias) = session.Download();
        return new LinearResult(onTest, onTrain, loss, weights, bias);
    }

    /// <summary>The layer, one batch and their host copies, for the length of one training.</summary>
    private sealed class Session : IDisposable
    {
        private readonly Ops ops;
        private readonly Arena parameters, gradients, velocity, batch;
        private readonly Tensor w, b, dw, db, x, labels, scores, losses;
        private readonly ParameterSegment[] segments;
        private readonly float[] rowsOnHost, scoresOnHost, lossesOnHost;
        private readonly int[] labelsOnHost;

        public Session(Ops ops, int dimension, int classes, int batchRows)
        {
            this.ops = ops;
            BatchRows = batchRows;
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

        public int BatchRows { get; }

        public void Step(FeatureSet set, ReadOnlySpan<int> samples, float learningRate, LinearSettings settings)
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

        public (Accuracy Accuracy, double Loss) Evaluate(FeatureSet set, CancellationToken stop)
        {
            int[] ranks = new int[set.Count];
            double loss = 0;
            for (int first = 0; first < set.Count; first += BatchRows)
            {
                stop.ThrowIfCancellationRequested();
                int rows = Math.Min(BatchRows, set.Count - first);
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

        public (float[] Weights, float[] Bias) Download()
        {
            float[] weights = new float[w.Count], bias = new float[b.Count];
            ops.Download(w, weights.AsSpan());
            ops.Download(b, bias.AsSpan());
            return (weights, bias);
        }

        public void Dispose()
        {
            parameters.Dispose();
            gradients.Dispose();
            velocity.Dispose();
            batch.Dispose();
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
}
