using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>Images, and where the windows of a grid of pixels lie in them: window (p, q) starts at row p·Step + Top, column q·Step + Left.</summary>
internal struct ImageWindow
{
    public long Address;

    public int Height, Width, PixelChunks;

    /// <summary>The grid has this many pixels in each image.</summary>
    public int GridHeight, GridWidth;

    public int Step, Top, Left;

    /// <summary>Taps of the window, at most 32 each way.</summary>
    public int WindowHeight, WindowWidth;

    /// <summary>The bytes of taps from the window's first, and of a chunk of channels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int OffsetOf(int row, int column, int channel) => ((((row * Width) + column) * PixelChunks) + channel) << 4;

    /// <summary>The address where a window starts, which may lie outside of the images.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly long AddressOf(int image, int y, int x) => Address + ((((long)((image * Height) + y) * Width) + x) * (PixelChunks << 4));

    /// <summary>The window of a pixel of the grid, counted through all images.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly WindowPlace Place(int pixel)
    {
        int line = pixel / GridWidth, column = pixel - (line * GridWidth), image = line / GridHeight, row = line - (image * GridHeight);
        int y = (row * Step) + Top, x = (column * Step) + Left;
        return new() { Address = AddressOf(image, y, x), Rows = Inside(y, WindowHeight, Height), Columns = Inside(x, WindowWidth, Width) };
    }

    /// <summary>Bit i is set where first + i is in [0, length).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Inside(int first, int count, int length)
    {
        int bits = 0;
        for (int i = 0; i < count; i++)
        {
            if (((first + i) | (length - 1 - first - i)) >= 0) bits |= 1 << i;
        }

        return bits;
    }
}

/// <summary>Where a window starts in memory, and which of its rows and columns of taps are within the image: sixteen bytes, one load.</summary>
internal struct WindowPlace
{
    public long Address;

    public int Rows, Columns;
}

/// <summary>A column of a weight gradient: the bytes from a window's start to its tap and channels, and the tap's row and column.</summary>
internal struct TapPlace
{
    /// <summary>A row that no image has.</summary>
    public const int Nowhere = 1 << 24;

    public int Offset, Row, Column;

    /// <summary>Nothing: with it a place is sixteen bytes, which are one load.</summary>
    public int Filler;
}
