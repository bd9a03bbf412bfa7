using System.Buffers.Binary;

namespace NegSamples.Augment.Decoding;

/// <summary>A JPEG file as segments: ITU-T T.81, annex B.</summary>
internal static class JpegFile
{
    /// <summary>Whether the bytes begin like a JPEG.</summary>
    public static bool Is(ReadOnlySpan<byte> file) => file.Length >= 2 && file[0] == 0xFF && file[1] == 0xD8;

    /// <summary>The components of the picture by its frame header: 1 for grey, 3 for colour, 4 for CMYK; 0 where none is found before the pixels.</summary>
    public static int Components(ReadOnlySpan<byte> file)
    {
        const byte startOfScan = 0xDA;
        for (int at = 2; at + 10 <= file.Length && file[at] == 0xFF;)
        {
            byte marker = file[at + 1];
            if (marker == startOfScan) return 0;

            // C0 to CF but for the tables C4 and CC and the reserved C8.
            if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC)) return file[at + 9];
            at += marker == 0xFF ? 1 : 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }

        return 0;
    }
}
