using System.Globalization;
using System.Text;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Folder;

/// <summary>The hashes of an image file that was found sound.</summary>
/// <param name="Contents">SHA-256 of its bytes.</param>
/// <param name="Head">Its length and SHA-256 of its first bytes, where they were asked for; else empty.</param>
internal readonly record struct FileHash(string Contents, string Head);

/// <summary>Remembers the hashes of image files by path and stamp, so that a set that is opened again is not read again.</summary>
/// <remarks>
/// One file a data set in the cache folder (<see cref="SealedLines"/>), a line for each image. Only images that were found sound are remembered.
/// </remarks>
internal sealed class ContentCache
{
    // To be raised when a sound image is defined anew: what was remembered is then forgotten.
    private const string Header = "negsamples contents 1";

    private readonly string? path;
    private readonly Dictionary<string, (FileStamp Stamp, FileHash Hash)> known = new(StringComparer.Ordinal);

    /// <summary>Reads what is remembered of a data set.</summary>
    /// <param name="folder">The cache folder; null remembers nothing.</param>
    /// <param name="root">The folder or archive of the data set.</param>
    public ContentCache(string? folder, string root)
    {
        if (folder is null) return;
        path = SealedLines.PathIn(folder, "contents", root);
        try
        {
            foreach (string line in SealedLines.Read(path, Header)) Parse(line);
        }
        catch (Exception fault) when (fault is FormatException or OverflowException)
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

        SealedLines.Write(path, text);
    }

    private void Parse(string line)
    {
        string[] fields = line.Split('\t', 4);
        long[] stamp = [.. fields[0].Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture))];
        if (fields.Length != 4 || stamp.Length != 4) throw new FormatException();
        known[fields[3]] = (new FileStamp(stamp[0], stamp[1], stamp[2], stamp[3]), new FileHash(fields[1], fields[2]));
    }
}
