using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// The panels of a convolution: windows of the images that the kernel's first tensor map tells of, and weights [outputs, taps · channels], the second. A step is a tap
/// and 64 channels.
/// </summary>
internal struct BulkWindows : IBulkLoader
{
    public BulkLane Lane;

    public DepthOrder Order;

    public int PixelChunks;

    /// <summary>The lane's first window.</summary>
    public PixelPlace First;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Load(int stage, int step, int barrier)
    {
        DepthPlace place = Order.At(step << 3);
        int panel = stage + Lane.Panel;
        BulkCopy.Windows(panel, place.Channel << 3, First, place.Column, place.Row, barrier, Lane.IsLeft);
        BulkCopy.FromSecond(panel, ((place.Tap * PixelChunks) + place.Channel) << 3, Lane.Side, barrier, Lane.IsRight);
    }
}

/// <summary>
/// The panels of a convolution's weight gradient: windows of the images that the kernel's first tensor map tells of on the right, and dy [pixels, outputs], the second
/// map, on the left. A step is 64 pixels.
/// </summary>
internal struct BulkWindowGradients : IBulkLoader
{
    public BulkLane Lane;

    public WindowGrid Grid;

    /// <summary>The lane's tap and the first of its channels; beyond the last channel there are zeros.</summary>
    public int TapRow, TapColumn, Channel;

    /// <summary>Finds the tap and channels of the lane's columns.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void PlaceColumns(int windowWidth, int taps)
    {
        int chunk = Lane.Side >> 3, tap = chunk / Grid.PixelChunks;
        bool exists = tap < taps;
        TapRow = exists ? tap / windowWidth : 0;
        TapColumn = exists ? tap - (TapRow * windowWidth) : 0;
        Channel = (exists ? chunk - (tap * Grid.PixelChunks) : Grid.PixelChunks) << 3;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Load(int stage, int step, int barrier)
    {
        int panel = stage + Lane.Panel, first = step * PanelText.Side;
        BulkCopy.FromSecond(panel, Lane.Side, first, barrier, Lane.IsLeft);
        BulkCopy.Windows(panel, Channel, Grid.At(first), TapColumn, TapRow, barrier, Lane.IsRight);
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
