namespace NegSamples.Augment.Decoding;

/// <summary>Reads the pixels of JPEG files in the place of <see cref="ImageSharpDecoder"/>'s own reader. Safe from several threads at once.</summary>
internal interface IJpegReader
{
    /// <summary>Reads a picture of one or three components as it is stored: not turned, and no colour profile applied.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="height">Its height by its header.</param>
    /// <param name="width">Its width by its header.</param>
    /// <param name="rgb">Receives 3·height·width bytes, row-major, channels last.</param>
    /// <returns>Whether it can read such a file; where it cannot, another reader is asked.</returns>
    /// <exception cref="InvalidDataException">The pixels end too early.</exception>
    bool TryRead(ReadOnlySpan<byte> file, int height, int width, Span<byte> rgb);
}
