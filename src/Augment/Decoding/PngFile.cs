using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using NegSamples.Files;

namespace NegSamples.Augment.Decoding;

/// <summary>A PNG file as chunks: W3C, "Portable Network Graphics", second edition, 2003.</summary>
internal sealed class PngFile
{
    /// <summary>
    /// Larger chunks than this that are not pixels are left out: a picture needs none, and texts and profiles unpack to a thousand times their size.
    /// </summary>
    private const int LargestOther = 1 << 16;

    /// <summary>A narrow interlaced picture of more bytes of pixels is refused.</summary>
    private const long LargestNarrow = 1 << 26;

    private const int Signature = 8, Frame = 12; // a chunk has its length, name and checksum beside its data

    private readonly ArraySegment<byte> file;
    private readonly string name;
    private readonly List<(int At, int Length)> chunks = []; // those that the pixels and the orientation need
    private readonly bool hasMore;
    private readonly int width, height, depth, colour;
    private readonly bool isInterlaced;
    private readonly long packed;

    /// <summary>Reads the chunks of a file that ends with IEND.</summary>
    /// <exception cref="BadDataException">It does not begin with a header.</exception>
    public PngFile(ArraySegment<byte> file, string name)
    {
        (this.file, this.name) = (file, name);
        ReadOnlySpan<byte> bytes = file;
        if (bytes.Length < Signature + Frame + 13 || !bytes[(Signature + 4)..].StartsWith("IHDR"u8))
            throw new BadDataException($"{name} is a corrupt image: it does not begin with its header.");
        ReadOnlySpan<byte> header = bytes[(Signature + 8)..];
        (width, height) = (BinaryPrimitives.ReadInt32BigEndian(header), BinaryPrimitives.ReadInt32BigEndian(header[4..]));
        (depth, colour, isInterlaced) = (header[8], header[9], header[12] == 1);
        for (long at = Signature; at + Frame <= bytes.Length;)
        {
            ReadOnlySpan<byte> chunk = bytes[(int)at..];
            long length = Frame + (long)BinaryPrimitives.ReadUInt32BigEndian(chunk);
            if (at + length > bytes.Length) break;
            if (Is(chunk, "IDAT"u8)) packed += length - Frame;
            if (IsNeeded(chunk, length)) chunks.Add(((int)at, (int)length));
            else hasMore = true;
            if (Is(chunk, "IEND"u8)) break;
            at += length;
        }
    }

    /// <summary>Whether the bytes begin like a PNG.</summary>
    public static bool Is(ReadOnlySpan<byte> file) => file.Length >= 8 && file[0] == 0x89 && file[1..].StartsWith("PNG\r\n"u8);

    /// <summary>The same picture without texts and profiles, and not interlaced where it has fewer than 5 columns: the decoder reads those wrongly.</summary>
    public ArraySegment<byte> Plain()
    {
        bool isNarrow = isInterlaced && width < 5;
        if (!isNarrow && !hasMore) return file;
        using MemoryStream plain = new();
        plain.Write(file.AsSpan(0, Signature));
        bool hasPixels = false;
        foreach ((int at, int length) in chunks)
        {
            ReadOnlySpan<byte> chunk = file.AsSpan(at, length);
            if (isNarrow && Is(chunk, "IHDR"u8)) Write(plain, "IHDR"u8, [.. chunk.Slice(8, 12), 0]);
            else if (!isNarrow || !Is(chunk, "IDAT"u8)) plain.Write(chunk);
            else if (!hasPixels) Write(plain, "IDAT"u8, Deinterlaced());
            hasPixels |= Is(chunk, "IDAT"u8);
        }

        return new ArraySegment<byte>(plain.GetBuffer(), 0, (int)plain.Length);
    }

    /// <summary>Refuses a picture whose pixels end too early, which the decoder fills with black.</summary>
    /// <param name="always">Whether to unpack the pixels even where they are not suspiciously few.</param>
    /// <exception cref="BadDataException">They do.</exception>
    public void CheckPixels(bool always)
    {
        const int usualRatio = 64;
        long expected = Passes().Sum(pass => pass.Height * (1 + RowBytes(pass.Width)));
        if (!always && packed * usualRatio > expected) return;
        byte[] buffer = new byte[1 << 14];
        long count = 0;
        using Stream pixels = Unpacked();
        while (count < expected && pixels.Read(buffer) is > 0 and int read) count += read;
        if (count < expected) throw Missing(count, expected);
    }

    private static bool Is(ReadOnlySpan<byte> chunk, ReadOnlySpan<byte> kind) => chunk[4..].StartsWith(kind);

    private static bool IsNeeded(ReadOnlySpan<byte> chunk, long length)
    {
        if (Is(chunk, "IHDR"u8) || Is(chunk, "PLTE"u8) || Is(chunk, "IDAT"u8) || Is(chunk, "IEND"u8)) return true;
        bool isText = Is(chunk, "tEXt"u8) || Is(chunk, "zTXt"u8) || Is(chunk, "iTXt"u8) || Is(chunk, "iCCP"u8);
        return !isText && length <= LargestOther;
    }

    private static void Write(MemoryStream stream, ReadOnlySpan<byte> kind, ReadOnlySpan<byte> data)
    {
        byte[] chunk = new byte[data.Length + Frame];
        BinaryPrimitives.WriteInt32BigEndian(chunk, data.Length);
        kind.CopyTo(chunk.AsSpan(4));
        data.CopyTo(chunk.AsSpan(8));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + data.Length), Crc32.HashToUInt32(chunk.AsSpan(4, 4 + data.Length)));
        stream.Write(chunk);
    }

    /// <summary>Bits of one pixel, by the kinds of colour 0 (grey), 2 (RGB), 3 (palette), 4 and 6 (with alpha).</summary>
    private int PixelBits() => (colour, depth) switch
    {
        (0, 1 or 2 or 4 or 8 or 16) or (3, 1 or 2 or 4 or 8) => depth,
        (2, 8 or 16) => 3 * depth,
        (4, 8 or 16) => 2 * depth,
        (6, 8 or 16) => 4 * depth,
        _ => throw new BadDataException($"{name} is a corrupt image: it has colours of kind {colour} with {Counted.Of(depth, "bit")}."),
    };

    private long RowBytes(long pixels) => ((pixels * PixelBits()) + 7) / 8;

    /// <summary>The passes that have pixels: first column and row, steps, and sizes. Without interlace it is one; Adam7 has up to 7.</summary>
    private List<(int X, int Y, int StepX, int StepY, long Width, long Height)> Passes()
    {
        (int X, int Y, int StepX, int StepY)[] all = isInterlaced
            ? [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
            : [(0, 0, 1, 1)];
        return [.. all
            .Select(pass => (pass.X, pass.Y, pass.StepX, pass.StepY, Count(width, pass.X, pass.StepX), Count(height, pass.Y, pass.StepY)))
            .Where(pass => pass.Item5 > 0 && pass.Item6 > 0)];
    }

    private static long Count(long size, int first, int step) => Math.Max(0, (size - first + step - 1) / step);

    private ZLibStream Unpacked()
    {
        MemoryStream all = new();
        foreach ((int at, int length) in chunks)
            if (Is(file.AsSpan(at, length), "IDAT"u8)) all.Write(file.AsSpan(at + 8, length - Frame));
        all.Position = 0;
        return new ZLibStream(all, CompressionMode.Decompress);
    }

    /// <summary>The pixels in plain rows, packed.</summary>
    private byte[] Deinterlaced()
    {
        if (width < 1 || height < 1) throw new BadDataException($"{name} is a corrupt image: it has {height} x {width} pixels.");
        int bits = PixelBits(), row = (int)RowBytes(width) + 1;
        if ((long)row * height > LargestNarrow)
            throw new BadDataException(
                $"{name} is interlaced and has {height} x {width} pixels; expected at most {Counted.Of(LargestNarrow, "byte")} of pixels where the width is below 5.");
        byte[] plain = new byte[row * height]; // the filter of each row stays 0
        using Stream pixels = Unpacked();
        long done = 0, expected = Passes().Sum(pass => pass.Height * (1 + RowBytes(pass.Width)));
        foreach ((int firstX, int firstY, int stepX, int stepY, long passWidth, long passHeight) in Passes())
        {
            byte[] line = new byte[RowBytes(passWidth) + 1], above = new byte[line.Length];
            for (int y = 0; y < passHeight; y++)
            {
                int count = pixels.ReadAtLeast(line, line.Length, throwOnEndOfStream: false);
                done += count;
                if (count < line.Length) throw Missing(done, expected);
                Unfilter(line, above, Math.Max(1, bits / 8));
                Span<byte> target = plain.AsSpan(row * (firstY + (y * stepY)), row);
                for (int x = 0; x < passWidth; x++) Copy(line.AsSpan(1), x * bits, target[1..], (firstX + (x * stepX)) * bits, bits);
                (line, above) = (above, line);
            }
        }

        using MemoryStream packedPixels = new();
        using (ZLibStream packing = new(packedPixels, CompressionLevel.Fastest, leaveOpen: true)) packing.Write(plain);
        return packedPixels.ToArray();
    }

    private static void Copy(ReadOnlySpan<byte> from, int fromBit, Span<byte> to, int toBit, int bits)
    {
        if (bits >= 8)
        {
            from.Slice(fromBit / 8, bits / 8).CopyTo(to[(toBit / 8)..]);
            return;
        }

        int value = (from[fromBit / 8] >> (8 - bits - (fromBit % 8))) & ((1 << bits) - 1);
        to[toBit / 8] |= (byte)(value << (8 - bits - (toBit % 8)));
    }

    /// <summary>Undoes the filter that a row's first byte names: left, above, their mean, or Paeth's choice.</summary>
    private void Unfilter(Span<byte> line, ReadOnlySpan<byte> above, int pixel)
    {
        if (line[0] > 4) throw new BadDataException($"{name} is a corrupt image: a row has the filter {line[0]}; expected 0 to 4.");
        for (int i = 1; i < line.Length; i++)
        {
            int left = i > pixel ? line[i - pixel] : 0, up = above[i], corner = i > pixel ? above[i - pixel] : 0;
            int guess = left + up - corner, toLeft = Math.Abs(guess - left), toUp = Math.Abs(guess - up), toCorner = Math.Abs(guess - corner);
            line[i] += (byte)(line[0] switch
            {
                0 => 0,
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                _ => toLeft <= toUp && toLeft <= toCorner ? left : toUp <= toCorner ? up : corner,
            });
        }
    }

    private BadDataException Missing(long count, long expected) => new($"{name} is truncated: it has {count} of {Counted.Of(expected, "byte")} of pixels.");
}
