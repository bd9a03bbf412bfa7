using NegSamples.Study.Embeddings;

namespace NegSamples.Cli;

/// <summary>A folder of features that was written.</summary>
/// <param name="Folder">Where it is.</param>
/// <param name="Features">What it holds.</param>
internal sealed record WrittenFeatures(string Folder, FeatureReport Features);
