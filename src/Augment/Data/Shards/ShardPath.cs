using System.Globalization;
using System.Text.RegularExpressions;
using NegSamples.Augment.Data.Folder;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Shards;

/// <summary>The shards that a path stands for: a list with commas, a folder, one file, or braces as the shell has them.</summary>
/// <remarks>"s-{000..099}.tar", "{train,val}-0.tar".</remarks>
internal static partial class ShardPath
{
    /// <summary>What the messages call it.</summary>
    public const string Expected = "'name-{000..099}.tar', a list with commas, or a folder of .tar files";

    private const int MostShards = 1 << 20;

    /// <summary>Whether it names several files: nothing lies under the path itself, and it has braces or commas.</summary>
    public static bool IsPattern(string data) => data.AsSpan().ContainsAny('{', ',') && !Path.Exists(data);

    /// <summary>Whether a pattern's files are shards by their extension, packed or not.</summary>
    public static bool IsOfShards(string pattern) => EndsLike(pattern.TrimEnd('}', ' '), ".tar") || IsPacked(pattern.TrimEnd('}', ' '));

    /// <summary>The files that a pattern names, in its order.</summary>
    /// <exception cref="BadDataException">One is missing, packed, or named twice.</exception>
    public static string[] Expand(string pattern)
    {
        string[] paths = [.. Parts(pattern).SelectMany(part => Braces(part, pattern)).Take(MostShards + 1)];
        if (paths.Length > MostShards) throw new BadDataException($"{pattern} names more than {Counted.Of(MostShards, "file")}; expected at most that.");
        if (paths.FirstOrDefault(IsPacked) is { } packed) throw Packed(packed);
        string[] missing = [.. paths.Where(path => !File.Exists(path))];
        if (missing.Length > 0)
            throw new BadDataException($"{missing[0]} does not exist: {missing.Length} of the {Counted.Of(paths.Length, "file")} of {pattern} are missing.");
        string? twice = paths.GroupBy(Path.GetFullPath, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1)?.First();
        return twice is null ? paths : throw new BadDataException($"{pattern} names {twice} twice; expected it once.");
    }

    /// <summary>The .tar files in a folder and in its folders of splits, in ordinal order.</summary>
    public static string[] InFolder(string folder)
    {
        try
        {
            IEnumerable<string> splits = Directory.EnumerateDirectories(folder)
                .Where(path => FolderLayout.TrainNames.Concat(FolderLayout.TestNames).Contains(Path.GetFileName(path)));
            return [.. splits.Prepend(folder).SelectMany(path => Directory.EnumerateFiles(path, "*.tar"))
                .Where(path => !Path.GetFileName(path).StartsWith('.')).Order(StringComparer.Ordinal)];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BadDataException($"{folder} cannot be listed: {fault.Message}", fault);
        }
    }

    /// <summary>The refusal of a shard that is packed.</summary>
    public static BadDataException Packed(string path) => new(
        $"{path} is a packed shard; pictures are read from shards in any order, which a packed one does not allow: unpack it (gunzip) and give the .tar.");

    private static bool IsPacked(string path) => EndsLike(path, ".tar.gz") || EndsLike(path, ".tgz");

    private static bool EndsLike(string path, string extension) => path.EndsWith(extension, StringComparison.OrdinalIgnoreCase);

    /// <summary>The parts between the commas that lie in no braces.</summary>
    private static IEnumerable<string> Parts(string pattern)
    {
        int depth = 0, start = 0;
        for (int i = 0; i <= pattern.Length; i++)
        {
            if (i < pattern.Length) depth += pattern[i] == '{' ? 1 : pattern[i] == '}' ? -1 : 0;
            if (i < pattern.Length && (pattern[i] != ',' || depth > 0)) continue;
            string part = pattern[start..i].Trim();
            if (part.Length > 0) yield return part;
            start = i + 1;
        }
    }

    private static IEnumerable<string> Braces(string part, string pattern)
    {
        int open = part.IndexOf('{'), close = open < 0 ? -1 : part.IndexOf('}', open);
        if (open < 0) return [part];
        if (close < 0) throw new BadDataException($"{pattern} has a brace that is not closed; expected {Expected}.");
        return Choices(part[(open + 1)..close], pattern)
            .SelectMany(choice => Braces(part[(close + 1)..], pattern).Select(rest => part[..open] + choice + rest));
    }

    private static IEnumerable<string> Choices(string inner, string pattern)
    {
        if (Range().Match(inner) is not { Success: true } range)
            return inner.Contains(',') ? inner.Split(',') : throw new BadDataException($"{pattern} has the braces {{{inner}}}; expected {Expected}.");
        string first = range.Groups["first"].Value, last = range.Groups["last"].Value;
        int from = int.Parse(first, CultureInfo.InvariantCulture), to = int.Parse(last, CultureInfo.InvariantCulture);
        int width = first.StartsWith('0') || last.StartsWith('0') ? Math.Max(first.Length, last.Length) : 1;
        if (Math.Abs(to - from) >= MostShards) throw new BadDataException($"{pattern} names more than {Counted.Of(MostShards, "file")}; expected at most that.");
        return Enumerable.Range(0, Math.Abs(to - from) + 1)
            .Select(i => (from <= to ? from + i : from - i).ToString(CultureInfo.InvariantCulture).PadLeft(width, '0'));
    }

    [GeneratedRegex(@"^(?<first>[0-9]{1,9})\.\.(?<last>[0-9]{1,9})$")]
    private static partial Regex Range();
}
