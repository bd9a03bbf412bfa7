using System.Globalization;
using NegSamples.Augment.Data.Shards;
using NegSamples.Augment.Decoding;
using NegSamples.Files;

namespace NegSamples.Augment.Data.Cached;

/// <summary>Reads decoded pictures from a file of the cache folder; what is damaged there is decoded anew.</summary>
/// <remarks>Read by calls, not mapped: a file that becomes shorter while it is mapped ends the process.</remarks>
internal sealed class SetOnDisk : DecodedSet, IDisposable
{
    private readonly IImageSet images;
    private readonly FileStream file;
    private readonly PictureIndex index;
    private readonly (int Height, int Width)[] sizes;

    private SetOnDisk(IImageSet images, FileStream file, PictureIndex index)
        : base(images)
    {
        (this.images, this.file, this.index) = (images, file, index);
        sizes = [.. index.Pictures.Select(picture => SizeOf(picture.Label!))];
    }

    public override bool DecodesOnRead => false;

    /// <summary>Opens the file of a set; decodes all pictures into it where it is not there, or is of other pictures.</summary>
    /// <param name="root">The data set as the user wrote it.</param>
    /// <param name="images">The split.</param>
    /// <param name="room">Bytes that its pictures take about.</param>
    /// <param name="decoder">Decodes them.</param>
    /// <param name="request">Has the cache folder, is told of the progress, and ends the decoding.</param>
    public static SetOnDisk Open(string root, IImageSet images, Func<long> room, IImageDecoder decoder, DataRequest request)
    {
        string about = string.Create(CultureInfo.InvariantCulture, $"{images.Fingerprint}\n{decoder.Name}\n{images.Count}");
        (FileStream file, PictureIndex index) = KeptPictures.Open(
            request.CacheFolder, "decoded", $"{Path.GetFullPath(root)}\n{images.Name}\n{decoder.Name}", about, room, $"The decoded pictures of {root}",
            writer => Decode(images, writer, request), request.Stop);
        return new SetOnDisk(images, file, index);
    }

    public override (int Height, int Width) Read(int index, ref byte[] pixels)
    {
        ShardPicture picture = this.index.Pictures[index];
        int length = (int)picture.Length;
        if (pixels.Length < length) pixels = new byte[length];
        return IsSound(picture, this.index.Sums[index], pixels.AsSpan(0, length)) ? sizes[index] : images.Read(index, ref pixels);
    }

    public void Dispose() => file.Dispose();

    private bool IsSound(ShardPicture picture, ulong sum, Span<byte> pixels)
    {
        try
        {
            return RegularFile.TryRead(file.SafeFileHandle, pixels, picture.Offset) && PictureIndex.Sum(pixels) == sum;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static IReadOnlyList<string>? Decode(IImageSet images, PictureWriter writer, DataRequest request)
    {
        int[] order = [.. Enumerable.Range(0, images.Count)];
        using DecodingThreads threads = new(images, DecodingThreads.Number);
        threads.Begin(order, 0, order.Length);
        for (int i = 0; i < order.Length; i++)
        {
            request.Stop.ThrowIfCancellationRequested();
            (int height, int width) = threads.Take(out byte[] pixels, () => false);
            writer.Add(pixels.AsSpan(0, 3 * height * width), string.Create(CultureInfo.InvariantCulture, $"{height}x{width}"));
            threads.Release();
            request.Progress?.Invoke(writer.Written, writer.Written / (i + 1) * order.Length);
        }

        return null;
    }

    private static (int Height, int Width) SizeOf(string label)
    {
        int cross = label.IndexOf('x');
        return (int.Parse(label.AsSpan(0, cross), CultureInfo.InvariantCulture), int.Parse(label.AsSpan(cross + 1), CultureInfo.InvariantCulture));
    }
}
