namespace NegSamples.Training.Evaluation;

/// <summary>How often the classifiers of some features are right on others.</summary>
/// <param name="Mean">The mean classifier, of unit features; null where a class has no training sample.</param>
/// <param name="Linear">The linear classifier after its last epoch.</param>
/// <param name="Neighbours">The nearest-neighbour classifier.</param>
public sealed record FeatureAccuracies(Accuracy? Mean, Accuracy Linear, Accuracy Neighbours);
