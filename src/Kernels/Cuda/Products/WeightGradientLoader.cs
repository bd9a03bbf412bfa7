using System.Runtime.CompilerServices;
using ILGPU;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// The panels of a convolution's weight gradient: the depth is the pixels of dy, the left side its channels, the right side taps and channels of the
/// window of the pixel. Both sides have the depth strided.
/// </summary>
internal struct WeightGradientLoader<TArithmetic> : IPanelLoader
    where TArithmetic : struct, IArithmetic
{
    /// <summary>dy as [pixels, outputs].</summary>
    public PanelCopies<TArithmetic, StridedDepth> Outputs;

    public ImageWindow Image;

    public Divisor GridWidth, GridHeight;

    /// <summary>The tap and channels of each chunk of the block's columns, in shared memory.</summary>
    public ArrayView<TapPlace> Columns;

    public int Down, Across, Pixels;

    /// <summary>Fills <see cref="Columns"/>; a barrier must follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void PlaceColumns(int firstColumn)
    {
        for (int i = Group.IdxX; i < Across * (TArithmetic.BFloat16 ? 8 : 16); i += Group.DimX)
        {
            int chunk = (firstColumn >> (TArithmetic.BFloat16 ? 3 : 2)) + i, tap = chunk / Image.PixelChunks, row = tap / Image.WindowWidth;
            int column = tap - (row * Image.WindowWidth);
            int offset = Image.OffsetOf(row, column, chunk - (tap * Image.PixelChunks));
            if (row >= Image.WindowHeight) row = TapPlace.Nowhere;
            Columns[i] = new() { Offset = offset, Row = row, Column = column };
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Load(int stage, int step)
    {
        Outputs.Load(stage, Down, step);
        int pass = Group.DimX >> 3, to = stage + (Down * PanelText.Bytes) + PanelCopies<TArithmetic, StridedDepth>.StridedTarget();
        int pixel = (step << (TArithmetic.BFloat16 ? 6 : 5)) + PanelCopies<TArithmetic, StridedDepth>.StridedDepthOf();
        for (int row = 0; row < PanelText.Side; row += pass)
        {
            // A pixel is looked up once for all panels; one beyond the last counts as a row below the image.
            int line = GridWidth.Divide(pixel), image = GridHeight.Divide(line);
            int y = ((line - (image * GridHeight.Value)) * Image.Step) + Image.Top, x = ((pixel - (line * GridWidth.Value)) * Image.Step) + Image.Left;
            long from = Image.AddressOf(image, y, x);
            if (pixel >= Pixels) y = TapPlace.Nowhere;
            for (int panel = 0; panel < Across; panel++)
            {
                TapPlace tap = Columns[PanelCopies<TArithmetic, StridedDepth>.StridedChunkOf() + (panel << (TArithmetic.BFloat16 ? 3 : 4))];
                int down = y + tap.Row, right = x + tap.Column;
                AsyncCopy.CachedOrZero(
                    to + (panel * PanelText.Bytes), from + tap.Offset, (down | (Image.Height - 1 - down) | right | (Image.Width - 1 - right)) >= 0);
            }

            to += pass << 7;
            pixel += TArithmetic.BFloat16 ? pass : pass >> 1;
        }
    }
}
