using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using NegSamples.Augment.Decoding;

namespace NegSamples.Augment.Data.Folder;

/// <summary>Image files in a folder, an archive or shards, decoded at every read.</summary>
/// <remarks>
/// With labels, train/class/… or class/…: the folders of the classes in ordinal order are the labels, and the files of a class are all its images
/// at any depth, in ordinal order. Without labels, images in no folder, for training alone. In shards, the files are in the order of the shards.
/// </remarks>
internal sealed class FolderSet : IImageSet
{
    private readonly ImageFiles source;
    private readonly IImageDecoder decoder;
    private readonly string[] paths;
    private readonly int[] labels; // empty where there are none

    private FolderSet(ImageFiles source, IImageDecoder decoder, SplitImages split)
    {
        (this.source, this.decoder, ClassNames) = (source, decoder, split.Classes);
        Name = $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(source.Root))} {split.Split}";
        paths = [.. split.Images.Select(image => image.File.Path)];
        labels = split.Classes.Length == 0 ? [] : [.. split.Images.Select(image => image.Label)];
        IEnumerable<string> sizes = split.Images.Select(image => $"{image.File.Path[split.Root.Length..]}\n{image.File.Stamp}\n");

        // Files of earlier versions have these texts, which stay letter by letter as they are.
        List<string> former = [$"{split.Kind} {split.Split} count {Count} names and sizes sha256 {Sha256(sizes)}"];
        if (split.Hashes.FirstOrDefault().Head is { Length: > 0 })
            former.Add($"{split.Kind} {split.Split} count {Count} names and first 65536 bytes sha256 {Sha256(split.Lines(hash => hash.Head))}");
        FormerFingerprints = former;

        // The folders of the classes are in the paths; other kinds name their classes elsewhere.
        IEnumerable<string> classes = split.Kind == FolderLayout.Kind ? [] : split.Classes.Select(name => name + "\n");
        Fingerprint = $"{split.Kind} {split.Split} count {Count} names and contents sha256 {Sha256(split.Lines(hash => hash.Contents).Concat(classes))}";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count => paths.Length;

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> FormerFingerprints { get; }

    /// <inheritdoc/>
    public bool DecodesOnRead => true;

    /// <inheritdoc/>
    public long MaximumBytes => decoder.MaximumBytes;

    /// <inheritdoc/>
    public int Label(int index)
    {
        CheckIndex(index);
        return labels.Length > 0 ? labels[index] : throw new InvalidOperationException($"{Name} has no labels.");
    }

    /// <inheritdoc/>
    public string? FileOf(int index)
    {
        CheckIndex(index);
        return paths[index];
    }

    /// <inheritdoc/>
    public (int Height, int Width) Read(int index, ref byte[] pixels)
    {
        CheckIndex(index);
        ArraySegment<byte> file = source.Rent(paths[index]);
        try
        {
            return decoder.Decode(file, source.NameOf(paths[index]), ref pixels);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(file.Array!);
        }
    }

    /// <summary>The images of a split, as its layout gives them.</summary>
    internal static FolderSet Of(ImageFiles source, IImageDecoder decoder, SplitImages split) => new(source, decoder, split);

    private static string Sha256(IEnumerable<string> lines)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string line in lines) hash.AppendData(Encoding.UTF8.GetBytes(line));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private void CheckIndex(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
    }
}
