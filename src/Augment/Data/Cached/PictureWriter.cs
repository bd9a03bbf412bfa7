using NegSamples.Augment.Data.Shards;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Cached;

/// <summary>Writes pictures one behind the other, and their index behind them.</summary>
/// <param name="stream">Receives them.</param>
internal sealed class PictureWriter(Stream stream)
{
    private const int MostPictures = 1 << 26;

    private readonly List<ShardPicture> pictures = [];
    private readonly List<ulong> sums = [];
    private readonly Dictionary<string, string> labels = new(StringComparer.Ordinal); // one text for each label, not for each picture

    /// <summary>Bytes of the pictures so far.</summary>
    public long Written { get; private set; }

    /// <summary>Writes a picture.</summary>
    /// <param name="picture">Its bytes.</param>
    /// <param name="label">Its label, or null.</param>
    public void Add(ReadOnlySpan<byte> picture, string? label)
    {
        if (pictures.Count == MostPictures) throw new BadDataException($"There are more than {Counted.Of(MostPictures, "picture")}; expected at most that.");
        if (label is not null && !labels.TryAdd(label, label)) label = labels[label];
        stream.Write(picture);
        pictures.Add(new ShardPicture(PictureIndex.NameOf(pictures.Count), Written, picture.Length, label));
        sums.Add(PictureIndex.Sum(picture));
        Written += picture.Length;
    }

    /// <summary>Writes the index.</summary>
    /// <param name="about">What the pictures were made from.</param>
    /// <param name="names">The names of the classes.</param>
    public PictureIndex Finish(string about, IReadOnlyList<string>? names)
    {
        PictureIndex index = new(about, [.. names ?? []], [.. pictures], [.. sums]);
        index.Write(stream);
        stream.Flush();
        return index;
    }
}
