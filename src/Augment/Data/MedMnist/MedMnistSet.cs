using System.IO.Compression;
using System.Security.Cryptography;
using NegSamples.Files;
using NegSamples.Files.Arrays;

namespace NegSamples.Augment.Data.MedMnist;

/// <summary>One split of a MedMNIST file of pictures, an .npz that is held in memory; Yang et al., Scientific Data 2023.</summary>
/// <remarks>Pictures are [N, height, width] or [N, height, width, 3] of bytes, labels [N, 1]. Grey is taken for all three colours.</remarks>
internal sealed class MedMnistSet : IImageSet, IDisposable
{
    internal const string Kind = "medmnist";

    private const string Expected = "(images, height, width) or (images, height, width, 3)";
    private const long LargestPicture = 1 << 27; // pixels, as of a picture in a file
    private const int Chunk = 1 << 20;

    private readonly ArrayFile images;
    private readonly int[] labels;
    private readonly long[] classes; // the labels that training images have, in order
    private readonly int height, width, channels;

    private MedMnistSet(string path, string split, DataRequest request, MedMnistSet? train = null)
    {
        Name = $"{Kind} {split}";
        images = ArrayFile.Open(path, split + "_images");
        try
        {
            ReadOnlySpan<long> shape = images.Shape;
            bool isGrey = shape.Length == 3, isColour = shape.Length == 4 && shape[3] == 3;
            if (!(isGrey || isColour) || images.Count == 0) throw Bad(images, $"has the shape ({Text(images)})", Expected);
            if (images.Type != NumberType.UInt8) throw Bad(images, $"holds {images.Type}", "UInt8");
            if (shape[1] * shape[2] > LargestPicture) throw Bad(images, $"has pictures of {Counted.Of(shape[1] * shape[2], "pixel")}", $"at most {LargestPicture}");
            (Count, height, width, channels) = ((int)shape[0], (int)shape[1], (int)shape[2], isGrey ? 1 : 3);
            using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            Hash(hash, request);
            long[] stored = ReadLabels(path, split, Count);
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(stored.AsSpan()));
            classes = train?.classes ?? [.. stored.Distinct().Order()];
            labels = [.. stored.Select(label => Array.BinarySearch(classes, label))];
            int other = Array.FindIndex(labels, label => label < 0);
            if (other >= 0)
                throw new BadDataException($"{path} ({split}_labels): image {other} has the label {stored[other]}, which no training image has.");
            ClassNames = [.. classes.Select(label => FormattableString.Invariant($"{label}"))];
            string sum = Convert.ToHexStringLower(hash.GetHashAndReset());
            Fingerprint = FormattableString.Invariant($"{Name} count {Count} size {height}x{width}x{channels} sha256 {sum}");
        }
        catch
        {
            images.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> ClassNames { get; }

    /// <inheritdoc/>
    public string Fingerprint { get; }

    /// <inheritdoc/>
    public long MaximumBytes => 3L * height * width;

    /// <inheritdoc/>
    public int Label(int index)
    {
        CheckIndex(index);
        return labels[index];
    }

    /// <inheritdoc/>
    public (int Height, int Width) Read(int index, ref byte[] pixels)
    {
        CheckIndex(index);
        int stored = channels * height * width, needed = 3 * height * width;
        if (pixels.Length < needed) pixels = new byte[needed];

        // Grey pixels are read to the end of the array, so that spreading them from the first on overwrites none that is still to be read.
        Span<byte> source = pixels.AsSpan(needed - stored, stored);
        images.Read((long)index * stored, source);
        if (channels == 3) return (height, width);
        for (int i = 0; i < stored; i++)
        {
            byte grey = source[i];
            (pixels[3 * i], pixels[(3 * i) + 1], pixels[(3 * i) + 2]) = (grey, grey, grey);
        }

        return (height, width);
    }

    /// <inheritdoc/>
    public void Dispose() => images.Dispose();

    /// <summary>Whether a zip archive is such a file by the names of its arrays.</summary>
    internal static bool IsIn(string path) => Lengths(path, "train_images.npy", "train_labels.npy") is [>= 0, >= 0];

    /// <summary>Bytes of pictures that are held while a file is open.</summary>
    internal static long HeldBytes(string path) => Lengths(path, "train_images.npy", "test_images.npy").Sum(length => Math.Max(0, length));

    /// <summary>Opens both splits.</summary>
    /// <exception cref="BadDataException">An array is missing, has a wrong shape or type, or holds a label that no training image has.</exception>
    internal static ImageData Open(string path, DataRequest request)
    {
        try
        {
            MedMnistSet train = new(path, "train", request);
            List<string> warnings = [];
            MedMnistSet? test = null;
            try
            {
                if (Lengths(path, "test_images.npy") is [>= 0]) test = new MedMnistSet(path, "test", request, train);
                else warnings.Add($"{path} has no test_images: it can be trained on, and an evaluation needs them.");
                if (Lengths(path, "val_images.npy") is [>= 0]) warnings.Add($"{path}: val_images are left out: test_images are the test split.");
            }
            catch
            {
                train.Dispose();
                throw;
            }

            return new ImageData(Kind, train, test, warnings, new Together(train, test));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new BadDataException($"{path} cannot be read as {Kind}: {fault.Message}", fault);
        }
    }

    private static long[] Lengths(string path, params string[] names)
    {
        try
        {
            using FileStream stream = RegularFile.Open(path);
            using ZipArchive archive = new(stream, ZipArchiveMode.Read);
            return [.. names.Select(name => archive.Entries.FirstOrDefault(entry => entry.FullName == name)?.Length ?? -1)];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException or ArgumentException)
        {
            return []; // whoever reads it as another archive says what is wrong
        }
    }

    private static long[] ReadLabels(string path, string split, int count)
    {
        using ArrayFile array = ArrayFile.Open(path, split + "_labels");
        if (array.Shape.Length is not (1 or 2) || array.Shape[0] != count || array.Count != count)
        {
            bool areSeveral = array.Shape.Length == 2 && array.Shape[0] == count;
            string more = areSeveral ? "; a set of several labels an image is not read" : "";
            throw Bad(array, $"has the shape ({Text(array)})", $"({count}, 1), a label for each image{more}");
        }

        long[] stored = new long[count];
        array.Read(0, stored);
        int bad = Array.FindIndex(stored, label => label < 0);
        return bad < 0 ? stored : throw Bad(array, $"image {bad} has the label {stored[bad]}", "0 or more");
    }

    private void Hash(IncrementalHash hash, DataRequest request)
    {
        byte[] buffer = new byte[(int)Math.Min(Chunk, images.Count)];
        for (long at = 0; at < images.Count; at += buffer.Length)
        {
            request.Stop.ThrowIfCancellationRequested();
            Span<byte> part = buffer.AsSpan(0, (int)Math.Min(buffer.Length, images.Count - at));
            images.Read(at, part);
            hash.AppendData(part);
            request.Progress?.Invoke(at + part.Length, images.Count);
        }
    }

    private static string Text(ArrayFile array) => string.Join(", ", array.Shape.ToArray());

    private static BadDataException Bad(ArrayFile array, string found, string expected) => new($"{array.Name} {found}; expected {expected}.");

    private void CheckIndex(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
    }
}
