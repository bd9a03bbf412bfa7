using System.Buffers.Binary;

namespace NegSamples.PtxInterpreter;

/// <summary>
/// A matrix in global memory and the box that a bulk tensor copy brings of it, in the 128 bytes of a kernel's parameter. A device keeps its secret of them; here they
/// are the numbers in order. Limits: CUDA driver API, cuTensorMapEncodeTiled, for a matrix without interleaving.
/// </summary>
/// <param name="Address">Of its first element; whole 16 bytes.</param>
/// <param name="Columns">Elements of a row.</param>
/// <param name="Rows">Rows.</param>
/// <param name="RowBytes">From row to row; whole 16 bytes.</param>
/// <param name="BoxColumns">Elements of a row of the box.</param>
/// <param name="BoxRows">Rows of the box.</param>
/// <param name="ElementBytes">1, 2, 4 or 8.</param>
/// <param name="Swizzle">Bytes over which the chunks of a row are turned: 32, 64 or 128.</param>
public readonly record struct BoxedTensor(ulong Address, long Columns, long Rows, long RowBytes, int BoxColumns, int BoxRows, int ElementBytes, int Swizzle)
{
    /// <summary>Bytes of a map, which a kernel's parameter aligns to <see cref="Alignment"/>.</summary>
    public const int Bytes = 128, Alignment = 64;

    private const long Mark = 0x50414D524F534E54;

    internal int BoxRowBytes => BoxColumns * ElementBytes;

    internal int BoxBytes => BoxRows * BoxRowBytes;

    /// <summary>The map as a kernel takes it.</summary>
    /// <exception cref="ArgumentException">A device refuses such a map.</exception>
    public byte[] Encode()
    {
        if (Refusal is { } refusal) throw new ArgumentException(refusal);
        long[] words = [Mark, (long)Address, Columns, Rows, RowBytes, BoxColumns, BoxRows, ElementBytes, Swizzle];
        byte[] bytes = new byte[Bytes];
        for (int i = 0; i < words.Length; i++) BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(8 * i), words[i]);
        return bytes;
    }

    /// <summary>The map in a parameter's bytes, or null where there is none.</summary>
    internal static BoxedTensor? Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < Bytes || Word(bytes, 0) != Mark) return null;
        return new(
            (ulong)Word(bytes, 1), Word(bytes, 2), Word(bytes, 3), Word(bytes, 4), (int)Word(bytes, 5), (int)Word(bytes, 6), (int)Word(bytes, 7), (int)Word(bytes, 8));
    }

    private static long Word(ReadOnlySpan<byte> bytes, int index) => BinaryPrimitives.ReadInt64LittleEndian(bytes[(8 * index)..]);

    private string? Refusal => Address % 16 != 0 || Address == 0 ? "The matrix does not start at whole 16 bytes."
        : Columns is < 1 or > 1L << 32 || Rows is < 1 or > 1L << 32 ? "The matrix has no element, or too many."
        : RowBytes % 16 != 0 || RowBytes is < 1 or >= 1L << 40 || RowBytes < Columns * ElementBytes ? "Rows do not start at whole 16 bytes."
        : BoxColumns is < 1 or > 256 || BoxRows is < 1 or > 256 ? "A box has 1 to 256 elements each way."
        : Swizzle is not (32 or 64 or 128) || BoxRowBytes != Swizzle ? "Rows of the box are not as wide as the swizzle, which is all that is known here."
        : null;
}
