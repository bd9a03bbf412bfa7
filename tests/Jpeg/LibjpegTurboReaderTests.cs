using NegSamples.Augment.Decoding;
using NegSamples.Files;
using NegSamples.Jpeg;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Jpeg;
using SixLabors.ImageSharp.Metadata.Profiles.Exif;
using SixLabors.ImageSharp.PixelFormats;

namespace NegSamples.Tests.Jpeg;

public class LibjpegTurboReaderTests
{
    // Inverse transforms in integers and in floats part by 1 in luma and chroma, which the weights of the colours (1 + 1.772) make nearly 3.
    private const int Rounding = 3;

    private static readonly ImageSharpDecoder Decoder = new(new LibjpegTurboReader()), Repeating = new();

    /// <summary>
    /// A column of halved colour is 3/4 of the nearer and 1/4 of the farther sample. The halves of this picture have one luma and flat colours whose border is one
    /// of 8 samples: beside it the interpolated red is a quarter of the step nearer to the other half than the repeated one, elsewhere they are the same.
    /// </summary>
    [Fact]
    public void HalvedColourIsInterpolated()
    {
        using Image<Rgb24> image = new(32, 16);
        for (int y = 0; y < 16; y++)
        for (int x = 0; x < 32; x++) image[x, y] = x < 16 ? new Rgb24(180, 90, 120) : new Rgb24(60, 151, 120);
        byte[] file = Encoded(image, new JpegEncoder { Quality = 100, ColorType = JpegColorType.YCbCrRatio420 }), pixels = [], repeated = [];
        Assert.Equal((16, 32), Decoder.Decode(file, "x", ref pixels));
        Repeating.Decode(file, "x", ref repeated);
        int Red(byte[] of, int x) => of[3 * ((8 * 32) + x)];
        double step = Red(pixels, 31) - Red(pixels, 0);
        Assert.InRange(step, -125, -115);
        Assert.InRange(Red(pixels, 15) - Red(repeated, 15), (0.25 * step) - 3, (0.25 * step) + 3);
        Assert.InRange(Red(pixels, 16) - Red(repeated, 16), (-0.25 * step) - 3, (-0.25 * step) + 3);
        foreach (int x in new[] { 0, 8, 13, 18, 24, 31 }) Assert.InRange(Red(pixels, x) - Red(repeated, x), -3, 3);
    }

    [Theory]
    [InlineData(JpegColorType.YCbCrRatio444, 37, 53)]
    [InlineData(JpegColorType.YCbCrRatio420, 1, 1)]
    [InlineData(JpegColorType.YCbCrRatio420, 17, 3)]
    [InlineData(JpegColorType.YCbCrRatio420, 375, 500)]
    [InlineData(JpegColorType.Luminance, 29, 41)]
    public void EveryKindGivesItsPixels(JpegColorType colour, int height, int width)
    {
        using Image<Rgb24> image = Smooth(height, width);
        byte[] file = Encoded(image, new JpegEncoder { Quality = 98, ColorType = colour }), pixels = [], other = [];
        Assert.Equal((height, width), Decoder.Decode(file, "x", ref pixels));
        Repeating.Decode(file, "x", ref other);
        int allowed = colour == JpegColorType.YCbCrRatio420 ? 20 : Rounding; // where no colour is missing, nothing is interpolated
        Assert.InRange(Enumerable.Range(0, 3 * height * width).Max(i => Math.Abs(pixels[i] - other[i])), 0, allowed);
    }

    [Fact]
    public void TheOrientationIsAppliedAndALargeImageReduced()
    {
        for (ushort orientation = 0; orientation <= 9; orientation++)
        {
            using Image<Rgb24> image = Smooth(20, 30);
            image.Metadata.ExifProfile = new ExifProfile();
            image.Metadata.ExifProfile.SetValue(ExifTag.Orientation, orientation);
            AssertSame(Encoded(image, new JpegEncoder { Quality = 98, ColorType = JpegColorType.YCbCrRatio444 }));
        }

        using Image<Rgb24> large = Smooth(1000, 1500);
        AssertSame(Encoded(large, new JpegEncoder { Quality = 98, ColorType = JpegColorType.YCbCrRatio444 }));
    }

    /// <summary>What is no JPEG, or of another size than its header says, is left to the other reader.</summary>
    [Fact]
    public void OtherFilesAreLeftToTheOtherReader()
    {
        using Image<Rgb24> image = Smooth(9, 7);
        byte[] jpeg = Encoded(image, new JpegEncoder { ColorType = JpegColorType.YCbCrRatio444 }), png = TemporaryFolder.Png(3, 4, 5, 6, 7), pixels = new byte[189];
        Assert.True(new LibjpegTurboReader().TryRead(jpeg, 9, 7, pixels));
        Assert.False(new LibjpegTurboReader().TryRead(png, 3, 4, pixels));
        Assert.False(new LibjpegTurboReader().TryRead(jpeg, 7, 9, pixels));
        Assert.False(new LibjpegTurboReader().TryRead([], 7, 9, pixels));
        Assert.False(new LibjpegTurboReader().TryRead(jpeg.AsSpan(0, 20), 9, 7, pixels));
        Assert.Equal(3, JpegFile.Components(jpeg));
        Assert.Equal(0, JpegFile.Components(jpeg.AsSpan(0, 30)));
        byte[] read = [];
        Assert.Equal((3, 4), Decoder.Decode(png, "x", ref read));
        Assert.Equal([5, 6, 7], read[..3]);
    }

    [Fact]
    public void ATruncatedFileIsAFaultAndDamageNeverAnotherException()
    {
        using Image<Rgb24> image = Smooth(40, 60);
        byte[] file = Encoded(image, new JpegEncoder { Quality = 90, ColorType = JpegColorType.YCbCrRatio420 }), pixels = [];
        for (int length = 0; length < file.Length; length += 7)
        {
            ArraySegment<byte> part = new(file, 0, length);
            Assert.Throws<BadDataException>(() => Decoder.Decode(part, "x", ref pixels));
        }

        Random random = new(5);
        for (int trial = 0; trial < 2000; trial++)
        {
            byte[] damaged = [.. file];
            for (int i = random.Next(1, 6); i > 0; i--) damaged[random.Next(2, damaged.Length)] = (byte)random.Next(256);
            try
            {
                (int height, int width) = Decoder.Decode(damaged, "x", ref pixels);
                Assert.True(pixels.Length >= 3 * height * width);
            }
            catch (BadDataException fault)
            {
                Assert.StartsWith("x ", fault.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(64)]
    [InlineData(1001)]
    public void AlphaIsTakenOut(int pixels)
    {
        byte[] rgba = new byte[4 * pixels], rgb = new byte[(3 * pixels) + 1];
        new Random(3).NextBytes(rgba);
        rgb[^1] = 77;
        LibjpegTurboReader.WithoutAlpha(rgba, rgb.AsSpan(0, 3 * pixels));
        Assert.Equal([.. Enumerable.Range(0, 3 * pixels).Select(i => rgba[(i / 3 * 4) + (i % 3)]), 77], rgb);
    }

    private static void AssertSame(byte[] file)
    {
        byte[] pixels = [], other = [];
        (int height, int width) = Decoder.Decode(file, "x", ref pixels);
        Assert.Equal((height, width), Repeating.Decode(file, "x", ref other));
        Assert.InRange(Enumerable.Range(0, 3 * height * width).Max(i => Math.Abs(pixels[i] - other[i])), 0, Rounding);
    }

    private static Image<Rgb24> Smooth(int height, int width)
    {
        Image<Rgb24> image = new(width, height);
        for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            image[x, y] = new Rgb24((byte)(40 + (150 * x / width)), (byte)(200 - (120 * y / height)), (byte)(60 + (50 * (x + y) / (height + width))));
        return image;
    }

    private static byte[] Encoded(Image<Rgb24> image, JpegEncoder encoder)
    {
        using MemoryStream stream = new();
        image.Save(stream, encoder);
        return stream.ToArray();
    }
}
