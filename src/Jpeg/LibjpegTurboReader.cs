using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using NegSamples.Augment.Decoding;
using SkiaSharp;

namespace NegSamples.Jpeg;

/// <summary>Reads JPEG by the libjpeg-turbo within Skia: bit for bit what Pillow and torchvision read, who use it, too.</summary>
/// <remarks>Colour of less than full size is interpolated by the triangle filter; a colour profile is not applied, nor is the orientation.</remarks>
internal sealed class LibjpegTurboReader : IJpegReader
{
    // Rows are read some at a time, so that the four bytes a pixel that Skia gives are never there for a whole large picture.
    private const int StripBytes = 1 << 18;

    /// <inheritdoc/>
    public bool TryRead(ReadOnlySpan<byte> file, int height, int width, Span<byte> rgb)
    {
        unsafe
        {
            fixed (byte* bytes = file)
            {
                using SKData data = SKData.Create((nint)bytes, file.Length);
                using SKCodec? codec = SKCodec.Create(data);
                if (codec is null || codec.EncodedFormat != SKEncodedImageFormat.Jpeg || codec.Info.Width != width || codec.Info.Height != height) return false;

                // Without a colour space of its own the picture is asked for in that of the file: nothing is converted.
                SKImageInfo info = new(width, height, SKColorType.Rgba8888, SKAlphaType.Opaque, null);
                if (codec.StartScanlineDecode(info) != SKCodecResult.Success) return false;
                int rows = Math.Clamp(StripBytes / info.RowBytes, 1, height);
                byte[] strip = ArrayPool<byte>.Shared.Rent(rows * info.RowBytes);
                try
                {
                    fixed (byte* target = strip)
                    {
                        for (int y = 0; y < height; y += rows)
                        {
                            int wanted = Math.Min(rows, height - y), got = codec.GetScanlines((nint)target, wanted, info.RowBytes);
                            if (got < wanted) throw new InvalidDataException($"its pixels end within row {y + got} of {height}.");
                            WithoutAlpha(strip.AsSpan(0, wanted * info.RowBytes), rgb.Slice(3 * width * y, 3 * width * wanted));
                        }
                    }
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(strip);
                }
            }
        }

        return true;
    }

    /// <summary>Takes the first three of every four bytes.</summary>
    internal static void WithoutAlpha(ReadOnlySpan<byte> rgba, Span<byte> rgb)
    {
        int pixel = 0, pixels = rgba.Length / 4;
        Vector128<byte> first = Vector128.Create(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255);
        ref byte from = ref MemoryMarshal.GetReference(rgba);
        ref byte to = ref MemoryMarshal.GetReference(rgb);

        // Sixteen bytes are written for twelve; the four too many are those of the pixels that come next.
        for (; pixel + 6 <= pixels; pixel += 4)
            Vector128.Shuffle(Vector128.LoadUnsafe(ref from, (nuint)(4 * pixel)), first).StoreUnsafe(ref to, (nuint)(3 * pixel));
        for (; pixel < pixels; pixel++)
        {
            Unsafe.Add(ref to, 3 * pixel) = Unsafe.Add(ref from, 4 * pixel);
            Unsafe.Add(ref to, (3 * pixel) + 1) = Unsafe.Add(ref from, (4 * pixel) + 1);
            Unsafe.Add(ref to, (3 * pixel) + 2) = Unsafe.Add(ref from, (4 * pixel) + 2);
        }
    }
}
