using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Text;

namespace NegSamples.Training;

/// <summary>Some images of a set.</summary>
/// <remarks>Its fingerprint is the set's: which images are in it follows from settings that are compared beside it.</remarks>
/// <param name="images">The set.</param>
/// <param name="places">The places of the images in it, ascending.</param>
/// <param name="part">What they are, for messages.</param>
internal sealed class ImageSubset(IImageSet images, int[] places, string part) : IImageSet
{
    public string Name => $"{images.Name}, {part}";

    public int Count => places.Length;

    public IReadOnlyList<string> ClassNames => images.ClassNames;

    public string Fingerprint => images.Fingerprint;

    public IReadOnlyList<string> FormerFingerprints => images.FormerFingerprints;

    public Vocabulary? Vocabulary => images.Vocabulary;

    public long MaximumBytes => images.MaximumBytes;

    public bool DecodesOnRead => images.DecodesOnRead;

    public long CacheBytes => images.CacheBytes;

    public int Label(int index) => images.Label(places[index]);

    public string? FileOf(int index) => images.FileOf(places[index]);

    public (int Height, int Width) Read(int index, ref byte[] pixels) => images.Read(places[index], ref pixels);
}
