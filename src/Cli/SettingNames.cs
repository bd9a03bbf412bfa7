using System.CommandLine;
using System.Text.RegularExpressions;

namespace NegSamples.Cli;

/// <summary>
/// What a user of the command line calls a setting. The library names settings in backticks, as the file of settings does; only this program knows flags.
/// </summary>
internal static partial class SettingNames
{
    // Of the settings of training, the flags are the names of their options.
    private static readonly Dictionary<string, string> Flags = new(
        new SettingOptions(new Command("train")).Flags.Select(entry => KeyValuePair.Create(entry.Key, entry.Flag)))
    {
        ["output"] = "--output", ["words.nearest"] = "negsamples neighbours", ["resume"] = "--resume", ["training.resume"] = "negsamples train --resume", ["run.replay"] = "negsamples replay", ["gpu.check"] = "negsamples doctor", ["resumeAnyway"] = "--resume-anyway", ["sweep.resume"] = "negsamples sweep --resume",
        ["memoryPlan"] = "--memory-plan", ["batchSizes"] = "--batch-sizes", ["seeds"] = "--seeds", ["temperatures"] = "--temperatures", ["losses"] = "--losses", ["learningRates"] = "--learning-rates", ["linearEpochs"] = "--linear-epochs", ["protocol"] = "--protocol",
        ["augmentations"] = "--augmentations", ["subclasses"] = "--subclasses", ["passes"] = "--passes", ["rows"] = "--rows", ["keys"] = "--keys", ["dimension"] = "--dim",
        ["repetitions"] = "--repetitions", ["spillBytes"] = "--spill", ["form"] = "--form", ["bias"] = "--bias", ["baseline"] = "--baseline", ["count"] = "--count", ["evaluation"] = "negsamples eval", ["features"] = "--features", ["labels"] = "--labels", ["testFeatures"] = "--test-features", ["testLabels"] = "--test-labels", ["normalised"] = "--normalised", ["method"] = "--method", ["format"] = "--format",
        ["size"] = "--size", ["channels"] = "--channels", ["layout"] = "--layout", ["onnxOutput"] = "--onnx-output", ["limit"] = "--limit", ["testLimit"] = "--test-limit", ["split"] = "--split",
    };

    /// <summary>The flag of a setting.</summary>
    /// <exception cref="KeyNotFoundException">No flag sets it.</exception>
    public static string FlagOf(string name) => Flags[name];

    /// <summary>A message of the library with its settings named as the user gave them: by flag, or by name where a file gave them.</summary>
    /// <param name="message">The message.</param>
    /// <param name="ofFile">The settings that a file gave.</param>
    public static string Say(string message, ISet<string> ofFile) => Quoted().Replace(
        message, match => match.Groups[1].Value is var name && Flags.TryGetValue(name, out string? flag) ? ofFile.Contains(name) ? name : flag : match.Value);

    [GeneratedRegex("`([A-Za-z0-9.]+)`")]
    private static partial Regex Quoted();
}
