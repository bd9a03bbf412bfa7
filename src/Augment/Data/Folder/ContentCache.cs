using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Folder;

/// <summary>The hashes of an image file that was found sound.</summary>
/// <param name="Contents">SHA-256 of its bytes.</param>
/// <param name="Head">Its length and SHA-256 of its first bytes, where they were asked for; else empty.</param>
internal readonly record struct FileHash(string Contents, string Head);

/// <summary>Remembers the hashes of image files by path and stamp, so that a set that is opened again is not read again.</summary>
/// <remarks>
/// One file a data set in the cache folder: a line for each image, and the SHA-256 of all lines as the last one. What cannot be read, or is not what was
/// written, is no cache; what cannot be written is left. Only images that were found sound are remembered.
/// </remarks>
internal sealed class ContentCache
{
    // To be raised when a sound image is defined anew: what was remembered is then forgotten.
    private const string Header = "negsamples contents 1";

    private const long Largest = 1 << 30;

    private readonly string? path;
    private readonly Dictionary<string, (FileStamp Stamp, FileHash Hash)> known = new(StringComparer.Ordinal);

    /// <summary>Reads what is remembered of a data set.</summary>
    /// <param name="folder">The cache folder; null remembers nothing.</param>
    /// <param name="root">The folder or archive of the data set.</param>
    public ContentCache(string? folder, string root)
    {
        if (folder is null) return;
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Path.TrimEndingDirectorySeparator(Path.GetFullPath(root)))))[..32];
        path = Path.Combine(folder, $"contents-{key}.txt");
        try
        {
            if (FileStamp.Of(path) is { Length: < Largest }) Parse(File.ReadAllText(path));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or FormatException or OverflowException or BadDataException)
        {
            known.Clear();
        }
    }

    /// <summary>The hashes of an image, or null where they are not known.</summary>
    /// <param name="image">Its path within the data set.</param>
    /// <param name="stamp">Its stamp now.</param>
    public FileHash? Find(string image, FileStamp? stamp) =>
        stamp is not null && known.TryGetValue(image, out (FileStamp Stamp, FileHash Hash) entry) && entry.Stamp == stamp ? entry.Hash : null;

    /// <summary>Stores what was found beside what was known of images that were not looked at.</summary>
    /// <param name="found">The images that were hashed, with the stamps that they had before and after.</param>
    public void Save(IEnumerable<(string Image, FileStamp Stamp, FileHash Hash)> found)
    {
        if (path is null) return;
        bool isNew = false;
        foreach ((string image, FileStamp stamp, FileHash hash) in found.Where(entry => !entry.Image.AsSpan().ContainsAny('\n', '\r')))
        {
            known[image] = (stamp, hash);
            isNew = true;
        }

        if (!isNew) return;
        StringBuilder text = new(Header + "\n");
        foreach ((string image, (FileStamp stamp, FileHash hash)) in known.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{stamp.Length} {stamp.Written} {stamp.Changed} {stamp.Number}\t");
            text.Append(CultureInfo.InvariantCulture, $"{hash.Contents}\t{hash.Head}\t{image}\n");
        }

        byte[] lines = Encoding.UTF8.GetBytes(text.ToString());
        try
        {
            Disk.CreateFolder(Path.GetDirectoryName(path)!);
            AtomicFile.WriteBytes(path, [.. lines, .. Encoding.UTF8.GetBytes(Convert.ToHexStringLower(SHA256.HashData(lines)))]);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The next opening reads the images again.
        }
    }

    private void Parse(string text)
    {
        int end = text.LastIndexOf('\n') + 1;
        if (!text.StartsWith(Header + "\n", StringComparison.Ordinal)) return;
        if (text[end..] != Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text[..end])))) return;
        foreach (string line in text[(Header.Length + 1)..end].Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split('\t', 4);
            long[] stamp = [.. fields[0].Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture))];
            if (fields.Length != 4 || stamp.Length != 4) throw new FormatException();
            known[fields[3]] = (new FileStamp(stamp[0], stamp[1], stamp[2], stamp[3]), new FileHash(fields[1], fields[2]));
        }
    }
}
