using NegSamples.Kernels;

namespace NegSamples.Training.Evaluation;

/// <summary>Linear evaluation: softmax regression on features that no longer change.</summary>
/// <remarks>
/// The score of class c is <c>f·w_c + b_c</c>; the loss is the softmax cross-entropy; weights and bias start at 0; SGD with Nesterov's momentum;
/// step s of S has the learning rate <c>lr·(1 + cos(π·s / S)) / 2</c>, or epoch s of S (<see cref="LinearSettings.Schedule"/>). Features are used as they
/// are, neither standardised nor normalised, as in Nozawa and Sato, arXiv:2102.06866, without projection head; for their variant with the head give
/// unit-length features (<see cref="FeatureSet.ToUnitLength"/>). The result is that of the last epoch: choosing an epoch by its test accuracy would report the best of
/// many looks at the test set.
/// </remarks>
internal static class LinearClassifier
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
        using LinearTraining training = new(ops, train.Count, train.Dimension, train.Classes, settings);
        for (int epoch = 0; epoch < settings.Epochs; epoch++)
        {
            training.Epoch(train, stop);
            progress?.Report((epoch + 1.0) / settings.Epochs);
        }

        (Accuracy onTrain, double loss) = training.Evaluate(train, stop);
        training.RequireFinite(loss);
        (Accuracy onTest, _) = training.Evaluate(test, stop);
        (float[] weights, float[] bias) = training.Download();
        return new LinearResult(onTest, onTrain, loss, weights, bias);
    }
}
