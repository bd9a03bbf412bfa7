namespace NegSamples.Study;

/// <summary>Classes that k-means has split: the classes of the bounds are then their parts.</summary>
/// <param name="PerClass">M, parts of each class.</param>
/// <param name="TrainSizes">[C·M]: training images of each part; those of class c are c·M to c·M + M − 1.</param>
/// <param name="TestSizes">[C·M]: test images of each part.</param>
/// <param name="Accuracy">Share of test images whose own part's mean is nearest by dot product to the mean of two views, 0 to 1.</param>
/// <param name="ClassAccuracy">Share of test images for which that is a part of their own class.</param>
public sealed record SubclassReport(int PerClass, IReadOnlyList<int> TrainSizes, IReadOnlyList<int> TestSizes, double Accuracy, double ClassAccuracy);
