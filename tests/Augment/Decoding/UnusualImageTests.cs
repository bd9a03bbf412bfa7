using System.Buffers.Binary;
using System.IO.Compression;
using NegSamples.Augment.Decoding;
using NegSamples.Files;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Webp;
using SixLabors.ImageSharp.PixelFormats;

namespace NegSamples.Tests.Augment.Decoding;

/// <summary>Sound files that the decoder reads wrongly by itself, and hostile ones.</summary>
public class UnusualImageTests
{
    private static readonly ImageSharpDecoder Decoder = new();
    private static readonly byte[] Signature = [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A];

    public static TheoryData<int, int, int, int> Interlaced()
    {
        TheoryData<int, int, int, int> all = [];
        foreach ((int colour, int depth) in new[] { (0, 1), (0, 2), (0, 4), (0, 8), (0, 16), (2, 8), (2, 16), (3, 1), (3, 4), (3, 8), (4, 8), (6, 8), (6, 16) })
            foreach ((int height, int width) in new[] { (1, 1), (8, 4), (5, 3), (2, 2), (9, 1), (1, 4), (17, 3), (5, 5), (1, 9), (3, 12) }) all.Add(colour, depth, height, width);
        return all;
    }

    [Theory]
    [MemberData(nameof(Interlaced))]
    public void AnInterlacedPngHasThePixelsOfThePlainOne(int colour, int depth, int height, int width)
    {
        byte[] plain = [], interlaced = [];
        Assert.Equal((height, width), Decoder.Decode(Png(colour, depth, height, width, false), "plain", ref plain));
        Assert.Equal((height, width), Decoder.Decode(Png(colour, depth, height, width, true), "interlaced", ref interlaced));
        Assert.Equal(plain, interlaced);
    }

    [Theory]
    [InlineData("zTXt")]
    [InlineData("iTXt")]
    [InlineData("tEXt")]
    [InlineData("iCCP")]
    [InlineData("juNk")]
    public void MetadataAreNotUnpacked(string kind)
    {
        byte[] packed = Packed(new byte[50_000_000]), head = kind == "iTXt" ? [.. "k\0"u8, 1, 0, 0, 0] : [.. "k\0"u8, 0], pixels = [];
        byte[] file = Png(2, 8, 6, 7, false, Chunk(kind, [.. head, .. packed]));
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal((6, 7), Decoder.Decode(file, "x", ref pixels));
        Decoder.Check(file, "x");
        Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < 4_000_000);
        byte[] without = [];
        Decoder.Decode(Png(2, 8, 6, 7, false), "x", ref without);
        Assert.Equal(without, pixels);
    }

    [Theory]
    [InlineData(4096, 4096, false)]
    [InlineData(400, 3, true)]
    public void APngWithTooFewPixelsIsTruncated(int height, int width, bool interlaced)
    {
        byte[] file = [.. Signature, .. Header(2, 8, height, width, interlaced), .. Chunk("IDAT", Packed(new byte[100])), .. Chunk("IEND", [])], pixels = [];
        Assert.StartsWith("x is truncated: it has ", Assert.Throws<BadDataException>(() => Decoder.Decode(file, "x", ref pixels)).Message, StringComparison.Ordinal);
        Assert.StartsWith("x is truncated: it has ", Assert.Throws<BadDataException>(() => Decoder.Check(file, "x")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ACheckFindsARowThatIsMissing()
    {
        byte[] noise = new byte[39 * 31];
        new Random(3).NextBytes(noise);
        for (int y = 0; y < 39; y++) noise[31 * y] = 0;
        byte[] file = [.. Signature, .. Header(2, 8, 40, 10, false), .. Chunk("IDAT", Packed(noise)), .. Chunk("IEND", [])];
        Assert.Contains("has 1209 of 1240 bytes of pixels", Assert.Throws<BadDataException>(() => Decoder.Check(file, "x")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(WebpFileFormatType.Lossless, false)]
    [InlineData(WebpFileFormatType.Lossy, false)]
    [InlineData(WebpFileFormatType.Lossless, true)]
    public void AnAnimatedWebpIsItsFirstFrameOrRefusedAsAnimated(WebpFileFormatType format, bool smaller)
    {
        using Image<Rgb24> image = new(9, 7, new Rgb24(200, 100, 50));
        using MemoryStream stream = new();
        image.Save(stream, new WebpEncoder { FileFormat = format });
        byte[] still = stream.ToArray(), chunk = still[12..], size = [(byte)(smaller ? 11 : 8), 0, 0, 6, 0, 0], expected = [], pixels = [];
        byte[] frame = [0, 0, 0, 0, 0, 0, 8, 0, 0, 6, 0, 0, 100, 0, 0, 0, .. chunk];
        byte[] body = [.. "WEBP"u8, .. Riff("VP8X", [2, 0, 0, 0, .. size]), .. Riff("ANIM", new byte[6]), .. Riff("ANMF", frame), .. Riff("ANMF", frame)];
        byte[] file = Riff("RIFF", body);
        if (smaller)
        {
            Assert.Contains("is an animated WebP whose first frame", Assert.Throws<BadDataException>(() => Decoder.Decode(file, "x", ref pixels)).Message, StringComparison.Ordinal);
            return;
        }

        Decoder.Decode(still, "still", ref expected);
        Assert.Equal((7, 9), Decoder.Decode(file, "x", ref pixels));
        Assert.Equal(expected, pixels);
    }

    /// <summary>A PNG of numbered pixels, each row with another filter.</summary>
    private static byte[] Png(int colour, int depth, int height, int width, bool interlaced, byte[]? extra = null)
    {
        int channels = colour switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 }, bits = channels * depth, step = Math.Max(1, bits / 8);
        (int X, int Y, int StepX, int StepY)[] passes = interlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)];
        List<byte> all = [];
        foreach ((int firstX, int firstY, int stepX, int stepY) in passes)
        {
            int passWidth = (width - firstX + stepX - 1) / stepX;
            if (firstX >= width) continue;
            byte[] above = new byte[((passWidth * bits) + 7) / 8];
            for (int y = firstY, row = 0; y < height; y += stepY, row++)
            {
                byte[] line = new byte[above.Length];
                for (int x = firstX, place = 0; x < width; x += stepX, place++)
                {
                    Random random = new((1000 * y) + x);
                    for (int bit = 0; bit < bits; bit++)
                        if (random.Next(2) == 1) line[((place * bits) + bit) / 8] |= (byte)(0x80 >> (((place * bits) + bit) % 8));
                }

                int filter = row % 5;
                all.Add((byte)filter);
                for (int i = 0; i < line.Length; i++)
                {
                    int a = i >= step ? line[i - step] : 0, b = above[i], c = i >= step ? above[i - step] : 0, p = a + b - c;
                    int paeth = Math.Abs(p - a) <= Math.Abs(p - b) && Math.Abs(p - a) <= Math.Abs(p - c) ? a : Math.Abs(p - b) <= Math.Abs(p - c) ? b : c;
                    all.Add((byte)(line[i] - (filter switch { 0 => 0, 1 => a, 2 => b, 3 => (a + b) / 2, _ => paeth })));
                }

                above = line;
            }
        }

        byte[] palette = colour == 3 ? Chunk("PLTE", [.. Enumerable.Range(0, 3 << depth).Select(i => (byte)(i * 7))]) : [];
        return [.. Signature, .. Header(colour, depth, height, width, interlaced), .. palette, .. extra ?? [], .. Chunk("IDAT", Packed([.. all])), .. Chunk("IEND", [])];
    }

    private static byte[] Header(int colour, int depth, int height, int width, bool interlaced)
    {
        byte[] data = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(data, width);
        BinaryPrimitives.WriteInt32BigEndian(data.AsSpan(4), height);
        (data[8], data[9], data[12]) = ((byte)depth, (byte)colour, (byte)(interlaced ? 1 : 0));
        return Chunk("IHDR", data);
    }

    private static byte[] Packed(byte[] plain)
    {
        using MemoryStream packed = new();
        using (ZLibStream packing = new(packed, CompressionLevel.Optimal, leaveOpen: true)) packing.Write(plain);
        return packed.ToArray();
    }

    private static byte[] Chunk(string kind, byte[] data)
    {
        byte[] chunk = [0, 0, 0, 0, .. System.Text.Encoding.ASCII.GetBytes(kind), .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        uint sum = uint.MaxValue;
        foreach (byte value in chunk.AsSpan(4, 4 + data.Length))
        {
            sum ^= value;
            for (int bit = 0; bit < 8; bit++) sum = (sum & 1) == 0 ? sum >> 1 : (sum >> 1) ^ 0xEDB88320;
        }

        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), ~sum);
        return chunk;
    }

    private static byte[] Riff(string kind, byte[] data)
    {
        byte[] chunk = [.. System.Text.Encoding.ASCII.GetBytes(kind), 0, 0, 0, 0, .. data, .. new byte[data.Length & 1]];
        BinaryPrimitives.WriteInt32LittleEndian(chunk.AsSpan(4), data.Length);
        return chunk;
    }
}
