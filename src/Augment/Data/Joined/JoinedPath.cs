using NegSamples.Files;

namespace NegSamples.Augment.Data.Joined;

/// <summary>Several data sets as one text, with semicolons between their paths.</summary>
internal static class JoinedPath
{
    /// <summary>What stands between two paths.</summary>
    public const char Separator = ';';

    /// <summary>The text of several paths; that of one is the path as it is.</summary>
    /// <param name="paths">The paths.</param>
    /// <exception cref="BadDataException">One of several has a semicolon.</exception>
    public static string Of(IReadOnlyList<string> paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        string? with = paths.Count < 2 ? null : paths.FirstOrDefault(path => path.Contains(Separator));
        return with is null ? string.Join(Separator, paths)
            : throw new BadDataException($"{with} has a semicolon, which stands between the paths of several data sets; expected a path without one.");
    }

    /// <summary>The paths in a text; the text itself where it is that of a file or folder, or has no semicolon.</summary>
    /// <param name="data">The text.</param>
    public static IReadOnlyList<string> Parts(string data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return data.Contains(Separator) && !Path.Exists(data) ? data.Split(Separator) : [data];
    }
}
