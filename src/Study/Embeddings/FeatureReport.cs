using System.Globalization;
using System.Text.Json.Serialization;
using NegSamples.Files;
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

    /// <summary>What differs first from features of another origin, in words: what these have, and what those. Null where both are of the same weights, images and views.</summary>
    internal string? DifferenceTo(FeatureReport other)
    {
        if (OnlyPlainTest != other.OnlyPlainTest) return OnlyPlainTest ? "plain test samples alone, not of both splits" : "both splits, not of plain test samples alone";
        IEnumerable<(string What, string These, string Those)> parts =
        [
            ("another format", Number(Format), Number(other.Format)),
            ("other weights", $"{Checkpoint} (sha256 {CheckpointFingerprint})", $"{other.Checkpoint} (sha256 {other.CheckpointFingerprint})"),
            ("other training samples", TrainFingerprint, other.TrainFingerprint), ("other test samples", TestFingerprint, other.TestFingerprint),
            .. (Network?.Parts ?? []).Zip(other.Network?.Parts ?? [], (mine, its) => (mine.What, mine.Value, its.Value)),
            ("another number of training samples", Number(TrainImages), Number(other.TrainImages)), ("another number of test samples", Number(TestImages), Number(other.TestImages)),
            ("views of another `seed`", Number(Seed), Number(other.Seed)),
        ];

        // The name of a file is no part of what it holds.
        return parts.Where(part => part.What == "other weights" ? CheckpointFingerprint != other.CheckpointFingerprint : part.These != part.Those)
            .Select(part => $"{part.What}: {ShortHash.In(part.These)}, not {ShortHash.In(part.Those)}").FirstOrDefault();
    }

    private static string Number<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);
}

/// <summary>Features of one place in the network.</summary>
/// <param name="Key">How their files' names begin: "encoder" before the head, after the global average pool; "head" after the head.</param>
/// <param name="Dimension">Columns of each file.</param>
internal sealed record FeatureKey(string Key, int Dimension);
