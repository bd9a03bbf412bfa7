using NegSamples.Augment.Data.Text;
using NegSamples.Files;

namespace NegSamples.Augment.Data;

/// <summary>A set of images with or without labels, in an order that never changes.</summary>
/// <remarks>Reading is safe from several threads at once.</remarks>
public interface IImageSet
{
    /// <summary>What it is, for messages: "cifar10 train".</summary>
    string Name { get; }

    /// <summary>How many images it has.</summary>
    int Count { get; }

    /// <summary>The classes in label order; empty where there are no labels.</summary>
    IReadOnlyList<string> ClassNames { get; }

    /// <summary>A text that changes when the data change (names, sizes or contents), so that a resumed run can refuse other data.</summary>
    string Fingerprint { get; }

    /// <summary>Weaker fingerprints, by names and sizes or the beginnings of files, that checkpoints may hold in the place of one of contents.</summary>
    IReadOnlyList<string> FormerFingerprints => [];

    /// <summary>The words of a set of texts; null for images. A text is an image of one row; see <see cref="AgNewsSet"/>.</summary>
    internal Vocabulary? Vocabulary => null;

    /// <summary>The most bytes that <see cref="Read"/> can return for one image: 3·height·width of the largest.</summary>
    long MaximumBytes { get; }

    /// <summary>Whether a read decodes a picture, for which several threads are wanted.</summary>
    bool DecodesOnRead => false;

    /// <summary>About how many bytes of decoded pictures the set will come to hold in memory.</summary>
    long CacheBytes => 0;

    /// <summary>The label of an image, 0 to the number of classes − 1.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    /// <exception cref="InvalidOperationException">There are no labels.</exception>
    int Label(int index);

    /// <summary>The file of an image within the set, with '/' between the parts; null where the images have no files of their own.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    string? FileOf(int index) => null;

    /// <summary>Reads one image as RGB bytes, channels last, row-major.</summary>
    /// <param name="index">0 to <see cref="Count"/> − 1.</param>
    /// <param name="pixels">Is grown when it is too small, and receives 3·height·width bytes; pass the same array again to allocate nothing.</param>
    /// <returns>The image's height and width.</returns>
    /// <exception cref="BadDataException">The image cannot be read; the message names the file.</exception>
    (int Height, int Width) Read(int index, ref byte[] pixels);
}
