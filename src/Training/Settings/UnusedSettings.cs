using System.Text.Json.Nodes;
using NegSamples.Augment.Data.Folder;
using NegSamples.Augment.Data.Joined;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Augment.Data.Shards;
using NegSamples.Augment.Data.Tables;
using NegSamples.Augment.Data.Text;

namespace NegSamples.Training.Settings;

/// <summary>Settings that are given and change nothing beside the others, so that nobody takes their value for the cause of a result.</summary>
internal static class UnusedSettings
{
    // The data that are files of pictures, some of which may be JPEG.
    private static readonly string[] OfFiles = [FolderLayout.Kind, ShardLayout.Kind, TableFiles.TableKind, JoinedData.MixedKind];

    /// <summary>A sentence about each.</summary>
    /// <param name="settings">Resolved settings.</param>
    public static IEnumerable<string> Of(TrainingSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        string kind = settings.Data.Kind ?? ShapesSet.Kind;
        JsonObject given = FlatSettings.Of(settings), defaults = FlatSettings.Of(new TrainingSettings().Resolve(kind));
        return from rule in Rules(settings, kind == AgNewsSet.Kind, OfFiles.Contains(kind))
               where !rule.IsUsed
               from key in rule.Keys
               where !JsonNode.DeepEquals(given[key], defaults[key])
               select $"`{key}` is {given[key]?.ToString() ?? "null"}, which changes nothing here: it is for {rule.Use}.";
    }

    private static IEnumerable<(string[] Keys, bool IsUsed, string Use)> Rules(TrainingSettings settings, bool ofTexts, bool ofFiles)
    {
        LossSettings loss = settings.Loss;
        OptimizerKind optimizer = settings.Optimizer.Kind;
        return
        [
            (["positivePrior"], loss.Kind is LossKind.Debiased or LossKind.Hard, "`loss` debiased or hard"),
            (["hardness"], loss.Kind == LossKind.Hard, "`loss` hard"),
            (["sigmoidBias"], loss.Kind == LossKind.Sigmoid, "`loss` sigmoid"),
            (["temperature"], loss.Kind != LossKind.CrossEntropy, "every `loss` but cross-entropy"),
            (["keyMomentum"], loss.Queue > 0, "a `queue`"),
            (["momentum"], optimizer != OptimizerKind.AdamW, "`optimizer` larc or sgd"),
            (["trust"], optimizer == OptimizerKind.Larc, "`optimizer` larc"),
            (["stem"], settings.Encoder.Kind != EncoderKind.ConvNet && settings.Encoder.Kind != EncoderKind.EmbeddingBag, "the ResNets"),
            (["imageSize", "pixelScale", "pixelMean", "pixelDeviation", "jitterStrength", "minimumCrop"], !ofTexts, "images"),
            (["textAugmentation", "maskRatio"], ofTexts, "texts"),
            (["neighbours"], settings.Views.ReplacesWords, "`textAugmentation` replace"),
            (["skipBad", "jpegDecoder", "cache"], ofFiles, "pictures in files"),
        ];
    }
}
