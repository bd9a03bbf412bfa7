namespace NegSamples.Study.Foreign;

/// <summary>The features of some samples under one or more views each.</summary>
/// <param name="Labels">[N], each at least 0.</param>
/// <param name="Views">One array for each view, [N, D], in the order of the labels.</param>
public sealed record FeatureViews(IReadOnlyList<int> Labels, params IReadOnlyList<float[]> Views);
