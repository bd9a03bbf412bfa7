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
    public MatrixPanels Outputs;

    public ImageWindow Image;

    public Divisor GridWidth, GridHeight;

    /// <summary>For each chunk of the block's columns its tap (as a place of the window) and, in <see cref="WindowPlace.Pixel"/>, its chunk of the pixel.</summary>
    public ArrayView<WindowPlace> Columns;

    public int Down, Across, FirstRow;

    /// <summary>Fills <see cref="Columns"/>; a barrier must follow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void PlaceColumns(int firstColumn, int taps, int windowWidth)
    {
        for (int i = Group.IdxX; i < Across * (TArithmetic.BFloat16 ? 8 : 16); i += Group.DimX)
        {
            int chunk = (firstColumn >> (TArithmetic.BFloat16 ? 3 : 2)) + i, tap = chunk / Image.PixelChunks, row = tap / windowWidth;
            Columns[i] = new() { Pixel = chunk - (tap * Image.PixelChunks), Row = tap < taps ? row : WindowPlace.Nowhere, Column = tap - (row * windowWidth) };
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Load(int stage, int step)
    {
        Outputs.Load<TArithmetic, StridedDepth>(stage, Down, FirstRow, step);
        stage += Down * PanelText.Bytes;
        int pass = Group.DimX >> 3;
        for (int row = Group.IdxX >> 3; row < PanelText.Side; row += pass)
        {
            // A pixel is looked up once for all panels.
            StridedPlace place = StridedPlace.Of<TArithmetic>(row);
            int pixel = (step << (TArithmetic.BFloat16 ? 6 : 5)) + place.Depth;
            int line = GridWidth.Divide(pixel), image = GridHeight.Divide(line);
            WindowPlace window = Image.Place(image, line - (image * GridHeight.Value), pixel - (line * GridWidth.Value));
            if (pixel >= Outputs.StoredRows) window.Row = WindowPlace.Nowhere;
            for (int panel = 0; panel < Across; panel++)
            {
                WindowPlace column = Columns[place.Chunk + (panel << (TArithmetic.BFloat16 ? 3 : 4))];
                Image.Copy(stage + place.Offset + (panel * PanelText.Bytes), window, column.Row, column.Column, column.Pixel);
            }
        }
    }
}
