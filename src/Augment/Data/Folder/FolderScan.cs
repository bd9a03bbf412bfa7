using System.Buffers;
using System.Security.Cryptography;
using NegSamples.Augment.Decoding;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Folder;

/// <summary>The images of a set that can be read, with their hashes.</summary>
/// <param name="Splits">The splits without the images that are left out.</param>
/// <param name="LeftOut">The paths of those within the data set, in order.</param>
internal sealed record ScannedImages(SplitImages[] Splits, IReadOnlyList<string> LeftOut);

/// <summary>Reads every image file once when a set is opened: for the hashes that its fingerprint is made of, and to name all that are bad at once.</summary>
internal static class FolderScan
{
    /// <summary>The bytes of each file that the former fingerprint of a large set was made of.</summary>
    public const int Head = 1 << 16;

    /// <summary>Sets of more bytes than this had a fingerprint of the beginnings of their files, which their runs hold.</summary>
    private const long LargestWhole = 16L << 30;

    private const int MostNamed = 20;

    /// <summary>Checks all images of the splits.</summary>
    /// <param name="source">The tree.</param>
    /// <param name="splits">The images.</param>
    /// <param name="request">Says what is bad, and how many or which bad images are left out.</param>
    /// <param name="warnings">Receives a sentence about those that are left out.</param>
    /// <param name="largestWhole">Of a set of more bytes the beginnings of the files are hashed, too.</param>
    /// <exception cref="BadDataException">More images are bad than may be left out, others than were, or a class has no others.</exception>
    public static ScannedImages Check(ImageFiles source, SplitImages[] splits, DataRequest request, List<string> warnings, long largestWhole = LargestWhole)
    {
        List<string> leftOut = [.. request.LeftOut ?? []];
        if (leftOut.Count > 0)
        {
            splits = Without(source, splits, leftOut);
            warnings.Add($"{Counted.Of(leftOut.Count, "image")} left out, as when the run began:\n{Lines(leftOut)}");
        }

        IImageDecoder decoder = request.Decoder ?? new ImageSharpDecoder();
        ImageFile[] files = [.. splits.SelectMany(split => split.Images.Select(image => image.File))];
        string[] faults = new string[files.Length];
        FileHash[] hashes = HashAll(source, files, request, decoder, files.Sum(file => file.Length) > largestWhole, faults);
        string[] bad = [.. faults.Where(fault => fault is not null)];
        if (bad.Length > 0)
        {
            string text = Lines(bad), unread = $"{bad.Length} of the {Counted.Of(files.Length, "image")} cannot be read";
            if (request.LeftOut is not null && request.SkipBad > 0)
                throw new BadDataException($"{unread} that could be when the run began; it goes on with the same images or not at all:\n{text}");
            if (bad.Length > request.SkipBad)
                throw new BadDataException(request.SkipBad == 0 ? $"{unread}:\n{text}\nMend or remove them, or leave them out: `skipBad` {bad.Length}." : $"{unread}; `skipBad` allows {request.SkipBad}:\n{text}");
            warnings.Add($"{unread} and are left out:\n{text}");
            leftOut = [.. splits.SelectMany(split => split.Images.Select(image => image.File.Path[split.Root.Length..]))
                .Where((_, i) => faults[i] is not null)];
        }

        return new ScannedImages(Good(source, splits, hashes, faults), leftOut);
    }

    private static SplitImages[] Good(ImageFiles source, SplitImages[] splits, FileHash[] hashes, string[] faults)
    {
        int first = 0;
        return [.. splits.Select(split =>
        {
            SplitImages hashed = split with { Hashes = hashes[first..(first + split.Images.Count)] };
            SplitImages kept = Kept(source, hashed, place => faults[first + place] is null);
            first += split.Images.Count;
            return kept;
        })];
    }

    private static SplitImages[] Without(ImageFiles source, SplitImages[] splits, IEnumerable<string> leftOut)
    {
        HashSet<string> paths = new(leftOut, StringComparer.Ordinal);
        return [.. splits.Select(split => Kept(source, split, place => !paths.Contains(split.Images[place].File.Path[split.Root.Length..])))];
    }

    private static SplitImages Kept(ImageFiles source, SplitImages split, Func<int, bool> isKept)
    {
        SplitImages kept = split.Only([.. Enumerable.Range(0, split.Images.Count).Where(isKept)]);
        foreach (int label in split.Images.Select(image => image.Label).Except(kept.Images.Select(image => image.Label)))
            throw new BadDataException($"{source.Root} has no image that can be read of {(split.Classes.Length == 0 ? split.Split : split.Classes[label])}.");
        return kept;
    }

    private static string Lines(IReadOnlyCollection<string> all) =>
        string.Join("\n", all.Take(MostNamed)) + (all.Count > MostNamed ? $"\nand {all.Count - MostNamed} more" : "");

    private static FileHash[] HashAll(ImageFiles source, ImageFile[] files, DataRequest request, IImageDecoder decoder, bool withHeads, string[] faults)
    {
        ContentCache cache = new(request.CacheFolder, source.Root);
        FileHash[] hashes = new FileHash[files.Length];
        FileStamp?[] fresh = new FileStamp?[files.Length]; // of the files that were read and rest
        long done = 0, total = files.Sum(file => file.Length);
        try
        {
            Parallel.For(0, files.Length, new ParallelOptions { CancellationToken = request.Stop }, i =>
            {
                string path = files[i].Path;
                FileStamp? before = source.StampOf(path);
                try
                {
                    if (cache.Find(path, before) is { } known && (known.Head.Length > 0 || !withHeads)) hashes[i] = known;
                    else
                    {
                        hashes[i] = Hash(source, decoder, files[i], withHeads);
                        if (before is { IsAtRest: true } && before == source.StampOf(path)) fresh[i] = before;
                    }
                }
                catch (BadDataException fault)
                {
                    faults[i] = fault.Message;
                }

                request.Progress?.Invoke(Interlocked.Add(ref done, files[i].Length), total);
            });
        }
        finally
        {
            cache.Save(Enumerable.Range(0, files.Length).Where(i => fresh[i] is not null).Select(i => (files[i].Path, fresh[i]!.Value, hashes[i])));
        }

        return hashes;
    }

    private static FileHash Hash(ImageFiles source, IImageDecoder decoder, ImageFile file, bool withHead)
    {
        ArraySegment<byte> bytes = source.Rent(file.Path);
        try
        {
            decoder.Check(bytes, source.NameOf(file.Path));
            return new FileHash(Sha256(bytes), withHead ? $"{file.Length} {Sha256(bytes[..Math.Min(Head, bytes.Count)])}" : "");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes.Array!);
        }
    }

    private static string Sha256(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));
}
