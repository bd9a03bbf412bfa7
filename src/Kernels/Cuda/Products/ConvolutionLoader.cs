using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// The panels of a convolution as a product: a row of the left side is the window of a pixel, gathered from the image tap by tap, a row of the right
/// side the weights of an output.
/// </summary>
internal struct ConvolutionLoader<TArithmetic> : IPanelLoader
    where TArithmetic : struct, IArithmetic
{
    public ImageWindow Image;

    /// <summary>[outputs, taps · chunks of a pixel].</summary>
    public PanelCopies<TArithmetic, ContiguousDepth> Weights;

    public DepthOrder Order;

    /// <summary>The windows of the block's rows, in shared memory.</summary>
    public ArrayView<WindowPlace> Windows;

    public int Down, Across, Chunks;

    /// <summary>Fills <see cref="Windows"/>; a barrier must follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void PlaceWindows(int firstRow, int rows)
    {
        for (int row = Group.IdxX; row < Down * PanelText.Side; row += Group.DimX)
        {
            WindowPlace place = Image.Place(firstRow + row);
            if (firstRow + row >= rows) place.Rows = 0;
            Windows[row] = place;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Load(int stage, int step)
    {
        int pass = Group.DimX >> 3, chunk = (step << 3) + (Group.IdxX & 7), to = stage + PanelCopies<TArithmetic, ContiguousDepth>.ContiguousTarget();
        DepthPlace place = Order.At(chunk);
        long offset = Image.OffsetOf(place.Row, place.Column, place.Channel);
        int rowBit = chunk < Chunks ? 1 << place.Row : 0, columnBit = 1 << place.Column;
        int weight = chunk < Chunks ? (place.Tap * Image.PixelChunks) + place.Channel : Chunks;
        for (int row = Group.IdxX >> 3; row < Down * PanelText.Side; row += 4 * pass)
        {
            WindowPlace first = Windows[row], second = Windows[row + pass], third = Windows[row + (2 * pass)], fourth = Windows[row + (3 * pass)];
            Copy(to, first, offset, rowBit, columnBit);
            Copy(to + (pass << 7), second, offset, rowBit, columnBit);
            Copy(to + (pass << 8), third, offset, rowBit, columnBit);
            Copy(to + (3 * pass << 7), fourth, offset, rowBit, columnBit);
            to += pass << 9;
        }

        Weights.Load(stage + (Down * PanelText.Bytes), Across, weight);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(int shared, WindowPlace window, long offset, int rowBit, int columnBit) =>
        AsyncCopy.TapOrZero(shared, window.Address + offset, window.Rows & rowBit, window.Columns & columnBit);
}
