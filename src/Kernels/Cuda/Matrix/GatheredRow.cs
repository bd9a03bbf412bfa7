using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cuda;

/// <summary>Where the source pixels of one output pixel lie.</summary>
internal struct GatheredRow
{
    private const int Nowhere = -(1 << 28);

    /// <summary>The image's first pixel, and the source row and column of tap 0 before the division by Stretch.</summary>
    private int image, top, left;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static GatheredRow Of(int row, ConvolutionShape shape)
    {
        int number = shape.Image.Quotient(row), pixel = row - (number * shape.Image.Value);
        int y = shape.Width.Quotient(pixel), x = pixel - (y * shape.Width.Value);
        return new GatheredRow
        {
            image = number * shape.SourceHeight * shape.SourceWidth,
            top = row < shape.Rows ? (y * shape.Step) - shape.Offset : Nowhere,
            left = (x * shape.Step) - shape.Offset,
        };
    }

    /// <summary>The number of the source pixel under a tap; -1 outside the image or between the pixels of a stretched one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Pixel(int tapRow, int tapColumn, ConvolutionShape shape)
    {
        int y = top + tapRow, x = left + tapColumn;
        bool isThere = y >= 0 && x >= 0;
        if (shape.Stretch > 1)
        {
            int wholeY = y / shape.Stretch, wholeX = x / shape.Stretch;
            isThere = isThere && wholeY * shape.Stretch == y && wholeX * shape.Stretch == x;
            (y, x) = (wholeY, wholeX);
        }

        return isThere && y < shape.SourceHeight && x < shape.SourceWidth ? image + (y * shape.SourceWidth) + x : -1;
    }
}
