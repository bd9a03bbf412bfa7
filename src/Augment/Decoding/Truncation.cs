using System.Buffers.Binary;

namespace NegSamples.Augment.Decoding;

/// <summary>Finds image files that end too early. The decoders fill what is missing with grey or black and say nothing.</summary>
internal static class Truncation
{
    private static ReadOnlySpan<byte> EndOfImage => [0xFF, 0xD9];

    /// <summary>What is missing at the end of the file, or null where nothing is known to be.</summary>
    public static string? Find(ReadOnlySpan<byte> file)
    {
        if (PngFile.Is(file)) return Png(file);
        if (JpegFile.Is(file)) return Jpeg(file);
        if (file.StartsWith("BM"u8)) return Bmp(file);
        return file.StartsWith("RIFF"u8) ? Riff(file) : null;
    }

    /// <summary>A PNG is a signature of 8 bytes and chunks of 12 bytes more than their length, the last named IEND.</summary>
    private static string? Png(ReadOnlySpan<byte> file)
    {
        for (long at = 8; at + 12 <= file.Length;)
        {
            ReadOnlySpan<byte> chunk = file[(int)at..];
            if (chunk[4..].StartsWith("IEND"u8)) return null;
            at += 12 + (long)BinaryPrimitives.ReadUInt32BigEndian(chunk);
        }

        return "it ends before its IEND chunk";
    }

    /// <summary>A JPEG is segments (marker, length) up to the start of scan; after that FF D9 can only be the end-of-image marker.</summary>
    private static string? Jpeg(ReadOnlySpan<byte> file)
    {
        const byte startOfScan = 0xDA;
        int at = 2;
        while (at + 4 <= file.Length && file[at] == 0xFF)
        {
            byte marker = file[at + 1];
            if (marker == startOfScan) return file[at..].IndexOf(EndOfImage) >= 0 ? null : "it ends before its end-of-image marker";
            at += marker == 0xFF ? 1 : 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }

        return at + 4 > file.Length ? "it ends before its first scan" : null;
    }

    /// <summary>
    /// The pixels of an uncompressed BMP lie in rows of whole 4-byte words behind the offset at byte 10. Run-length encoding may say in 6 bytes that a picture of
    /// any size is black, and the decoder takes its memory before it reads: such a picture is bounded by what a camera makes.
    /// </summary>
    private static string? Bmp(ReadOnlySpan<byte> file)
    {
        const int headerEnd = 54, coreHeader = 12, uncompressed = 0, bitFields = 3;
        const long largestEncoded = 1 << 24;
        if (file.Length < headerEnd) return "it ends within its header";
        long offset = BinaryPrimitives.ReadUInt32LittleEndian(file[10..]), width, height, bits;

        // The decoder takes all before the pixels for a table of colours.
        if (offset > file.Length) return $"it has {Counted.Of(file.Length, "byte")} and its pixels begin at {offset}";
        if (BinaryPrimitives.ReadUInt32LittleEndian(file[14..]) == coreHeader)
        {
            (width, height) = (BinaryPrimitives.ReadUInt16LittleEndian(file[18..]), Math.Abs((long)BinaryPrimitives.ReadInt16LittleEndian(file[20..])));
            bits = BinaryPrimitives.ReadUInt16LittleEndian(file[24..]);
        }
        else
        {
            (width, height) = (BinaryPrimitives.ReadInt32LittleEndian(file[18..]), Math.Abs((long)BinaryPrimitives.ReadInt32LittleEndian(file[22..])));
            bits = BinaryPrimitives.ReadUInt16LittleEndian(file[28..]);
            if (BinaryPrimitives.ReadUInt32LittleEndian(file[30..]) is not (uncompressed or bitFields))
                return Math.Abs(width) * height is > largestEncoded and <= ImageSharpDecoder.RefusedAbove ? $"it has {Counted.Of(file.Length, "byte")} for {Counted.Of(Math.Abs(width) * height, "pixel")}; expected at most {largestEncoded} of an encoded BMP" : null;
        }

        // A depth of 0 bits takes the memory of the picture, too, before it is refused.
        long row = ((Math.Abs(width) * Math.Max(1, bits)) + 31) / 32 * 4;
        return offset + (row * height) > file.Length ? $"it has {Counted.Of(file.Length, "byte")} and its pixels end at {offset + (row * height)}" : null;
    }

    /// <summary>A WebP file is one RIFF chunk: 8 bytes and the length at byte 4.</summary>
    private static string? Riff(ReadOnlySpan<byte> file)
    {
        if (file.Length < 8) return "it ends within its header";
        long length = 8 + (long)BinaryPrimitives.ReadUInt32LittleEndian(file[4..]);
        return length > file.Length ? $"it has {Counted.Of(file.Length, "byte")}; its header says {length}" : null;
    }
}
