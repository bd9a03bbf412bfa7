using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>The shape of one image's feature map.</summary>
/// <param name="Height">Rows of pixels.</param>
/// <param name="Width">Pixels of a row.</param>
/// <param name="Channels">Numbers of a pixel.</param>
public readonly record struct MapShape(int Height, int Width, int Channels)
{
    /// <summary>The numbers of the map.</summary>
    public long Count => (long)Height * Width * Channels;

    /// <summary>The shape after a window has passed over it.</summary>
    /// <param name="channels">Numbers of a pixel then.</param>
    /// <param name="kernel">The window's side.</param>
    /// <param name="stride">Pixels between two windows.</param>
    /// <param name="padding">Pixels of 0 on each side.</param>
    /// <exception cref="ArgumentException">The window is larger than the map.</exception>
    public MapShape After(int channels, int kernel, int stride, int padding) =>
        new(Ops.OutputLength(Height, kernel, stride, padding), Ops.OutputLength(Width, kernel, stride, padding), channels);
}
