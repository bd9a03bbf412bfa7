using System.Buffers;
using System.Runtime.InteropServices;
using NegSamples.Files;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace NegSamples.Augment.Decoding;

/// <summary>Decodes PNG, JPEG, BMP and WebP by SixLabors.ImageSharp.</summary>
/// <remarks>
/// An image of more than <see cref="PixelLimit"/> pixels is reduced (bicubic, ratio kept) until its shorter side is at most
/// <see cref="ShorterSide"/> and its pixels are at most <see cref="PixelLimit"/>, so that a batch has bounded memory.
/// ImageSharp repeats the colour of a JPEG that has less of it than pixels; another reader of JPEG may interpolate.
/// </remarks>
public sealed class ImageSharpDecoder : IImageDecoder
{
    /// <summary>The shorter side of a reduced image is at most this many pixels.</summary>
    internal const int ShorterSide = 512;

    /// <summary>An image with more pixels than this is reduced: twice a square of <see cref="ShorterSide"/>, 1.5 MiB as RGB.</summary>
    internal const int PixelLimit = 2 * ShorterSide * ShorterSide;

    /// <summary>An image whose header asks for more pixels than this is refused: 384 MiB as RGB while it is decoded.</summary>
    internal const int RefusedAbove = 1 << 27;

    /// <summary>Of images with more pixels than this, 48 MiB as RGB, one is decoded at a time, so that many threads need no more memory.</summary>
    private const int AloneAbove = 1 << 24;

    private static readonly Lock Large = new();

    private readonly IJpegReader? jpeg;

    // Batches are decoded by several threads already, so one image stays on one thread.
    private static readonly Configuration Formats = new(
        new PngConfigurationModule(), new JpegConfigurationModule(), new BmpConfigurationModule(), new WebpConfigurationModule())
    {
        MaxDegreeOfParallelism = 1,
    };

    /// <summary>Makes a decoder that leaves every format to ImageSharp.</summary>
    public ImageSharpDecoder()
    {
    }

    /// <summary>Makes one with another reader of JPEG.</summary>
    /// <param name="jpeg">Reads JPEG files of one or three components; null leaves them to ImageSharp.</param>
    internal ImageSharpDecoder(IJpegReader? jpeg) => this.jpeg = jpeg;

    /// <inheritdoc/>
    public string Name => FormattableString.Invariant(
        $"ImageSharp {typeof(Image).Assembly.GetName().Version}, JPEG by {jpeg?.GetType().Name ?? "it"}, at most {Counted.Of(PixelLimit, "pixel")}");

    /// <inheritdoc/>
    public long MaximumBytes => 3L * PixelLimit;

    /// <inheritdoc/>
    public (int Height, int Width) Decode(ArraySegment<byte> file, string name, ref byte[] pixels)
    {
        byte[] target = pixels;
        (int Height, int Width) size = Guarded(name, () =>
        {
            (ArraySegment<byte> plain, IImageInfo info) = Prepared(file, name, everyPixel: false);
            if ((long)info.Height * info.Width <= AloneAbove) return Decode(plain, info, ref target);
            lock (Large) return Decode(plain, info, ref target);
        });
        pixels = target;
        return size;
    }

    /// <inheritdoc/>
    public void Check(ArraySegment<byte> file, string name) => Guarded(name, () => Prepared(file, name, everyPixel: true));

    /// <summary>The file as the decoder reads it rightly, without texts and a still image, and its header.</summary>
    private static (ArraySegment<byte> File, IImageInfo Info) Prepared(ArraySegment<byte> file, string name, bool everyPixel)
    {
        RefuseEmpty(file, name);
        if (Truncation.Find(file) is { } missing) throw new BadDataException($"{name} is truncated: {missing}.");
        PngFile? png = PngFile.Is(file) ? new PngFile(file, name) : null;
        ArraySegment<byte> plain = png?.Plain() ?? WebpFile.Still(file, name);
        IImageInfo info = Identified(plain, name); // refuses what claims to be too large before it is unpacked
        png?.CheckPixels(everyPixel);
        return (plain, info);
    }

    private static void RefuseEmpty(ArraySegment<byte> file, string name)
    {
        if (file.Count == 0) throw new BadDataException($"{name} is empty (0 bytes); expected a PNG, JPEG, BMP or WebP image.");
    }

    private static BadDataException Unknown(string name, Exception? fault = null)
    {
        string message = $"{name} is not a PNG, JPEG, BMP or WebP image.";
        return fault is null ? new BadDataException(message) : new BadDataException(message, fault);
    }

    private static T Guarded<T>(string name, Func<T> decode)
    {
        try
        {
            return decode();
        }
        catch (UnknownImageFormatException unknown)
        {
            throw Unknown(name, unknown);
        }
        catch (Exception fault) when (fault is not (BadDataException or OutOfMemoryException))
        {
            // On corrupt bytes the decoders throw whatever their inner loops meet, so no list of types would be complete.
            throw new BadDataException($"{name} is a corrupt image: {fault.Message}", fault);
        }
    }

    private static IImageInfo Identified(ArraySegment<byte> file, string name)
    {
        using MemoryStream stream = new(file.Array!, file.Offset, file.Count, writable: false);
        IImageInfo info = Image.Identify(Formats, stream) ?? throw Unknown(name);
        if ((long)info.Height * info.Width > RefusedAbove)
            throw new BadDataException($"{name} is {info.Height} x {info.Width} pixels; expected at most {Counted.Of(RefusedAbove, "pixel")}.");
        RefuseHollow(file, info, name);
        return info;
    }

    /// <summary>Refuses a large picture of next to no bytes, which takes seconds to decode to one colour: what a damaged header claims.</summary>
    /// <remarks>
    /// A key frame of lossy WebP codes the mode of each 16 x 16 pixels in 3.4 bits or more, a JPEG of any usual sampling each 8 x 8 in one bit or more. Lossless WebP says in no bits
    /// that all pixels are alike, and is held to the same.
    /// </remarks>
    private static void RefuseHollow(ReadOnlySpan<byte> file, IImageInfo info, string name)
    {
        const int square = 16 * 16, leastBits = 3;
        long pixels = (long)info.Height * info.Width, least = pixels * leastBits / (8 * square);
        bool isCoded = JpegFile.Is(file) || file.StartsWith("RIFF"u8);
        if (isCoded && pixels > AloneAbove && file.Length < least)
            throw new BadDataException($"{name} claims {info.Height} x {info.Width} pixels in {Counted.Of(file.Length, "byte")}; expected at least {least} for so many.");
    }

    private (int Height, int Width) Decode(ArraySegment<byte> file, IImageInfo info, ref byte[] pixels)
    {
        if (jpeg is not null && JpegFile.Is(file) && JpegFile.Components(file) is 1 or 3 && DecodeJpeg(file, info, ref pixels) is { } size) return size;
        using MemoryStream stream = new(file.Array!, file.Offset, file.Count, writable: false);
        using Image<Rgb24> image = Image.Load<Rgb24>(Formats, stream);
        image.Mutate(context => ReduceAndTurn(context, image.Height, image.Width));
        return Copy(image, ref pixels);
    }

    /// <summary>Decodes by the other reader; null where it cannot read the file.</summary>
    private (int Height, int Width)? DecodeJpeg(ReadOnlySpan<byte> file, IImageInfo info, ref byte[] pixels)
    {
        int bytes = checked(3 * info.Height * info.Width);
        bool isTurned = info.Metadata.ExifProfile?.GetValue(ExifTag.Orientation)?.Value is >= 2 and <= 8;
        if (!isTurned && Reduced(info.Height, info.Width) == (info.Height, info.Width))
        {
            if (pixels.Length < bytes) pixels = new byte[bytes];
            return jpeg!.TryRead(file, info.Height, info.Width, pixels.AsSpan(0, bytes)) ? (info.Height, info.Width) : null;
        }

        byte[] stored = ArrayPool<byte>.Shared.Rent(bytes);
        try
        {
            if (!jpeg!.TryRead(file, info.Height, info.Width, stored.AsSpan(0, bytes))) return null;
            using Image<Rgb24> image = Image.WrapMemory<Rgb24>(Formats, stored.AsMemory(0, bytes), info.Width, info.Height);
            image.Metadata.ExifProfile = info.Metadata.ExifProfile;
            using Image<Rgb24> turned = image.Clone(context => ReduceAndTurn(context, info.Height, info.Width));
            return Copy(turned, ref pixels);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(stored);
        }
    }

    private static void ReduceAndTurn(IImageProcessingContext context, int height, int width)
    {
        (int Height, int Width) reduced = Reduced(height, width);
        if (reduced != (height, width)) context.Resize(reduced.Width, reduced.Height);
        context.AutoOrient();
    }

    /// <summary>The size that an image is decoded to.</summary>
    internal static (int Height, int Width) Reduced(int height, int width)
    {
        double area = (double)height * width;
        if (area <= PixelLimit) return (height, width);

        // A long strip meets its limit by area, not by its shorter side; rounding down keeps the limit exact.
        double scale = Math.Min(1, Math.Min(ShorterSide / (double)Math.Min(height, width), Math.Sqrt(PixelLimit / area)));
        int shorter = Math.Max(1, (int)(Math.Min(height, width) * scale));
        int longer = Math.Min(Math.Max(1, (int)(Math.Max(height, width) * scale)), PixelLimit / shorter);
        return height <= width ? (shorter, longer) : (longer, shorter);
    }

    private static (int Height, int Width) Copy(Image<Rgb24> image, ref byte[] pixels)
    {
        int row = 3 * image.Width;
        if (pixels.Length < row * image.Height) pixels = new byte[row * image.Height];
        byte[] target = pixels;
        image.ProcessPixelRows(rows =>
        {
            for (int y = 0; y < rows.Height; y++) MemoryMarshal.AsBytes(rows.GetRowSpan(y)).CopyTo(target.AsSpan(y * row));
        });
        return (image.Height, image.Width);
    }
}
