using NegSamples.Augment.Data.Text;

namespace NegSamples.Augment.Data.Cached;

/// <summary>A set whose pictures are decoded by another, which is the same set in all but how it is read.</summary>
/// <param name="images">The other.</param>
internal abstract class DecodedSet(IImageSet images) : IImageSet
{
    public string Name => images.Name;

    public int Count => images.Count;

    public IReadOnlyList<string> ClassNames => images.ClassNames;

    public string Fingerprint => images.Fingerprint;

    public IReadOnlyList<string> FormerFingerprints => images.FormerFingerprints;

    public Vocabulary? Vocabulary => images.Vocabulary;

    public long MaximumBytes => images.MaximumBytes;

    public abstract bool DecodesOnRead { get; }

    public virtual long CacheBytes => 0;

    public int Label(int index) => images.Label(index);

    public string? FileOf(int index) => images.FileOf(index);

    public abstract (int Height, int Width) Read(int index, ref byte[] pixels);
}
