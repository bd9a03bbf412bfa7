using System.Security.Cryptography;
using System.Text;
using NegSamples.Files;

namespace NegSamples.Augment.Data;

/// <summary>A text file of the cache folder about one data set: a heading, lines, and the SHA-256 of them all as the last line.</summary>
/// <remarks>What cannot be read, or is not what was written, is no cache; what cannot be written is left.</remarks>
internal static class SealedLines
{
    private const long Largest = 1 << 30;

    /// <summary>The file of a data set.</summary>
    /// <param name="folder">The cache folder.</param>
    /// <param name="about">What it holds, the beginning of its name.</param>
    /// <param name="root">The folder or archive of the data set.</param>
    public static string PathIn(string folder, string about, string root)
    {
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)))))[..32];
        return Path.Combine(folder, $"{about}-{key}.txt");
    }

    /// <summary>The lines after the heading; none where there is no such file, or it is damaged or has another heading.</summary>
    public static string[] Read(string path, string heading)
    {
        try
        {
            if (FileStamp.Of(path) is not { Length: < Largest }) return [];
            string text = File.ReadAllText(path);
            int end = text.LastIndexOf('\n') + 1;
            if (!text.StartsWith(heading + "\n", StringComparison.Ordinal)) return [];
            if (text[end..] != Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text[..end])))) return [];
            return text[(heading.Length + 1)..end].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or BadDataException)
        {
            return [];
        }
    }

    /// <summary>Writes the file anew.</summary>
    /// <param name="path">The file.</param>
    /// <param name="text">The heading and the lines, each with its end.</param>
    public static void Write(string path, StringBuilder text)
    {
        byte[] lines = Encoding.UTF8.GetBytes(text.ToString());
        try
        {
            Disk.CreateFolder(Path.GetDirectoryName(path)!);
            AtomicFile.WriteBytes(path, [.. lines, .. Encoding.UTF8.GetBytes(Convert.ToHexStringLower(SHA256.HashData(lines)))]);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The next opening finds it out again.
        }
    }
}
