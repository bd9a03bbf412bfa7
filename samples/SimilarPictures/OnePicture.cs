using NegSamples.Augment.Data;
using NegSamples.Augment.Decoding;

namespace NegSamples.Samples.SimilarPictures;

/// <summary>A picture that is not among the others, as a set of its own: so it goes through the encoder as they did.</summary>
internal sealed class OnePicture : IImageSet
{
    private readonly byte[] pixels = [];
    private readonly int height, width;

    /// <summary>Decodes a PNG, JPEG, BMP or WebP file.</summary>
    /// <exception cref="Files.BadDataException">It is none of these, or damaged.</exception>
    public OnePicture(byte[] file) => (height, width) = new ImageSharpDecoder().Decode(file, Name, ref pixels);

    public string Name => "The file";

    public int Count => 1;

    public IReadOnlyList<string> ClassNames => [];

    public string Fingerprint => Name;

    public long MaximumBytes => 3L * height * width;

    public int Label(int index) => throw new InvalidOperationException($"{Name} has no label.");

    public (int Height, int Width) Read(int index, ref byte[] pixels)
    {
        if (pixels.Length < MaximumBytes) pixels = new byte[MaximumBytes];
        this.pixels.AsSpan(0, (int)MaximumBytes).CopyTo(pixels);
        return (height, width);
    }
}
