using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// The panels of a convolution: windows of the images that the kernel's first tensor map tells of, and weights [outputs, taps · channels], the second. A step is a tap
/// and 64 channels.
/// </summary>
internal struct BulkWindows : IBulkLoader
{
    public WindowGrid Grid;

    public DepthOrder Order;

    public int FirstRow, FirstColumn, Down, Across;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Load(int stage, int step, int barrier, int lane)
    {
        DepthPlace place = Order.At(step << 3);
        int panel = stage, depth = ((place.Tap * Grid.PixelChunks) + place.Channel) << 3;
        for (int i = 0; i < Down; i++)
        {
            PixelPlace pixel = Grid.At(FirstRow + (i * PanelText.Side));
            BulkCopy.Windows(panel, place.Channel << 3, pixel, place.Column, place.Row, barrier, lane);
            panel += PanelText.Bytes;
        }

        for (int i = 0; i < Across; i++)
        {
            BulkCopy.FromSecond(panel, depth, FirstColumn + (i * PanelText.Side), barrier, lane);
            panel += PanelText.Bytes;
        }
    }
}

/// <summary>
/// The panels of a convolution's weight gradient: windows of the images that the kernel's first tensor map tells of on the right, and dy [pixels, outputs], the second
/// map, on the left. A step is 64 pixels.
/// </summary>
internal struct BulkWindowGradients : IBulkLoader
{
    public WindowGrid Grid;

    public int WindowWidth, Taps, FirstRow, FirstColumn, Down, Across;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Load(int stage, int step, int barrier, int lane)
    {
        int panel = stage, first = step * PanelText.Side;
        for (int i = 0; i < Down; i++)
        {
            BulkCopy.FromSecond(panel, FirstRow + (i * PanelText.Side), first, barrier, lane);
            panel += PanelText.Bytes;
        }

        PixelPlace pixel = Grid.At(first);
        for (int i = 0; i < Across; i++)
        {
            int chunk = (FirstColumn + (i * PanelText.Side)) >> 3, tap = chunk / Grid.PixelChunks, row = tap / WindowWidth;
            int channel = tap < Taps ? chunk - (tap * Grid.PixelChunks) : Grid.PixelChunks; // Beyond the last channel there are zeros.
            if (tap >= Taps) row = 0;
            BulkCopy.Windows(panel, channel << 3, pixel, tap < Taps ? tap - (row * WindowWidth) : 0, row, barrier, lane);
            panel += PanelText.Bytes;
        }
    }
}

/// <summary>Where the pixels of a grid have their windows, of channels that fill whole steps.</summary>
internal struct WindowGrid
{
    public int Height, Width, Step, Top, Left, PixelChunks;

    /// <summary>The grid of windows.</summary>
    public static WindowGrid Of(ImageWindow window) => new()
    {
        Height = window.GridHeight, Width = window.GridWidth, Step = window.Step, Top = window.Top, Left = window.Left, PixelChunks = window.PixelChunks,
    };

    /// <summary>The window of a pixel, counted through all images; one beyond the last is of an image that there is not.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly PixelPlace At(int pixel)
    {
        int line = pixel / Width, image = line / Height;
        return new() { Column = ((pixel - (line * Width)) * Step) + Left, Row = ((line - (image * Height)) * Step) + Top, Image = image };
    }
}

/// <summary>The first column and row of a pixel's window, and its image.</summary>
internal struct PixelPlace
{
    public int Column, Row, Image;
}
