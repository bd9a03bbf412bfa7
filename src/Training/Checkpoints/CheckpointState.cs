using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training.Checkpoints;

/// <summary>Where a checkpoint stands in its run, what run that is, and what its files must hold; the file <c>state.json</c>.</summary>
/// <param name="FormatVersion"><see cref="CurrentFormat"/>.</param>
/// <param name="Step">Steps done.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="StepsPerEpoch">Steps of an epoch.</param>
/// <param name="Seed">The key of all random numbers. With the step it is the whole state of the generator, which is counter-based.</param>
/// <param name="DataFingerprint">The training images' fingerprint.</param>
/// <param name="LastLoss">The loss of the last step; null before the first.</param>
/// <param name="Settings">The settings that decide the numbers, see <see cref="RunIdentity"/>; null before format 3.</param>
/// <param name="Version">The program that wrote it; null before format 3.</param>
/// <param name="Files">SHA-256 of the checkpoint's other files, in hexadecimal, by their names; null before format 3.</param>
/// <param name="Resumed">Where the run went on though settings or images were other ones, and which; null where it never did.</param>
/// <param name="Sha256">SHA-256 of this record without this entry; null before format 3.</param>
public sealed record CheckpointState(
    int FormatVersion, long Step, long TotalSteps, int StepsPerEpoch, ulong Seed, string DataFingerprint, double? LastLoss,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonObject? Settings = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Version = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string>? Files = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Resumed = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Sha256 = null)
{
    /// <summary>P, where a run over another number of ranks would be another run; null of one rank, and where P changes rounding alone.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? Ranks { get; init; }

    /// <summary>What <see cref="Ranks"/> is of a run: its pieces lie on the ranks, and a batch norm sees a piece of all of them at a time.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="collective">The ranks.</param>
    internal static int? RanksOf(TrainingSettings settings, Collective collective) =>
        settings.Batch.MicroBatch > 0 && collective.Size > 1 ? collective.Size : null;

    /// <summary>The format that this version writes.</summary>
    internal const int CurrentFormat = 3;

    /// <summary>The first format whose files have their hashes here.</summary>
    internal const int FirstWithHashes = 3;

    /// <summary>The oldest format that it reads: the same files, of versions whose single-view loss and drawn negatives were summed in another order.</summary>
    internal const int OldestFormat = 1;

    internal const string FileName = "state.json";

    /// <summary>Refuses images that the checkpoint was not trained on.</summary>
    /// <param name="folder">The checkpoint, for the message.</param>
    /// <param name="images">The training images.</param>
    /// <exception cref="BadDataException">Neither of their fingerprints is the checkpoint's.</exception>
    internal void CheckImages(string folder, IImageSet images)
    {
        ArgumentNullException.ThrowIfNull(images);
        if (!IsOf(images)) throw OtherImages(folder, images);
    }

    /// <summary>Whether the checkpoint was trained on some images, known by a fingerprint of now or of an earlier version.</summary>
    /// <param name="images">The images.</param>
    internal bool IsOf(IImageSet images) => DataFingerprint == images.Fingerprint || images.FormerFingerprints.Contains(DataFingerprint);

    internal BadDataException OtherImages(string folder, IImageSet images) =>
        new($"{folder} was trained on other {SampleNoun.Of(images)}s: their fingerprint is {ShortHash.In(DataFingerprint)}, that of {images.Name} is {ShortHash.In(images.Fingerprint)}.");

    /// <summary>The record as it is stored, with its own hash.</summary>
    internal string ToJson() => JsonSerializer.Serialize(this with { Sha256 = HashOf(this) }, CheckpointJson.Default.CheckpointState);

    /// <summary>Reads the position of a checkpoint.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <exception cref="BadDataException">The file is missing or not what was written.</exception>
    internal static CheckpointState Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        CheckpointState? state;
        try
        {
            state = JsonSerializer.Deserialize(File.ReadAllText(path), CheckpointJson.Default.CheckpointState);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadDataException($"{path} is not the state of a checkpoint: {exception.Message}", exception);
        }

        if (state is null || state.FormatVersion is < OldestFormat or > CurrentFormat)
            throw new BadDataException($"{path} has format {state?.FormatVersion}; this version reads {OldestFormat} to {CurrentFormat}.");
        if (state.FormatVersion >= FirstWithHashes)
        {
            if (state.Files is null || state.Settings is null || state.Sha256 is null)
                throw new BadDataException($"{path} lacks its files, settings or sha256; expected all three.");
            if (!HasItsHash(state)) throw new BadDataException($"{path} was changed after it was written: its sha256 is another than it says.");
        }

        if (state.DataFingerprint is null || state.StepsPerEpoch < 1 || state.Step < 0 || state.Step > state.TotalSteps)
            throw new BadDataException(FormattableString.Invariant(
                $"{path} stands at step {state.Step} of {state.TotalSteps}, {state.StepsPerEpoch} an epoch, which no run does."));
        string name = Checkpoint.NameOf(state.Step);
        if (Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)) != name)
            throw new BadDataException($"{path} is of step {state.Step}; expected it in a folder {name}.");
        return state;
    }

    private static bool HasItsHash(CheckpointState state)
    {
        try
        {
            return HashOf(state) == state.Sha256;
        }
        catch (JsonException)
        {
            return false; // half a surrogate pair among the settings, which was read and cannot be written
        }
    }

    private static string HashOf(CheckpointState state) => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes(JsonSerializer.Serialize(state with { Sha256 = null }, CheckpointJson.Default.CheckpointState))));
}

[JsonSerializable(typeof(CheckpointState))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
internal sealed partial class CheckpointJson : JsonSerializerContext;
