using System.Runtime.InteropServices;

namespace NegSamples.Kernels.Cpu.MachineCode;

/// <summary>What a generated tile product reads: one pointer to it is the only argument, so that both calling conventions differ in one register.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct TileArguments
{
    /// <summary>8 pointers for each tap, one behind the other.</summary>
    public uint** Rows;

    /// <summary>[Σ depth][32] words.</summary>
    public uint* Panel;

    /// <summary>8 pointers to rows of the result.</summary>
    public float** Results;

    /// <summary>Bytes from a result pointer to the first that is written.</summary>
    public long ResultOffset;

    /// <summary>Groups of 8 pointers, at least 1.</summary>
    public long Taps;

    /// <summary>Bytes from a row pointer to the first word.</summary>
    public long Offset;

    /// <summary>Bytes of each row, at least 4, and of the rows of the last tap.</summary>
    public long DepthBytes, LastDepthBytes;

    /// <summary>Bytes from the first row's first word to what is asked of memory at the same time, and how far that moves with each word.</summary>
    public long Ahead, Rate;

    /// <summary>The strip of a strip product, and bytes from one k to the next.</summary>
    public uint* Strip;
    public long StripStride;

    /// <summary>Bytes from the end of one segment of a strip, <see cref="DepthBytes"/> / 4 words of k, to the next of <see cref="Taps"/> segments.</summary>
    public long SegmentGap;

    /// <summary>Bytes from one row of a strip product's result to the next.</summary>
    public long ResultStride;

    /// <summary>Sums of earlier passes, [tile][8][32], where they are added.</summary>
    public float* Sums;

    /// <summary>How many tiles, and bytes from one's row pointers to those of the next, where a product walks several.</summary>
    public long Tiles, RowsStride;
}
