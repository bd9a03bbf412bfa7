namespace NegSamples.Training.Evaluation;

/// <summary>A trained linear classifier and how often it is right.</summary>
/// <param name="Last">The accuracy on the test set after the last epoch. No epoch is chosen by its test accuracy.</param>
/// <param name="Train">The accuracy on the training set after the last epoch.</param>
/// <param name="FinalLoss">The mean cross-entropy on the training set after the last epoch, in nats.</param>
/// <param name="Weights">[classes, dimension].</param>
/// <param name="Bias">[classes].</param>
internal sealed record LinearResult(Accuracy Last, Accuracy Train, double FinalLoss, float[] Weights, float[] Bias);
