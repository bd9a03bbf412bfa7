using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Kernels;

/// <summary>The images that a convolution reads, and through which taps: where they lie, through pointers, or gathered into a row for each output.</summary>
internal unsafe struct ConvolutionInput
{
    /// <summary>Output pixels of a chunk: their inputs stay in the second-level cache while all panels pass over them.</summary>
    public const int PixelsPerChunk = 256;

    private const int Rows = MicroKernel.TileRows, CopyBytes = 32, RoundedAtOnce = 32;

    /// <summary>[images, Height, Width, Channels], and where they end.</summary>
    public byte* Images, End;

    /// <summary>Whether they are float32.</summary>
    public bool IsFloat;

    public int Height, Width, Channels, Step;

    /// <summary>Output (u, v) reads the pixel at row u·Step + TapTop, column alike, and as many more to its right as make Adjacent.</summary>
    public int* TapTop, TapLeft;
    public int Taps, Adjacent;

    private readonly int PixelBytes => Channels * (IsFloat ? sizeof(float) : sizeof(ushort));

    /// <summary>Floats that <see cref="Point"/> needs for so many pointers to rows of so many words.</summary>
    public readonly long CopiedFloats(long pointers, int words) => Adjacent > 1 || PixelBytes % sizeof(uint) != 0 ? pointers * words : 0;

    /// <summary>Floats that <see cref="Gather"/> needs for rows of so many words.</summary>
    public readonly long GatheredFloats(int rows, int words) => ((long)rows * words) + (3 * RoundedAtOnce) + (IsFloat ? 2 * words : 0);

    /// <summary>Fills the table of pointers, [tile][tap][8].</summary>
    /// <param name="first">The first output pixel.</param>
    /// <param name="count">How many.</param>
    /// <param name="gridHeight">Of the grid of outputs.</param>
    /// <param name="gridWidth">Of the grid of outputs.</param>
    /// <param name="inputs">Receives the pointers.</param>
    /// <param name="tiles">Tiles of 8 pixels.</param>
    /// <param name="words">What is read from a pointer on. Numbers that fill up the last word are the next pixel's, and meet a weight of 0.</param>
    /// <param name="zeros">So many words for what lies outside.</param>
    /// <param name="copies">Room for rows that lie partly outside, <see cref="CopiedFloats"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Point(long first, int count, int gridHeight, int gridWidth, uint** inputs, int tiles, int words, uint* zeros, uint* copies)
    {
        // Eight pixels at once: where they would lie, and whether that is inside.
        long* tops = stackalloc long[Rows], lefts = stackalloc long[Rows], addresses = stackalloc long[Rows];
        GridPixel pixel = new(first, gridHeight, gridWidth);
        long pixelBytes = PixelBytes, imageBytes = (long)Height * Width * pixelBytes;
        Vector512<ulong> height = Vector512.Create((ulong)Height), places = Vector512.Create((ulong)Math.Max(0, Width - Adjacent + 1));
        Vector512<ulong> reach = Vector512.Create((ulong)(Width + Adjacent - 1));
        Vector512<long> outside = Vector512.Create((long)zeros), lastWhole = Vector512.Create((long)End - ((long)words * sizeof(uint)));
        for (int tile = 0; tile < tiles; tile++)
        {
            for (int i = 0; i < Rows; i++)
            {
                if ((tile * Rows) + i >= count)
                {
                    tops[i] = long.MinValue / 2; // no pixel: outside, whatever the tap
                    continue;
                }

                tops[i] = pixel.Row * Step;
                lefts[i] = pixel.Column * Step;
                addresses[i] = (long)Images + (pixel.Image * imageBytes) + (((tops[i] * Width) + lefts[i]) * pixelBytes);
                pixel.Next();
            }

            Vector512<long> top = Vector512.Load(tops), left = Vector512.Load(lefts), address = Vector512.Load(addresses);
            for (int tap = 0; tap < Taps; tap++, inputs += Rows)
            {
                Vector512<long> row = top + Vector512.Create((long)TapTop[tap]), column = left + Vector512.Create((long)TapLeft[tap]);
                Vector512<long> place = address + Vector512.Create((((long)TapTop[tap] * Width) + TapLeft[tap]) * pixelBytes);
                Vector512<long> isInside = Vector512.LessThan(row.AsUInt64(), height).AsInt64();
                Vector512<long> isWhole = Vector512.LessThan(column.AsUInt64(), places).AsInt64() & Vector512.LessThanOrEqual(place, lastWhole);
                Vector512.ConditionalSelect(isInside & isWhole, place, outside).Store((long*)inputs);
                Vector512<long> touches = Vector512.LessThan((column + Vector512.Create(Adjacent - 1L)).AsUInt64(), reach).AsInt64();
                for (ulong partly = Vector512.ExtractMostSignificantBits(Vector512.AndNot(isInside & touches, isWhole)); partly != 0; partly &= partly - 1)
                {
                    int i = BitOperations.TrailingZeroCount(partly);
                    CopyInside((byte*)place[i], (int)row[i], (int)column[i], (byte*)copies);
                    new Span<byte>((byte*)copies + (Adjacent * pixelBytes), (int)((words * sizeof(uint)) - (Adjacent * pixelBytes))).Clear();
                    inputs[i] = copies;
                    copies += words;
                }
            }
        }
    }

    /// <summary>Copies what each output pixel reads into a row of words, zeros where it leaves the image; float32 is rounded for words of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Gather(
        int elementsPerWord, long first, int count, int gridHeight, int gridWidth, int words, uint** inputs, int tiles, uint* gathered)
    {
        GridPixel pixel = new(first, gridHeight, gridWidth);
        bool rounds = IsFloat && elementsPerWord > 1;
        int elements = Taps * Adjacent * Channels, elementBytes = IsFloat ? sizeof(float) : sizeof(ushort), pixelBytes = Channels * elementBytes;
        int padding = (elements & (elementsPerWord - 1)) * elementBytes;

        // Most pixels have all their taps inside the image: one look at the corners is enough.
        int top = int.MaxValue, bottom = int.MinValue, left = int.MaxValue, right = int.MinValue;
        long* offsets = stackalloc long[Taps];
        long farthest = 0;
        for (int tap = 0; tap < Taps; tap++)
        {
            (top, bottom) = (Math.Min(top, TapTop[tap]), Math.Max(bottom, TapTop[tap]));
            (left, right) = (Math.Min(left, TapLeft[tap]), Math.Max(right, TapLeft[tap]));
            offsets[tap] = (((long)TapTop[tap] * Width) + TapLeft[tap]) * pixelBytes;
            farthest = Math.Max(farthest, offsets[tap]);
        }

        // Copies are whole vectors that reach beyond a row's end, into rows that are still to come and some room behind them.
        int bytes = Adjacent * pixelBytes, rowBytes = words * sizeof(uint);
        byte* row = (byte*)gathered, floats = row + ((long)tiles * Rows * rowBytes) + (2 * CopyBytes);
        for (int i = 0; i < count; i++, row += rowBytes, pixel.Next())
        {
            byte* target = rounds ? floats : row;
            int y = pixel.Row * Step, x = pixel.Column * Step;
            byte* source = Images + (((((pixel.Image * Height) + y) * Width) + x) * pixelBytes);
            if (y + top >= 0 && y + bottom < Height && x + left >= 0 && x + right + Adjacent <= Width && End - source >= farthest + bytes + CopyBytes)
            {
                for (int tap = 0; tap < Taps; tap++, target += bytes)
                {
                    byte* from = source + offsets[tap];
                    Vector256.Load(from).Store(target);
                    for (int copied = CopyBytes; copied < bytes; copied += CopyBytes) Vector256.Load(from + copied).Store(target + copied);
                }
            }
            else
            {
                for (int tap = 0; tap < Taps; tap++, target += bytes) CopyInside(source + offsets[tap], y + TapTop[tap], x + TapLeft[tap], target);
            }

            if (padding > 0) new Span<byte>(target, padding).Clear();
            if (rounds) BFloat16Rows.Round((float*)floats, (ushort*)row, Tiling.RoundUp(elements, RoundedAtOnce));
            inputs[i] = (uint*)row;
        }

        for (int i = count; i < tiles * Rows; i++) inputs[i] = gathered; // any row: its products go nowhere
    }

    /// <summary>Copies adjacent pixels, zeros where they are outside.</summary>
    private readonly void CopyInside(byte* source, int row, int column, byte* target)
    {
        int pixelBytes = PixelBytes, first = Math.Max(0, -column), last = Math.Min(Adjacent, Width - column);
        new Span<byte>(target, Adjacent * pixelBytes).Clear();
        if ((uint)row >= (uint)Height || first >= last) return;
        int bytes = (last - first) * pixelBytes;
        new ReadOnlySpan<byte>(source + (first * pixelBytes), bytes).CopyTo(new Span<byte>(target + (first * pixelBytes), bytes));
    }
}
