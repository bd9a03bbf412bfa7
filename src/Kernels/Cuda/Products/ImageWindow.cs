using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>Images, and where the windows of a grid of pixels lie in them: window (p, q) starts at row p·Step + Top, column q·Step + Left.</summary>
internal struct ImageWindow
{
    public long Address;

    public int Height, Width, PixelChunks;

    /// <summary>The grid has this many pixels in each image.</summary>
    public int GridHeight, GridWidth;

    public int Step, Top, Left;

    /// <summary>Where the window of a pixel of the grid starts, counted through all images.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly WindowPlace Place(int pixel)
    {
        int line = pixel / GridWidth, column = pixel - (line * GridWidth), image = line / GridHeight, row = line - (image * GridHeight);
        return Place(image, row, column);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly WindowPlace Place(int image, int row, int column)
    {
        int y = (row * Step) + Top, x = (column * Step) + Left;
        return new() { Pixel = (((image * Height) + y) * Width) + x, Row = y, Column = x };
    }

    /// <summary>Copies a chunk of the pixel at a place of the window, or zeros where that is outside of the image.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Copy(int shared, WindowPlace window, int row, int column, int channel)
    {
        int y = window.Row + row, x = window.Column + column;
        bool exists = (y | (Height - 1 - y) | x | (Width - 1 - x)) >= 0; // All four at once, without a branch.
        long source = Address + ((((long)(window.Pixel + (row * Width) + column) * PixelChunks) + channel) << 4);
        AsyncCopy.CachedOrZero(shared, exists ? source : Address, exists);
    }
}

/// <summary>Where a window starts: as a pixel of all images, which may lie before the first, and as row and column of its image.</summary>
internal struct WindowPlace
{
    /// <summary>A row from which no tap reaches an image.</summary>
    public const int Nowhere = -(1 << 24);

    public int Pixel, Row, Column;

    /// <summary>Nothing: with it a place is sixteen bytes, which are one load.</summary>
    public int Filler;

    /// <summary>A block's table, behind its panels. There is no other array in shared memory, so that the panels start where dynamic memory does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ArrayView<WindowPlace> Table(ProductShape shape) =>
        SharedMemory.GetDynamic<WindowPlace>().SubView(shape.Stages * (shape.Down + shape.Across) * (PanelText.Bytes >> 4));
}
