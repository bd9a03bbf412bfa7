namespace NegSamples.Kernels.Cuda;

/// <summary>A convolution as a matrix product whose left operand is gathered: row = output pixel, depth = (filter tap, channel).</summary>
/// <remarks>
/// The source pixel of output row h and tap row k is <c>(h * Step - Offset + k) / Stretch</c> where that divides, and zero elsewhere: forward has
/// Stretch 1 and Step the stride, the input gradient Step 1 and Stretch the stride. A plain product has images of one pixel and one tap.
/// </remarks>
internal struct ConvolutionShape
{
    /// <summary>Output pixels: rows of the product.</summary>
    public int Rows;

    /// <summary>Output channels: columns of the product.</summary>
    public int Columns;

    /// <summary>Taps times channels.</summary>
    public int Depth;

    public int SourceHeight, SourceWidth;

    public int Step, Offset, Stretch;

    /// <summary>Output pixels of an image, output pixels of a row, channels of the source as they lie in memory, taps of a filter's row.</summary>
    public Divisor Image, Width, Channels, KernelWidth;
}
