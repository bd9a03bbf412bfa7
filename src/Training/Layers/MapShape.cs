using NegSamples.Kernels;

namespace NegSamples.Training.Layers;

/// <summary>The shape of one image's feature map.</summary>
internal readonly record struct MapShape(int Height, int Width, int Channels)
{
    public long Count => (long)Height * Width * Channels;

    /// <summary>The shape after a window of this side has passed over it.</summary>
    public MapShape After(int channels, int kernel, int stride, int padding) =>
        new(Ops.OutputLength(Height, kernel, stride, padding), Ops.OutputLength(Width, kernel, stride, padding), channels);
}
