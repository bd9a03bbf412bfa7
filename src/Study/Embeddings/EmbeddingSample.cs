using System.Text.Json;
using NegSamples.Files;
using NegSamples.Files.Arrays;
using NegSamples.Study.Foreign;
using NegSamples.Study.Sweep;
using NegSamples.Training.Evaluation;

namespace NegSamples.Study.Embeddings;

/// <summary>A run's embeddings of the test images after the head, scaled to unit length, or an even part of them.</summary>
internal sealed class EmbeddingSample
{
    // A map of more says no more.
    private const int MostRead = 20_000;

    private readonly float[] values;

    internal EmbeddingSample(float[] values, int dimension, int[] labels, string[] classNames, string[]? titles = null)
    {
        Titles = titles ?? [.. labels.Select((_, i) => FormattableString.Invariant($"sample {i}"))];
        this.values = values;
        Dimension = dimension;
        Labels = labels;
        ClassNames = classNames;
    }

    /// <summary>D.</summary>
    public int Dimension { get; }

    /// <summary>The class of each sample.</summary>
    public IReadOnlyList<int> Labels { get; }

    /// <summary>The classes in label order; empty where the files do not name them.</summary>
    public IReadOnlyList<string> ClassNames { get; }

    /// <summary>What each sample is called: its file within the data set, or its place.</summary>
    public IReadOnlyList<string> Titles { get; }

    /// <summary>How many samples there are.</summary>
    public int Count => Labels.Count;

    /// <summary>[n, D], row-major.</summary>
    public ReadOnlySpan<float> Values => values;

    /// <summary>One embedding.</summary>
    /// <param name="sample">Its place.</param>
    public ReadOnlySpan<float> Row(int sample) => values.AsSpan(sample * Dimension, Dimension);

    /// <summary>Reads <c>features/CHECKPOINT/head.*.val.npy</c>; null where the features were not written.</summary>
    /// <param name="run">The run.</param>
    /// <exception cref="BadDataException">The files are damaged, do not belong together, or are of another checkpoint or other images.</exception>
    public static EmbeddingSample? Load(RunData run)
    {
        if (SweepFolder.FeatureFile(run, "head.feature.val.npy") is not { } features) return null;
        string folder = Path.GetDirectoryName(features)!, labels = Path.Combine(folder, "head.label.val.npy"), about = Path.Combine(folder, "features.json");
        if (!File.Exists(labels)) return null;
        string[] names = File.Exists(about) ? ReadAbout(about, root => RunLoader.CheckFits(
            about, run, root.GetProperty("checkpoint").GetString()!, root.GetProperty("trainFingerprint").GetString())) : [];
        int most = run.Evaluation?.Classes ?? run.Bound?.Classes ?? ushort.MaxValue;
        (float[] values, int[] shape) = Npy.ReadFloats(features);
        (long[] classes, int[] count) = Npy.ReadLongs(labels);
        if (shape is not [int rows, int dimension] || count is not [int labelled] || labelled != rows || dimension < 1)
            throw new BadDataException(
                $"{features} has the shape ({string.Join(", ", shape)}) and {labels} ({string.Join(", ", count)}); expected (n, D) and (n).");
        if (Array.FindIndex(classes, label => label < 0 || label >= most) is int bad and >= 0)
            throw new BadDataException(FormattableString.Invariant($"{labels} has the label {classes[bad]}; expected 0 to {most - 1}."));
        if (Array.Exists(values, value => !float.IsFinite(value))) throw new BadDataException($"{features} has a number that is not finite.");
        FeatureSet unit = new FeatureSet(values, rows, dimension, [.. classes.Select(label => (int)label)], most).ToUnitLength();
        return new EmbeddingSample(
            unit.Values.ToArray(), dimension, unit.Labels.ToArray(), names, SampleFiles.Titles(folder, [.. Enumerable.Range(0, rows)], rows));
    }

    /// <summary>An even part of at most so many samples, in order.</summary>
    /// <param name="most">How many.</param>
    public EmbeddingSample Thin(int most)
    {
        if (Count <= most) return this;
        int[] chosen = [.. Enumerable.Range(0, most).Select(i => (int)((long)i * Count / most))];
        float[] some = new float[most * Dimension];
        for (int i = 0; i < most; i++) Row(chosen[i]).CopyTo(some.AsSpan(i * Dimension));
        return new EmbeddingSample(some, Dimension, [.. chosen.Select(i => Labels[i])], [.. ClassNames], [.. chosen.Select(i => Titles[i])]);
    }

    /// <summary>Reads features that any program computed; of more than 20,000 samples an even part.</summary>
    /// <param name="paths">Where they are; of several views the first is taken.</param>
    /// <param name="classNames">The classes in label order; empty where nothing names them.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadDataException">As of <see cref="ForeignSplit.Open"/>.</exception>
    public static EmbeddingSample Read(ForeignPaths paths, IReadOnlyList<string> classNames, CancellationToken stop = default)
    {
        using ForeignSplit split = ForeignSplit.Open(paths, stop);
        int count = Math.Min(split.Count, MostRead), dimension = split.Dimension;
        float[] values = new float[count * dimension];
        int[] chosen = [.. Enumerable.Range(0, count).Select(i => (int)((long)i * split.Count / count))];
        for (int i = 0; i < count; i++) split.Row(chosen[i], 0).CopyTo(values.AsSpan(i * dimension));
        FeatureSet unit = new FeatureSet(values, count, dimension, [.. chosen.Select(i => split.Labels[i])], split.Classes).ToUnitLength();
        string folder = Path.GetDirectoryName(ArrayFile.Parted(paths.OfViews[0]).Path) is { Length: > 0 } parent ? parent : ".";
        return new EmbeddingSample(
            unit.Values.ToArray(), dimension, unit.Labels.ToArray(), [.. classNames], SampleFiles.Titles(folder, chosen, split.Count));
    }

    /// <summary>The class names that a folder's <c>features.json</c> has; empty where it has none.</summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="BadDataException">The file is no JSON.</exception>
    internal static string[] ReadClassNames(string folder)
    {
        string path = Path.Combine(folder, "features.json");
        return File.Exists(path) ? ReadAbout(path, _ => { }) : [];
    }

    /// <summary>The class names of <c>features.json</c>.</summary>
    private static string[] ReadAbout(string path, Action<JsonElement> check)
    {
        try
        {
            using JsonDocument json = JsonDocument.Parse(File.ReadAllText(path));
            JsonElement root = json.RootElement;
            check(root);
            return root.TryGetProperty("classNames", out JsonElement names) ? [.. names.EnumerateArray().Select(name => name.GetString() ?? "")] : [];
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new BadDataException($"{path} does not hold a report of features: {exception.Message}", exception);
        }
    }
}
