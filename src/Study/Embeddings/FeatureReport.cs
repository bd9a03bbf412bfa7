using System.Text.Json.Serialization;
using NegSamples.Study.Foreign;

namespace NegSamples.Study.Embeddings;

/// <summary>What the <c>.npy</c> files of a folder of features hold: <c>features.json</c>, written last.</summary>
/// <param name="Format">The version of this file.</param>
/// <param name="Checkpoint">The checkpoint's folder name.</param>
/// <param name="Step">Its steps.</param>
/// <param name="CheckpointFingerprint">SHA-256 of its weights.</param>
/// <param name="Data">The data set.</param>
/// <param name="TrainFingerprint">The training images' fingerprint.</param>
/// <param name="TestFingerprint">The test images' fingerprint.</param>
/// <param name="TrainImages">Rows of each file of the split "train".</param>
/// <param name="TestImages">Rows of each file of the split "val", which is the test split.</param>
/// <param name="ClassNames">The classes in label order.</param>
/// <param name="Seed">Key of the augmented views 0 and 1.</param>
/// <param name="Normalised">Whether rows are scaled to unit length; false: the head's rows too are those before the scaling.</param>
/// <param name="Keys">The features that were written, each under its own key.</param>
internal sealed record FeatureReport(
    int Format, string Checkpoint, long Step, string CheckpointFingerprint, string Data, string TrainFingerprint, string TestFingerprint, int TrainImages,
    int TestImages, IReadOnlyList<string> ClassNames, ulong Seed, bool Normalised, IReadOnlyList<FeatureKey> Keys)
{
    /// <summary>The format written now.</summary>
    public const int CurrentFormat = 1;

    /// <summary>Whether there are files of the plain test images alone; of the split "train" and of augmented views there are none.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool OnlyPlainTest { get; init; }

    /// <summary>The network that computed them, where it is one of an ONNX file; null of a run's own.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public ForeignNetwork? Network { get; init; }

    /// <summary>Augmented views of each image that have files.</summary>
    internal int Views => OnlyPlainTest ? 0 : Network?.Views ?? FeatureFiles.AugmentedViews;

    /// <summary>What differs from features of another origin, in words; null where both are of the same weights, images and views.</summary>
    internal string? DifferenceTo(FeatureReport other)
    {
        if (Format != other.Format) return FormattableString.Invariant($"format {Format}, not {other.Format}");
        if (OnlyPlainTest != other.OnlyPlainTest) return OnlyPlainTest ? "plain test images alone" : "both splits, not plain test images alone";
        if (CheckpointFingerprint != other.CheckpointFingerprint)
            return $"other weights ({Checkpoint}, sha256 {CheckpointFingerprint}), not {other.Checkpoint} with sha256 {other.CheckpointFingerprint}";
        if (TrainFingerprint != other.TrainFingerprint) return $"other training images ({TrainFingerprint}), not {other.TrainFingerprint}";
        if (TestFingerprint != other.TestFingerprint) return $"other test images ({TestFingerprint}), not {other.TestFingerprint}";
        if (Network?.Identity != other.Network?.Identity)
            return $"{Network?.Identity ?? "a run"}, not {other.Network?.Identity ?? "a run"}";
        if (TrainImages != other.TrainImages || TestImages != other.TestImages)
            return FormattableString.Invariant($"{TrainImages} training and {Counted.Of(TestImages, "test image")}, not {other.TrainImages} and {other.TestImages}");
        return Seed == other.Seed ? null : FormattableString.Invariant($"views with seed {Seed}, not {other.Seed}");
    }
}

/// <summary>Features of one place in the network.</summary>
/// <param name="Key">How their files' names begin: "encoder" before the head, after the global average pool; "head" after the head.</param>
/// <param name="Dimension">Columns of each file.</param>
internal sealed record FeatureKey(string Key, int Dimension);
