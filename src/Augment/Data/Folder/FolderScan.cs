using System.Buffers;
using System.Security.Cryptography;
using NegSamples.Augment.Decoding;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Folder;

/// <summary>Reads every image file once when a set is opened: for the hashes that its fingerprint is made of, and to name all that are bad at once.</summary>
internal static class FolderScan
{
    /// <summary>Of a set with more bytes than this only the first <see cref="Head"/> bytes of each file are read.</summary>
    public const long LargestWhole = 16L << 30;

    /// <summary>The bytes of each file of a larger set that are read.</summary>
    public const int Head = 1 << 16;

    private const int MostNamed = 20;

    /// <summary>Checks all images of the splits.</summary>
    /// <param name="source">The tree.</param>
    /// <param name="decoder">Says what is bad.</param>
    /// <param name="splits">The images.</param>
    /// <param name="skipBad">Up to this many bad ones are left out with a warning.</param>
    /// <param name="warnings">Receives the warning.</param>
    /// <param name="stop">Ends it between two images.</param>
    /// <returns>The splits without the bad images, with the hashes of the others.</returns>
    /// <exception cref="BadDataException">There are more bad images than <paramref name="skipBad"/>, or a class has no others.</exception>
    public static SplitImages[] Check(ImageFiles source, IImageDecoder decoder, SplitImages[] splits, int skipBad, List<string> warnings, CancellationToken stop = default)
    {
        ImageFile[] files = [.. splits.SelectMany(split => split.Images.Select(image => image.File))];
        bool isWhole = files.Sum(file => file.Length) <= LargestWhole;
        string[] hashes = new string[files.Length], faults = new string[files.Length];
        Parallel.For(0, files.Length, new ParallelOptions { CancellationToken = stop }, i =>
        {
            try
            {
                hashes[i] = Hash(source, decoder, files[i], isWhole);
            }
            catch (BadDataException fault)
            {
                faults[i] = fault.Message;
            }
        });

        string[] bad = [.. faults.Where(fault => fault is not null)];
        if (bad.Length > 0)
        {
            string text = string.Join("\n", bad.Take(MostNamed)) + (bad.Length > MostNamed ? $"\nand {bad.Length - MostNamed} more" : "");
            if (bad.Length > skipBad) throw new BadDataException($"{bad.Length} of the {files.Length} images cannot be read:\n{text}");
            warnings.Add($"{bad.Length} of the {files.Length} images cannot be read and are left out:\n{text}");
        }

        int first = 0;
        return [.. splits.Select(split =>
        {
            int[] good = [.. Enumerable.Range(0, split.Images.Count).Where(i => faults[first + i] is null)];
            SplitImages kept = split with
            {
                Images = [.. good.Select(i => split.Images[i])],
                Hashes = [.. good.Select(i => hashes[first + i])],
                Hashed = isWhole ? "contents" : $"first {Head} bytes",
            };
            first += split.Images.Count;
            foreach (int label in split.Images.Select(image => image.Label).Except(kept.Images.Select(image => image.Label)))
                throw new BadDataException($"{source.Root} has no image that can be read of {(split.Classes.Length == 0 ? split.Split : split.Classes[label])}.");
            return kept;
        })];
    }

    private static string Hash(ImageFiles source, IImageDecoder decoder, ImageFile file, bool isWhole)
    {
        ArraySegment<byte> bytes = source.Rent(file.Path, isWhole ? long.MaxValue : Head);
        try
        {
            decoder.Check(bytes, source.NameOf(file.Path), isWhole);
            string hash = Convert.ToHexStringLower(SHA256.HashData(bytes));
            return isWhole ? hash : $"{file.Length} {hash}";
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes.Array!);
        }
    }
}
