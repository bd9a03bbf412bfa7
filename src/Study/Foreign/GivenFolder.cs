using System.Globalization;
using System.Text.RegularExpressions;
using NegSamples.Files;
using NegSamples.Study.Embeddings;

namespace NegSamples.Study.Foreign;

/// <summary>A folder of features: files named as <see cref="FeatureFiles"/> names them, and what was measured on them beside.</summary>
/// <remarks><c>KEY.feature.train.npy</c>, <c>KEY.feature.val.npy</c> (the test split) and <c>KEY.label.*.npy</c>; views as
/// <c>KEY.feature.0.val.npy</c>, <c>KEY.feature.1.val.npy</c> and so on. Reports are <c>KEY.evaluation.json</c>, <c>KEY.bound-kK.json</c> and
/// <c>KEY.collision.json</c>; without a KEY where they are of files that lie elsewhere.</remarks>
internal sealed partial record GivenFolder
{
    private GivenFolder(string folder, string? key) => (Folder, Key) = (folder, key);

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>How the files' names begin: "encoder", "head" or what the writer called them; null for reports of files that lie elsewhere.</summary>
    public string? Key { get; }

    /// <summary>FOLDER or FOLDER:KEY, as the command line takes it.</summary>
    public string Text => Key is null || Keys(Folder).Count == 1 ? Folder : $"{Folder}:{Key}";

    /// <summary>The keys of a folder in order, of features and of reports; empty where it has neither.</summary>
    /// <param name="folder">A folder, or what is none.</param>
    public static IReadOnlyList<string> Keys(string folder) => !Directory.Exists(folder) ? []
        : [.. Directory.EnumerateFiles(folder).Select(path => FeatureName().Match(Path.GetFileName(path))).Where(match => match.Success)
            .Select(match => match.Groups[1].Value).Distinct().Order(StringComparer.Ordinal)];

    /// <summary>Whether a folder holds features, or reports of features.</summary>
    /// <param name="folder">A folder, or what is none.</param>
    public static bool IsOne(string folder) => Keys(folder).Count > 0 || Reports(folder, null).Any();

    /// <summary>All features of a folder, one for each key.</summary>
    /// <param name="folder">The folder.</param>
    public static IReadOnlyList<GivenFolder> All(string folder)
    {
        IReadOnlyList<string> keys = Keys(folder);
        return keys.Count == 0 ? [new GivenFolder(folder, null)] : [.. keys.Select(key => new GivenFolder(folder, key))];
    }

    /// <summary>The features that a word of the command line names; null where it names no folder.</summary>
    /// <param name="text">FOLDER, or FOLDER:KEY where it has features of several places.</param>
    /// <exception cref="BadDataException">The folder has no features, features of several places, or none of this key.</exception>
    public static GivenFolder? Find(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int colon = text.LastIndexOf(':');
        bool isWhole = Directory.Exists(text), isParted = !isWhole && colon > 0 && Directory.Exists(text[..colon]);
        if (!isWhole && !isParted) return null;
        string folder = isWhole ? text : text[..colon];
        string? key = isWhole ? null : text[(colon + 1)..];
        IReadOnlyList<string> keys = Keys(folder);
        if (keys.Count == 0) throw new BadDataException($"{folder} has no features; expected files such as encoder.feature.train.npy and encoder.label.train.npy.");
        if (key is null && keys.Count > 1) throw new BadDataException($"{folder} has features of {string.Join(", ", keys)}; name one of them: {folder}:{keys[0]}.");
        if (key is not null && !keys.Contains(key)) throw new BadDataException($"{folder} has no features of {key}; it has {string.Join(", ", keys)}.");
        return new GivenFolder(folder, key ?? keys[0]);
    }

    /// <summary>One view of each training sample.</summary>
    public ForeignPaths Train => Plain("train");

    /// <summary>One view of each test sample.</summary>
    public ForeignPaths Test => Plain("val");

    /// <summary>All views of each training sample, where there are files of views; else <see cref="Train"/>, which may have several itself.</summary>
    public ForeignPaths TrainViews => Views("train");

    /// <summary>All views of each test sample, where there are files of views; else <see cref="Test"/>.</summary>
    public ForeignPaths TestViews => Views("val");

    /// <summary>Where a report of these features is written.</summary>
    /// <param name="name">"evaluation", "collision" or "bound-k31".</param>
    public string ReportPath(string name) => PathOf(name + ".json");

    /// <summary>The reports of bounds that are there, small K first.</summary>
    public IReadOnlyList<string> BoundPaths =>
        [.. Reports(Folder, Key).Where(entry => entry.Negatives is not null).OrderBy(entry => entry.Negatives).Select(entry => entry.Path)];

    private static IEnumerable<(string Path, int? Negatives)> Reports(string folder, string? key)
    {
        if (!Directory.Exists(folder)) yield break;
        string begin = key is null ? "" : key + ".";
        foreach (string path in Directory.EnumerateFiles(folder, "*.json"))
        {
            string name = Path.GetFileName(path);
            if (!name.StartsWith(begin, StringComparison.Ordinal)) continue;
            Match match = ReportName().Match(name[begin.Length..]);
            if (match.Success)
                yield return (path, match.Groups[1].Success ? int.Parse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture) : null);
        }
    }

    private string PathOf(string name) => Path.Combine(Folder, Key is null ? name : $"{Key}.{name}");

    private ForeignPaths Plain(string split) => new(PathOf($"feature.{split}.npy"), PathOf($"label.{split}.npy"));

    private ForeignPaths Views(string split)
    {
        string[] views = [.. Enumerable.Range(0, int.MaxValue)
            .Select(view => PathOf(string.Create(CultureInfo.InvariantCulture, $"feature.{view}.{split}.npy"))).TakeWhile(File.Exists)];
        return views.Length == 0 ? Plain(split) : Plain(split) with { Features = string.Join(',', views) };
    }

    [GeneratedRegex(@"^(.+)\.feature(?:\.\d+)?\.(?:train|val)\.npy$")]
    private static partial Regex FeatureName();

    [GeneratedRegex(@"^(?:evaluation|collision|bound-k(\d{1,9}))\.json$")]
    private static partial Regex ReportName();
}
