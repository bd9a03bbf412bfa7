using System.Runtime.CompilerServices;

namespace NegSamples.Kernels.Cuda.Products;

/// <summary>
/// The order in which a convolution runs through taps and channels, in 16-byte chunks. Where the channels fill whole steps, all taps of one step of
/// channels come after each other, because neighbouring taps read mostly the same pixels; else all channels of a tap.
/// </summary>
internal readonly struct DepthOrder
{
    private readonly SmallDivisor block, chunksPerBlock, width;

    /// <param name="height">Taps down.</param>
    /// <param name="width">Taps across.</param>
    /// <param name="pixelChunks">Chunks of a pixel.</param>
    public DepthOrder(int height, int width, int pixelChunks)
    {
        // With no tap at all nothing is asked, but a divisor must not be 0.
        chunksPerBlock = new(pixelChunks % 8 == 0 ? 8 : pixelChunks);
        block = new(Math.Max(1, height * width * chunksPerBlock.Value));
        this.width = new(Math.Max(1, width));
    }

    /// <summary>What stands at one chunk of the depth.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public DepthPlace At(int chunk)
    {
        int blocks = block.Divide(chunk), within = chunk - (blocks * block.Value), tap = chunksPerBlock.Divide(within), row = width.Divide(tap);
        return new()
        {
            Tap = tap, Row = row, Column = tap - (row * width.Value), Channel = (blocks * chunksPerBlock.Value) + within - (tap * chunksPerBlock.Value),
        };
    }
}

/// <summary>A tap of the window, as number and as row and column, and a 16-byte chunk of channels.</summary>
internal struct DepthPlace
{
    public int Tap, Row, Column, Channel;
}
