using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Text;

namespace NegSamples.Training;

/// <summary>Stands for images whose memory is planned: as many, with their labels, but every picture is one pixel, and every text its first word, so that none is read.</summary>
/// <param name="images">The images.</param>
internal sealed class PlannedImages(IImageSet images) : IImageSet
{
    // Enough to tell the mean size of images of many sizes.
    private const int Sampled = 32;

    public string Name => images.Name;

    public int Count => images.Count;

    public IReadOnlyList<string> ClassNames => images.ClassNames;

    public string Fingerprint => images.Fingerprint;

    public Vocabulary? Vocabulary => images.Vocabulary;

    public long MaximumBytes => Vocabulary is null ? 3 : images.MaximumBytes;

    public int Label(int index) => images.Label(index);

    public (int Height, int Width) Read(int index, ref byte[] pixels)
    {
        if (pixels.Length < 3) pixels = new byte[3];
        return (1, 1);
    }

    /// <summary>Bytes of a batch's pixels, from the mean of some images, and room to grow where they are of many sizes.</summary>
    /// <param name="images">The images.</param>
    /// <param name="samples">How many a batch has.</param>
    public static long PixelBytes(IImageSet images, int samples)
    {
        int count = Math.Min(Sampled, images.Count);
        long sum = 0, largest = 0;
        byte[] pixels = [];
        for (int i = 0; i < count; i++)
        {
            (int height, int width) = images.Read((int)((long)i * images.Count / count), ref pixels);
            sum += 3L * height * width;
            largest = Math.Max(largest, 3L * height * width);
        }

        long bytes = (long)Math.Ceiling((double)sum / count * samples);
        return largest * count == sum ? bytes : bytes + (bytes / 4);
    }
}
