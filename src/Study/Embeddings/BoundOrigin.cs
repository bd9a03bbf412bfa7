namespace NegSamples.Study.Embeddings;

/// <summary>What a measurement of bounds is of.</summary>
/// <param name="Checkpoint">The checkpoint's folder name.</param>
/// <param name="Step">Its steps.</param>
/// <param name="Data">The data set.</param>
/// <param name="DataFingerprint">The training images' fingerprint.</param>
/// <param name="TrainImages">Images that the class means are from.</param>
/// <param name="TrainViews">Views of each of them, where they are others than the test images'; else null.</param>
/// <param name="Temperature">t.</param>
internal sealed record BoundOrigin(
    string Checkpoint, long Step, string Data, string DataFingerprint, int TrainImages, int? TrainViews, double Temperature);
