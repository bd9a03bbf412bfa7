namespace NegSamples.Training;

/// <summary>Words of a command line as a POSIX shell takes them, so that what is printed can be run.</summary>
internal static class ShellWord
{
    /// <summary>A word, in quotes where a shell would part or change it.</summary>
    /// <param name="word">Any text.</param>
    public static string Of(string word)
    {
        ArgumentNullException.ThrowIfNull(word);
        return word.Length > 0 && word.All(symbol => char.IsLetterOrDigit(symbol) || "-_./:=,+".Contains(symbol, StringComparison.Ordinal)) ? word
            : $"'{word.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    /// <summary>A path as a word: one that begins with a dash would be taken for a flag.</summary>
    /// <param name="path">A file or folder.</param>
    public static string OfPath(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return Of(path.StartsWith('-') ? "./" + path : path);
    }
}
