using NegSamples.Augment.Data;

namespace NegSamples.OwnEncoder;

/// <summary>Images of a program's own: squares of three colours, each pixel a little off.</summary>
public sealed class Tiles(int count, int seed) : IImageSet
{
    private const int Side = 16;

    public string Name => "tiles";

    public int Count => count;

    public IReadOnlyList<string> ClassNames => ["red", "green", "blue"];

    public string Fingerprint => $"tiles {count} {seed}";

    public long MaximumBytes => 3 * Side * Side;

    public int Label(int index) => index % 3;

    public (int Height, int Width) Read(int index, ref byte[] pixels)
    {
        if (pixels.Length < MaximumBytes) pixels = new byte[MaximumBytes];
        new Random((seed * 100_003) + index).NextBytes(pixels.AsSpan(0, (int)MaximumBytes));
        for (int i = Label(index); i < MaximumBytes; i += 3) pixels[i] = 255;
        return (Side, Side);
    }
}
