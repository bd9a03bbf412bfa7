using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Text;

namespace NegSamples.Tests.Training;

/// <summary>The images of a set, for a test that changes one thing of them.</summary>
/// <param name="images">The set.</param>
internal abstract class ImagesOver(IImageSet images) : IImageSet
{
    public string Name => images.Name;

    public int Count => images.Count;

    public virtual IReadOnlyList<string> ClassNames => images.ClassNames;

    public string Fingerprint => images.Fingerprint;

    public Vocabulary? Vocabulary => images.Vocabulary;

    public long MaximumBytes => images.MaximumBytes;

    public virtual int Label(int index) => images.Label(index);

    public virtual (int Height, int Width) Read(int index, ref byte[] pixels) => images.Read(index, ref pixels);
}
