using System.Buffers.Binary;

namespace NegSamples.PtxInterpreter;

/// <summary>
/// Images [images, rows, columns, channels] in global memory and the windows of their pixels, of which a bulk tensor copy brings one tap and some channels, for so many
/// windows as follow each other: in a line, from line to line, from image to image. Source: CUDA driver API, cuTensorMapEncodeIm2col; PTX ISA, "Im2col mode".
/// </summary>
/// <param name="Address">Of the first element; whole 16 bytes.</param>
/// <param name="Channels">Elements of a pixel.</param>
/// <param name="Columns">Pixels of a line.</param>
/// <param name="Rows">Lines of an image.</param>
/// <param name="Images">Images.</param>
/// <param name="FirstColumn">Where the first window of a line starts.</param>
/// <param name="FirstRow">Where the first line of windows starts.</param>
/// <param name="LastColumn">Where windows start at most, from the last column.</param>
/// <param name="LastRow">Where windows start at most, from the last row.</param>
/// <param name="Step">Pixels from window to window.</param>
/// <param name="BoxChannels">Channels that are brought.</param>
/// <param name="BoxWindows">Windows that are brought.</param>
/// <param name="ElementBytes">1, 2, 4 or 8.</param>
/// <param name="Swizzle">Bytes over which the chunks of a window's channels are turned: 32, 64 or 128.</param>
public readonly record struct BoxedWindows(
    ulong Address, long Channels, long Columns, long Rows, long Images, int FirstColumn, int FirstRow, int LastColumn, int LastRow, int Step, int BoxChannels,
    int BoxWindows, int ElementBytes, int Swizzle)
{
    private const long Mark = 0x574F444E4957584F;

    internal int BoxRowBytes => BoxChannels * ElementBytes;

    internal int BoxBytes => BoxWindows * BoxRowBytes;

    /// <summary>The map as a kernel takes it.</summary>
    /// <exception cref="ArgumentException">A device refuses such a map.</exception>
    public byte[] Encode()
    {
        if (Refusal is { } refusal) throw new ArgumentException(refusal);
        long[] words =
        [
            Mark, (long)Address, Channels, Columns, Rows, Images, FirstColumn, FirstRow, LastColumn, LastRow, Step, BoxChannels, BoxWindows, ElementBytes, Swizzle,
        ];
        byte[] bytes = new byte[BoxedTensor.Bytes];
        for (int i = 0; i < words.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8 * i), words[i]);
        return bytes;
    }

    /// <summary>The map in a parameter's bytes, or null where there is none.</summary>
    internal static BoxedWindows? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < BoxedTensor.Bytes || BinaryPrimitives.ReadInt64LittleEndian(bytes) != Mark) return null;
        long[] words = new long[BoxedTensor.Bytes / 8];
        for (int i = 0; i < words.Length; i++) words[i] = BinaryPrimitives.ReadInt64LittleEndian(bytes[(8 * i)..]);
        return new(
            (ulong)words[1], words[2], words[3], words[4], words[5], (int)words[6], (int)words[7], (int)words[8], (int)words[9], (int)words[10], (int)words[11],
            (int)words[12], (int)words[13], (int)words[14]);
    }

    /// <summary>Where the next window starts.</summary>
    internal (long Column, long Row, long Image) After(long column, long row, long image)
    {
        column += Step;
        if (column <= Columns - 1 + LastColumn) return (column, row, image);
        (column, row) = (FirstColumn, row + Step);
        return row <= Rows - 1 + LastRow ? (column, row, image) : (column, FirstRow, image + 1);
    }

    private string? Refusal => Address % 16 != 0 || Address == 0 || Channels * ElementBytes % 16 != 0 ? "The images' pixels do not start at whole 16 bytes."
        : Channels < 1 || Columns < 1 || Rows < 1 || Images < 1 ? "There is no pixel."
        : new[] { FirstColumn, FirstRow, LastColumn, LastRow }.Any(corner => corner is < sbyte.MinValue or > sbyte.MaxValue) ? "A corner has more than a byte."
        : Step is < 1 or > 8 ? "Windows are 1 to 8 pixels apart."
        : FirstColumn > Columns - 1 + LastColumn || FirstRow > Rows - 1 + LastRow ? "There is no window."
        : BoxChannels is < 1 or > 256 || BoxWindows is < 1 or > 1024 ? "A box has 1 to 256 channels of 1 to 1024 windows."
        : Swizzle is not (32 or 64 or 128) || BoxRowBytes != Swizzle ? "Channels of the box are not as wide as the swizzle, which is all that is known here."
        : null;
}
