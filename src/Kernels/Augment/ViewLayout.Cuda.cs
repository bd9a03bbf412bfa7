using System.Runtime.InteropServices;
using ILGPU;

namespace NegSamples.Kernels;

/// <summary>
/// Where a block has what of the view it makes: tables of both axes, weights of the blur, three planes and one for the blur between its axes.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ViewLayout
{
    /// <summary>Threads of the largest block.</summary>
    public const int MostThreads = 1024;

    // Pixels up to which a small block has enough to do: several of them share a multiprocessor.
    private const int PixelsOfSmallBlock = 64 * 64;

    /// <summary>All floats of a view.</summary>
    public long Floats;

    public int Views, Height, Width, Pixels;

    /// <summary>Floats from one plane to the next.</summary>
    public int Stride;

    /// <summary>Reach of the blur, 0 for none.</summary>
    public int Radius;

    /// <summary>Bytes for crops before the floats.</summary>
    public int StagedBytes;

    /// <summary>What the numbers are brought into as they are stored.</summary>
    public PixelRange Range;

    public ViewLayout(int views, int height, int width, int radius)
    {
        // The store of channels last reads a plane's lanes e, e + 3, e + 6, ...: planes 11 banks apart give the 32 lanes 32 banks.
        const int Banks = 32, BankOfNextPlane = 11;
        long pixels = (long)height * width, stride = pixels + ((BankOfNextPlane - (pixels % Banks) + Banks) % Banks);
        if (3 * stride > int.MaxValue)
            throw new ArgumentException($"Views of {height} x {width} are too large; expected up to {Counted.Of(int.MaxValue / 3, "pixel")}.", nameof(height));
        (Views, Height, Width, Pixels, Stride, Radius, StagedBytes) = (views, height, width, (int)pixels, (int)stride, radius, 0);
        Floats = (DeviceResizeAxis.FloatsPerOutput * ((long)height + width)) + radius + 1 + ((radius > 0 ? 4 : 3) * stride);
    }

    /// <summary>Threads of a block.</summary>
    public readonly int Threads => Pixels <= PixelsOfSmallBlock ? 256 : MostThreads;

    /// <summary>The room for a crop that begins anywhere in a vector of 16 bytes and ends anywhere.</summary>
    public static long StagedBytesFor(long span) => Tiling.RoundUp(span, 16) + 32;

    public readonly ArrayView<float> Columns(ArrayView<float> floats) =>
        floats.SubView((long)DeviceResizeAxis.FloatsPerOutput * Height, (long)DeviceResizeAxis.FloatsPerOutput * Width);

    public readonly ArrayView<float> Weights(ArrayView<float> floats) => floats.SubView(AfterTables, Radius + 1);

    public readonly ArrayView<float> Planes(ArrayView<float> floats) => floats.SubView(AfterTables + Radius + 1, 3L * Stride);

    public readonly ArrayView<float> Blurred(ArrayView<float> floats) => floats.SubView(AfterTables + Radius + 1 + (3L * Stride), Pixels);

    public readonly PixelColor Load(ArrayView<float> planes, int pixel) => new(planes[pixel], planes[(long)Stride + pixel], planes[(2L * Stride) + pixel]);

    public readonly void Store(ArrayView<float> planes, int pixel, PixelColor color)
    {
        planes[pixel] = color.Red;
        planes[(long)Stride + pixel] = color.Green;
        planes[(2L * Stride) + pixel] = color.Blue;
    }

    private readonly long AfterTables => DeviceResizeAxis.FloatsPerOutput * ((long)Height + Width);
}
