using System.Globalization;
using System.Text;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Shards;

/// <summary>Remembers what is in shards by path and stamp, so that a set that is opened again is not listed again; see <see cref="SealedLines"/>.</summary>
internal sealed class ShardCache
{
    // To be raised when a key, a label or a picture is defined anew: what was remembered is then forgotten.
    private const string Header = "negsamples shards 1";

    private readonly string? path;
    private readonly Dictionary<string, (FileStamp Stamp, ShardIndex Index)> known = new(StringComparer.Ordinal);
    private bool isNew;

    /// <summary>Reads what is remembered.</summary>
    /// <param name="folder">The cache folder; null remembers nothing.</param>
    /// <param name="root">The data set as the user wrote it.</param>
    public ShardCache(string? folder, string root)
    {
        if (folder is null) return;
        path = SealedLines.PathIn(folder, "shards", root);
        try
        {
            Parse(SealedLines.Read(path, Header));
        }
        catch (Exception fault) when (fault is FormatException or OverflowException or IndexOutOfRangeException or ArgumentException)
        {
            known.Clear();
        }
    }

    /// <summary>What is known of a shard with this stamp, or null.</summary>
    public ShardIndex? Find(string shard, FileStamp? stamp) =>
        stamp is not null && known.TryGetValue(shard, out (FileStamp Stamp, ShardIndex Index) entry) && entry.Stamp == stamp ? entry.Index : null;

    /// <summary>Takes what was found in a shard that rests.</summary>
    public void Add(string shard, FileStamp stamp, ShardIndex index)
    {
        if (path is null || !IsOneField(shard) || !index.Pictures.All(picture => IsOneField(picture.Name))) return;
        known[shard] = (stamp, index);
        isNew = true;
    }

    /// <summary>Writes the file, where something was added.</summary>
    public void Save()
    {
        if (path is null || !isNew) return;
        StringBuilder text = new(Header + "\n");
        foreach ((string shard, (FileStamp stamp, ShardIndex index)) in known.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            text.Append(CultureInfo.InvariantCulture, $"{stamp.Length} {stamp.Written} {stamp.Changed} {stamp.Number} ");
            text.Append(CultureInfo.InvariantCulture, $"{index.Pictures.Length} {index.Ignored}\t{shard}\n");
            foreach (ShardPicture picture in index.Pictures)
                text.Append(CultureInfo.InvariantCulture, $"{picture.Offset} {picture.Length}\t{picture.Label}\t{picture.Name}\n");
        }

        SealedLines.Write(path, text);
    }

    private static bool IsOneField(string text) => !text.AsSpan().ContainsAny('\t', '\n', '\r');

    private void Parse(string[] lines)
    {
        Dictionary<string, string> labels = new(StringComparer.Ordinal) { [""] = "" };
        for (int line = 0; line < lines.Length;)
        {
            string[] fields = lines[line++].Split('\t');
            long[] numbers = Numbers(fields[0]);
            ShardPicture[] pictures = new ShardPicture[checked((int)numbers[4])];
            for (int i = 0; i < pictures.Length; i++)
            {
                string[] parts = lines[line++].Split('\t');
                long[] place = Numbers(parts[0]);
                labels.TryAdd(parts[1], parts[1]);
                pictures[i] = new ShardPicture(parts[2], place[0], place[1], parts[1].Length == 0 ? null : labels[parts[1]]);
            }

            known[fields[1]] = (new FileStamp(numbers[0], numbers[1], numbers[2], numbers[3]), new ShardIndex(pictures, checked((int)numbers[5])));
        }
    }

    private static long[] Numbers(string field) => [.. field.Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture))];
}
