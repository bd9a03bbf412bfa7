using NegSamples.Files;

namespace NegSamples.Augment.Decoding;

/// <summary>Turns the bytes of an image file into RGB bytes. Safe from several threads at once.</summary>
public interface IImageDecoder
{
    /// <summary>A text that changes when it decodes otherwise, so that what another has decoded is not taken for its own.</summary>
    string Name => GetType().FullName!;

    /// <summary>The most bytes that <see cref="Decode"/> can return for one image.</summary>
    long MaximumBytes { get; }

    /// <summary>Decodes one image: alpha is ignored, grey becomes RGB, the EXIF orientation is applied.</summary>
    /// <param name="file">The whole image file.</param>
    /// <param name="name">What the messages call the file.</param>
    /// <param name="pixels">Is grown when it is too small, and receives 3·height·width bytes, row-major, channels last.</param>
    /// <returns>The height and width of the decoded image.</returns>
    /// <exception cref="BadDataException">The file is empty, truncated, corrupt, too large or of another format.</exception>
    (int Height, int Width) Decode(ArraySegment<byte> file, string name, ref byte[] pixels);

    /// <summary>Finds out cheaply what is wrong with an image file; a decoder that cannot leaves it to <see cref="Decode"/>.</summary>
    /// <param name="file">The whole image file.</param>
    /// <param name="name">What the messages call the file.</param>
    /// <exception cref="BadDataException">The file is empty, truncated, corrupt, too large or of another format.</exception>
    void Check(ArraySegment<byte> file, string name)
    {
    }
}
