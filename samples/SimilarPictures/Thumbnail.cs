using NegSamples.Augment.Data;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.PixelFormats;
using SixLabors.ImageSharp.Processing;

namespace NegSamples.Samples.SimilarPictures;

/// <summary>Pictures as the page shows them.</summary>
internal static class Thumbnail
{
    private const int Side = 256;

    /// <summary>A picture as PNG of at most 256 x 256. It is drawn anew of what was decoded: no byte of a file goes out, whatever else is in it.</summary>
    public static byte[] Of(IImageSet pictures, int index)
    {
        byte[] pixels = [];
        (int height, int width) = pictures.Read(index, ref pixels);
        using Image<Rgb24> image = Image.LoadPixelData<Rgb24>(pixels.AsSpan(0, 3 * height * width), width, height);
        if (Math.Max(height, width) > Side) image.Mutate(context => context.Resize(new ResizeOptions { Size = new(Side, Side), Mode = ResizeMode.Max }));
        using MemoryStream stream = new();
        image.SaveAsPng(stream);
        return stream.ToArray();
    }
}
