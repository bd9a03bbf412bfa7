using NegSamples.Augment.Data.Shapes;
using NegSamples.Augment.Data.Tables;
using NegSamples.Augment.Decoding;

namespace NegSamples.Augment.Data;

/// <summary>What is asked of a data set beside its place and its kind.</summary>
public sealed record DataRequest
{
    /// <summary>Seed and sizes of the built-in set; null for the defaults.</summary>
    public ShapesSettings? Shapes { get; init; }

    /// <summary>Decodes image files; null for <see cref="ImageSharpDecoder"/>.</summary>
    public IImageDecoder? Decoder { get; init; }

    /// <summary>Reads tables of pictures (Parquet); null where there is no reader for them.</summary>
    internal IImageTables? Tables { get; init; }

    /// <summary>The share of the images of each class that is held out as the test split, of a folder that has none; 0 for none.</summary>
    public double TestShare { get; init; }

    /// <summary>The key that the held-out images are drawn with.</summary>
    public ulong Seed { get; init; }

    /// <summary>Up to this many image files that cannot be read are left out, and a warning names them.</summary>
    public int SkipBad { get; init; }

    /// <summary>
    /// <see cref="ImageData.LeftOut"/> of an earlier opening: just these are left out again, whatever they are now, and any other that is bad is refused;
    /// null to find out.
    /// </summary>
    public IReadOnlyList<string>? LeftOut { get; init; }

    /// <summary>The folder in which the hashes of image files are remembered from one opening to the next; null for none.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Whether decoded pictures are kept, one of the words of <see cref="Cached.ImageCache"/>; null for not at all.</summary>
    public string? Cache { get; init; }

    /// <summary>The file of nearest words, for texts whose words are to be replaced; null for none. See <see cref="Text.NeighbourFile"/>.</summary>
    public string? Neighbours { get; init; }

    /// <summary>Is told, from any thread, how many bytes of all have been read; null for nobody.</summary>
    public Action<long, long>? Progress { get; init; }

    /// <summary>Ends the reading.</summary>
    public CancellationToken Stop { get; init; }
}
