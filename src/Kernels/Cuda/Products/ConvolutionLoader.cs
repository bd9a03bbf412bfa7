using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// The panels of a convolution as a product: a row of the left side is the window of a pixel, gathered from the image tap by tap, a row of the right
/// side the weights of an output.
/// </summary>
internal struct ConvolutionLoader : IPanelLoader
{
    public ImageWindow Image;

    /// <summary>[outputs, taps · chunks of a pixel].</summary>
    public MatrixPanels Weights;

    public DepthOrder Order;

    /// <summary>Where the windows of the block's rows start, in shared memory.</summary>
    public ArrayView<WindowPlace> Windows;

    public int Down, Across, FirstColumn;

    /// <summary>Fills <see cref="Windows"/>; a barrier must follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void PlaceWindows(int firstRow, int rows)
    {
        for (int row = Group.IdxX; row < Down * PanelText.Side; row += Group.DimX)
        {
            WindowPlace place = Image.Place(firstRow + row);
            if (firstRow + row >= rows) place.Row = WindowPlace.Nowhere;
            Windows[row] = place;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Load(int stage, int step)
    {
        int pass = Group.DimX >> 3, chunk = (step << 3) + (Group.IdxX & 7);
        DepthPlace place = Order.At(chunk);
        int weight = (place.Tap * Image.PixelChunks) + place.Channel;
        if (chunk >= Weights.Chunks)
        {
            place.Row = WindowPlace.Nowhere;
            weight = Weights.Chunks;
        }

        for (int row = Group.IdxX >> 3; row < Down * PanelText.Side; row += 4 * pass)
        {
            WindowPlace first = Windows[row], second = Windows[row + pass], third = Windows[row + (2 * pass)], fourth = Windows[row + (3 * pass)];
            Image.Copy(Shared(stage, row), first, place.Row, place.Column, place.Channel);
            Image.Copy(Shared(stage, row + pass), second, place.Row, place.Column, place.Channel);
            Image.Copy(Shared(stage, row + (2 * pass)), third, place.Row, place.Column, place.Channel);
            Image.Copy(Shared(stage, row + (3 * pass)), fourth, place.Row, place.Column, place.Channel);
        }

        stage += Down * PanelText.Bytes;
        for (int row = Group.IdxX >> 3; row < Across * PanelText.Side; row += 4 * pass)
        {
            Weights.CopyRow(stage, row, FirstColumn, weight);
            Weights.CopyRow(stage, row + pass, FirstColumn, weight);
            Weights.CopyRow(stage, row + (2 * pass), FirstColumn, weight);
            Weights.CopyRow(stage, row + (3 * pass), FirstColumn, weight);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Shared(int stage, int row) => stage + (row << 7) + (((Group.IdxX ^ row) & 7) << 4);
}
