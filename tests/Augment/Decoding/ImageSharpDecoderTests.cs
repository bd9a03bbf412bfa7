using System.Buffers.Binary;
using NegSamples.Augment.Decoding;
using NegSamples.Files;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats;
using SixLabors.ImageSharp.Formats.Bmp;
using SixLabors.ImageSharp.Formats.Gif;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.PixelFormats;

namespace NegSamples.Tests.Augment.Decoding;

public class ImageSharpDecoderTests
{
    private static readonly ImageSharpDecoder Decoder = new();

    public static TheoryData<string> Formats => ["png", "jpeg", "bmp", "webp", "lossy"];

    [Theory]
    [MemberData(nameof(Formats))]
    public void EveryFormatGivesItsPixels(string format)
    {
        using Image<Rgba32> image = Gradient(13, 37);
        byte[] pixels = [];
        (int height, int width) = Decoder.Decode(Encode(image, format), "x", ref pixels);
        Assert.Equal((13, 37), (height, width));
        int allowed = format is "jpeg" or "lossy" ? 12 : 0; // chroma is stored at half size by the lossy formats
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                int at = 3 * ((y * width) + x);
                Assert.InRange(Math.Abs(pixels[at] - image[x, y].R), 0, allowed);
                Assert.InRange(Math.Abs(pixels[at + 1] - image[x, y].G), 0, allowed);
                Assert.InRange(Math.Abs(pixels[at + 2] - image[x, y].B), 0, allowed);
            }
        }
    }

    [Theory]
    [InlineData("png")]
    [InlineData("webp")]
    public void AlphaIsIgnored(string format)
    {
        using Image<Rgba32> image = new(5, 4, new Rgba32(200, 100, 50, 60));
        byte[] pixels = [];
        Decoder.Decode(Encode(image, format), "x", ref pixels);
        Assert.Equal([200, 100, 50], pixels[..3]);
    }

    [Fact]
    public void GreyBecomesRgb()
    {
        using Image<L8> image = new(3, 2, new L8(77));
        using MemoryStream stream = new();
        image.Save(stream, new PngEncoder { ColorType = PngColorType.Grayscale });
        byte[] pixels = [];
        Assert.Equal((2, 3), Decoder.Decode(stream.ToArray(), "x", ref pixels));
        Assert.All(pixels, value => Assert.Equal(77, value));
    }

    [Fact]
    public void TheOrientationIsApplied()
    {
        using Image<Rgba32> image = new(16, 8, new Rgba32(0, 0, 0));
        for (int y = 0; y < 8; y++)
        for (int x = 0; x < 8; x++) image[x, y] = new Rgba32(255, 255, 255); // white on the left as stored
        image.Metadata.ExifProfile = new ExifProfile();
        image.Metadata.ExifProfile.SetValue(ExifTag.Orientation, (ushort)6); // to be turned by a quarter clockwise, so white at the top
        byte[] pixels = [];
        Assert.Equal((16, 8), Decoder.Decode(Encode(image, "jpeg"), "x", ref pixels));
        Assert.InRange(pixels[3 * 4], 240, 255);
        Assert.InRange(pixels[3 * ((15 * 8) + 4)], 0, 15);
    }

    [Fact]
    public void ABufferThatIsLargeEnoughIsKept()
    {
        byte[] buffer = new byte[3 * 13 * 37], same = buffer;
        using Image<Rgba32> image = Gradient(13, 37);
        Decoder.Decode(Encode(image, "png"), "x", ref buffer);
        Assert.Same(same, buffer);
    }

    [Theory]
    [InlineData(500, 375, 500, 375)]
    [InlineData(512, 1024, 512, 1024)]
    [InlineData(3000, 4000, 512, 682)]
    [InlineData(4000, 3000, 682, 512)]
    [InlineData(1000, 1000, 512, 512)]
    [InlineData(100, 100_000, 22, 22_897)]
    [InlineData(1, 10_000_000, 1, 524_288)]
    public void ALargeImageIsReducedToABoundedSize(int height, int width, int expectedHeight, int expectedWidth)
    {
        Assert.Equal((expectedHeight, expectedWidth), ImageSharpDecoder.Reduced(height, width));
        Assert.True(3L * expectedHeight * expectedWidth <= Decoder.MaximumBytes);
    }

    [Fact]
    public void ALargeImageKeepsItsContent()
    {
        using Image<Rgba32> image = new(1600, 900, new Rgba32(10, 20, 30));
        for (int y = 0; y < 900; y++)
        for (int x = 800; x < 1600; x++) image[x, y] = new Rgba32(210, 220, 230);
        byte[] pixels = [];
        Assert.Equal((512, 910), Decoder.Decode(Encode(image, "bmp"), "x", ref pixels));
        Assert.Equal([10, 20, 30], pixels[..3]);
        Assert.Equal([210, 220, 230], pixels[(3 * 909)..(3 * 910)]);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void ATruncatedImageIsAFault(string format)
    {
        using Image<Rgba32> image = Gradient(60, 50);
        byte[] whole = Encode(image, format);
        foreach (int length in new[] { 1, 2, 7, 12, 40, whole.Length / 2, whole.Length - 1 })
        {
            byte[] pixels = [];
            Assert.Contains("pictures/cat", Assert.Throws<BadDataException>(() => Decoder.Decode(whole[..length], "pictures/cat", ref pixels)).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void BytesBehindTheEndAreNoFault()
    {
        using Image<Rgba32> image = Gradient(20, 20);
        foreach (string format in Formats.Select(row => row.Data))
        {
            byte[] pixels = [];
            Assert.Equal((20, 20), Decoder.Decode((byte[])[.. Encode(image, format), 1, 2, 3], format, ref pixels));
        }
    }

    [Fact]
    public void APngWithAChangedByteIsAFault()
    {
        using Image<Rgba32> image = Gradient(60, 50);
        byte[] file = Encode(image, "png"), pixels = [];
        file[file.Length / 2] ^= 0x10;
        Assert.Throws<BadDataException>(() => Decoder.Decode(file, "x", ref pixels));
    }

    [Fact]
    public void RandomDamageNeverGivesAnotherException()
    {
        Random random = new(7);
        using Image<Rgba32> image = Gradient(24, 31);
        foreach (string format in Formats.Select(row => row.Data))
        {
            byte[] whole = Encode(image, format);
            for (int trial = 0; trial < 60; trial++)
            {
                byte[] file = [.. whole], pixels = [];
                for (int damage = 0; damage < 4; damage++) file[random.Next(2, file.Length)] = (byte)random.Next(256);
                try
                {
                    (int height, int width) = Decoder.Decode(file, "x", ref pixels);
                    Assert.True(3L * height * width <= Decoder.MaximumBytes);
                }
                catch (BadDataException)
                {
                }
            }
        }
    }

    [Fact]
    public void FaultsSayWhatTheFileIs()
    {
        byte[] pixels = [];
        string Message(byte[] file) => Assert.Throws<BadDataException>(() => Decoder.Decode(file, "a.png", ref pixels)).Message;
        Assert.Equal("a.png is empty (0 bytes); expected a PNG, JPEG, BMP or WebP image.", Message([]));
        Assert.Equal("a.png is not a PNG, JPEG, BMP or WebP image.", Message("a text of some length, which is no image at all"u8.ToArray()));
        using Image<Rgba32> image = Gradient(5, 5);
        Assert.Equal("a.png is not a PNG, JPEG, BMP or WebP image.", Message(Encode(image, "gif")));
        // Encoded, or with the header of OS/2: 60 bytes that claim pictures of hundreds of megabytes.
        byte[] encoded = new byte[60], old = new byte[60];
        "BM"u8.CopyTo(encoded);
        "BM"u8.CopyTo(old);
        (encoded[14], encoded[28], encoded[30]) = (40, 8, 1);
        BitConverter.TryWriteBytes(encoded.AsSpan(18), 11_000);
        BitConverter.TryWriteBytes(encoded.AsSpan(22), 11_000);
        (old[14], old[24]) = (12, 24);
        BitConverter.TryWriteBytes(old.AsSpan(18), (ushort)11_000);
        BitConverter.TryWriteBytes(old.AsSpan(20), (short)11_000);
        Assert.StartsWith("a.png is truncated: it has 60 bytes for 121000000 pixels; expected at most 16777216", Message(encoded), StringComparison.Ordinal);
        Assert.StartsWith("a.png is truncated: it has 60 bytes and its pixels end at 363000000", Message(old), StringComparison.Ordinal);
        byte[] table = Encode(image, "bmp");
        table[13] = 0x64;
        Assert.Contains("bytes and its pixels begin at 16777", Message(table), StringComparison.Ordinal);
        byte[] bomb = Encode(image, "bmp");
        BitConverter.TryWriteBytes(bomb.AsSpan(18), 60_000);
        BitConverter.TryWriteBytes(bomb.AsSpan(22), 60_000);
        BitConverter.TryWriteBytes(bomb.AsSpan(30), 1); // run lengths, so that the file's own length says nothing
        Assert.Equal("a.png is 60000 x 60000 pixels; expected at most 134217728 pixels.", Message(bomb));
    }

    /// <summary>A header of a few bytes more would take seconds, though it be within the limit of pixels.</summary>
    [Theory]
    [InlineData("jpeg")]
    [InlineData("webp")]
    [InlineData("lossy")]
    public void ALargePictureOfNextToNoBytesIsRefused(string format)
    {
        const int side = 11_000;
        using Image<Rgba32> image = Gradient(13, 37);
        byte[] file = Encode(image, format), pixels = [];
        switch (format)
        {
            case "jpeg":
                int frame = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0xFF, 0xC0]);
                BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 5), side);
                BinaryPrimitives.WriteUInt16BigEndian(file.AsSpan(frame + 7), side);
                break;
            case "lossy":
                int start = file.AsSpan().IndexOf((ReadOnlySpan<byte>)[0x9D, 0x01, 0x2A]);
                BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(start + 3), side);
                BinaryPrimitives.WriteUInt16LittleEndian(file.AsSpan(start + 5), side);
                break;
            default:
                int bits = file.AsSpan().IndexOf("VP8L"u8) + 9; // behind the length and a signature of one byte
                uint rest = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(bits)) & 0xF000_0000;
                BinaryPrimitives.WriteUInt32LittleEndian(file.AsSpan(bits), rest | (side - 1) | ((side - 1) << 14));
                break;
        }

        string expected = $"x claims 11000 x 11000 pixels in {file.Length} bytes; expected at least 177246 for so many.";
        Assert.Equal(expected, Assert.Throws<BadDataException>(() => Decoder.Decode(file, "x", ref pixels)).Message);
        Assert.Equal(expected, Assert.Throws<BadDataException>(() => Decoder.Check(file, "x")).Message);
    }

    /// <summary>Pictures of one colour are the smallest that an encoder makes.</summary>
    [Theory]
    [InlineData("jpeg")]
    [InlineData("lossy")]
    public void ALargePictureOfOneColourIsRead(string format)
    {
        using Image<Rgba32> image = new(4112, 4096, new Rgba32(128, 128, 128));
        IImageEncoder encoder = format == "jpeg" ? new JpegEncoder { Quality = 1 } : new WebpEncoder { FileFormat = WebpFileFormatType.Lossy, Quality = 1, Method = WebpEncodingMethod.Level0 };
        byte[] pixels = [];
        using MemoryStream stream = new();
        image.Save(stream, encoder);
        Assert.Equal((512, 514), Decoder.Decode(stream.ToArray(), "x", ref pixels));
    }

    private static Image<Rgba32> Gradient(int height, int width)
    {
        Image<Rgba32> image = new(width, height);
        for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) image[x, y] = new Rgba32((byte)(40 + (2 * x)), (byte)(60 + (2 * y)), (byte)(100 + x + y));
        return image;
    }

    private static byte[] Encode(Image image, string format)
    {
        IImageEncoder encoder = format switch
        {
            "png" => new PngEncoder(),
            "jpeg" => new JpegEncoder { Quality = 98 },
            "bmp" => new BmpEncoder { BitsPerPixel = BmpBitsPerPixel.Pixel24 },
            "webp" => new WebpEncoder { FileFormat = WebpFileFormatType.Lossless },
            "lossy" => new WebpEncoder { FileFormat = WebpFileFormatType.Lossy, Quality = 98 },
            "gif" => new GifEncoder(),
            _ => throw new ArgumentException(format, nameof(format)),
        };
        using MemoryStream stream = new();
        image.Save(stream, encoder);
        return stream.ToArray();
    }
}
