using System.Buffers.Binary;
using NegSamples.Files;

namespace NegSamples.Augment.Decoding;

/// <summary>Takes the first frame out of an animated WebP, which the decoder does not read: RFC 9649, section 2.7.</summary>
internal static class WebpFile
{
    private const int Header = 12, ChunkHeader = 8, FrameHeader = 16, ExtendedEnd = Header + ChunkHeader + 10;

    /// <summary>The file itself where it is not animated; else its first frame as a file.</summary>
    /// <exception cref="BadDataException">The animation has no frame, or its first one does not fill the picture.</exception>
    public static ArraySegment<byte> Still(ArraySegment<byte> file, string name)
    {
        ReadOnlySpan<byte> bytes = file;
        bool isExtended = bytes.Length >= ExtendedEnd && bytes.StartsWith("RIFF"u8) && bytes[8..].StartsWith("WEBPVP8X"u8);
        if (!isExtended || (bytes[Header + ChunkHeader] & 2) == 0) return file;
        int width = 1 + Three(bytes[24..]), height = 1 + Three(bytes[27..]);
        for (int at = ExtendedEnd; Chunk(bytes, at) is { } length; at = Next(at, length))
        {
            if (!bytes[at..].StartsWith("ANMF"u8) || length < FrameHeader) continue;
            ReadOnlySpan<byte> frame = bytes.Slice(at + ChunkHeader, length);
            if (Three(frame) != 0 || Three(frame[3..]) != 0 || 1 + Three(frame[6..]) != width || 1 + Three(frame[9..]) != height)
                throw new BadDataException(
                    $"{name} is an animated WebP whose first frame does not fill its {height} x {width} pixels; expected a still image.");
            for (int part = FrameHeader; Chunk(frame, part) is { } size; part = Next(part, size))
                if (frame[part..].StartsWith("VP8 "u8) || frame[part..].StartsWith("VP8L"u8)) return Wrapped(frame.Slice(part, ChunkHeader + size));
        }

        throw new BadDataException($"{name} is an animated WebP without a frame that can be read; expected a still image.");
    }

    private static int Three(ReadOnlySpan<byte> bytes) => bytes[0] | (bytes[1] << 8) | (bytes[2] << 16);

    private static int Next(int at, int length) => at + ChunkHeader + length + (length & 1);

    /// <summary>The length of the chunk that begins here, or null where none is whole.</summary>
    private static int? Chunk(ReadOnlySpan<byte> bytes, int at)
    {
        if (at + ChunkHeader > bytes.Length) return null;
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
        return length <= bytes.Length - at - ChunkHeader ? (int)length : null;
    }

    private static byte[] Wrapped(ReadOnlySpan<byte> chunk)
    {
        byte[] file = new byte[Header + chunk.Length + (chunk.Length & 1)];
        "RIFF"u8.CopyTo(file);
        BinaryPrimitives.WriteInt32LittleEndian(file.AsSpan(4), file.Length - 8);
        "WEBP"u8.CopyTo(file.AsSpan(8));
        chunk.CopyTo(file.AsSpan(Header));
        return file;
    }
}
