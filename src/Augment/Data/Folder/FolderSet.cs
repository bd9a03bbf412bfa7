using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using NegSamples.Augment.Decoding;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Folder;

/// <summary>Image files in a folder or a zip archive, decoded at every read.</summary>
/// <remarks>
/// With labels: root/train/class/… and, where there is one, root/test/class/…; the folders of the classes in ordinal order are the labels, and
/// the files of a class are all its images at any depth, in ordinal order. Without labels: root/… with images only, for training alone.
/// </remarks>
public sealed class FolderSet : IImageSet
{
    internal const string TrainFolder = "train", TestFolder = "test";

    private readonly ImageFiles source;
    private readonly IImageDecoder decoder;
    private readonly string[] paths;
    private readonly int[] labels; // empty where there are none

    private FolderSet(ImageFiles source, IImageDecoder decoder, string split, string[] classes, List<(ImageFile File, int Label)> images, int ignored)
    {
        (this.source, this.decoder, ClassNames, IgnoredFiles) = (source, decoder, classes, ignored);
        Name = $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(source.Root))} {split}";
        paths = [.. images.Select(image => image.File.Path)];
        labels = classes.Length == 0 ? [] : [.. images.Select(image => image.Label)];
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((ImageFile file, _) in images) hash.AppendData(Encoding.UTF8.GetBytes($"{file.Path}\n{file.Stamp}\n"));
        Fingerprint = $"folder {split} count {Count} names and sizes sha256 {Convert.ToHexStringLower(hash.GetHashAndReset())}";
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
    public long MaximumBytes => decoder.MaximumBytes;

    /// <summary>How many files were left out because their extension is not one of an image.</summary>
    public int IgnoredFiles { get; }

    /// <inheritdoc/>
    public int Label(int index)
    {
        CheckIndex(index);
        return labels.Length > 0 ? labels[index] : throw new InvalidOperationException($"{Name} has no labels.");
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

    /// <summary>Whether the tree has images, or the folder of a split.</summary>
    internal static bool IsIn(ImageFiles source) =>
        source.Folders.Contains(TrainFolder) || source.Folders.Contains(TestFolder) || source.Files.Any(file => ImageFiles.IsImage(file.Path));

    /// <summary>Finds the images of both splits.</summary>
    /// <exception cref="BadDataException">The folders are not laid out as this class says.</exception>
    internal static (FolderSet Train, FolderSet? Test) Open(ImageFiles source, IImageDecoder decoder)
    {
        bool hasTrain = source.Folders.Contains(TrainFolder), hasTest = source.Folders.Contains(TestFolder);
        if (!hasTrain && !hasTest) return (Flat(source, decoder), null);
        if (!hasTrain) throw new BadDataException($"{source.NameOf(TrainFolder)} is missing; expected it beside {TestFolder}/.");
        FolderSet train = Split(source, decoder, TrainFolder);
        if (!hasTest) return (train, null);
        FolderSet test = Split(source, decoder, TestFolder);
        if (train.ClassNames.SequenceEqual(test.ClassNames)) return (train, test);
        string[] missing = [.. train.ClassNames.Except(test.ClassNames)], extra = [.. test.ClassNames.Except(train.ClassNames)];
        throw new BadDataException(
            $"{source.NameOf(TestFolder)} has other classes than {TrainFolder}/: missing {List(missing)}; not in {TrainFolder}/ {List(extra)}.");
    }

    private static FolderSet Flat(ImageFiles source, IImageDecoder decoder)
    {
        ImageFile[] images = [.. source.Files.Where(file => ImageFiles.IsImage(file.Path))];
        if (images.Length == 0) throw new BadDataException($"{source.Root} holds no images (.png, .jpg, .jpeg, .bmp, .webp).");
        if (images.FirstOrDefault(file => file.Path.Contains('/')).Path is { } nested)
        {
            throw new BadDataException(
                $"{source.Root} holds images in folders ({nested}) but no {TrainFolder}/; expected {TrainFolder}/<class>/ and {TestFolder}/<class>/, "
                + "or images without any folder (training without labels).");
        }

        return new FolderSet(source, decoder, TrainFolder, [], [.. images.Select(file => (file, 0))], source.Files.Count - images.Length);
    }

    private static FolderSet Split(ImageFiles source, IImageDecoder decoder, string split)
    {
        string prefix = split + "/";
        string[] classes = [.. source.Folders
            .Where(folder => folder.StartsWith(prefix, StringComparison.Ordinal) && folder.IndexOf('/', prefix.Length) < 0)
            .Select(folder => folder[prefix.Length..])
            .Order(StringComparer.Ordinal)];
        if (classes.Length == 0) throw new BadDataException($"{source.NameOf(split)} has no class folders; expected {split}/<class>/ with images.");
        int ignored = 0;
        List<ImageFile>[] byClass = [.. classes.Select(_ => new List<ImageFile>())];
        foreach (ImageFile file in source.Files.Where(file => file.Path.StartsWith(prefix, StringComparison.Ordinal)))
        {
            int end = file.Path.IndexOf('/', prefix.Length);
            if (!ImageFiles.IsImage(file.Path)) ignored++;
            else if (end < 0) throw new BadDataException($"{source.NameOf(file.Path)} lies outside the class folders; expected {split}/<class>/.");
            else byClass[Array.BinarySearch(classes, file.Path[prefix.Length..end], StringComparer.Ordinal)].Add(file);
        }

        int empty = Array.FindIndex(byClass, files => files.Count == 0);
        if (empty >= 0) throw new BadDataException($"{source.NameOf(prefix + classes[empty])} is a class without images; expected at least one.");
        List<(ImageFile File, int Label)> images = [.. byClass.SelectMany((files, label) => files.Select(file => (file, label)))];
        return new FolderSet(source, decoder, split, classes, images, ignored);
    }

    private static string List(string[] names) =>
        names.Length == 0 ? "none" : string.Join(", ", names.Take(5)) + (names.Length > 5 ? $" and {names.Length - 5} more" : "");

    private void CheckIndex(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
    }
}
