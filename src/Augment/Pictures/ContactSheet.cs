using NegSamples.Files;
using SixLabors.ImageSharp;
using SixLabors.ImageSharp.Formats.Png;
using SixLabors.ImageSharp.PixelFormats;

namespace NegSamples.Augment.Pictures;

/// <summary>Square pictures in rows and columns, as one PNG. Small pictures are enlarged pixel by pixel, so that nothing is smoothed away.</summary>
internal sealed class ContactSheet
{
    private const int Gap = 4, WideGap = 16, LeastShown = 96, MostSide = 16_384;
    private static readonly Rgb24 Background = new(255, 255, 255);

    private readonly int side, scale, heads;
    private readonly int width, height;
    private readonly Rgb24[] pixels;

    /// <summary>An empty sheet.</summary>
    /// <param name="rows">Rows of pictures.</param>
    /// <param name="columns">Pictures in a row.</param>
    /// <param name="side">Rows and columns of a picture in pixels.</param>
    /// <param name="heads">How many columns at the left stand apart from the rest.</param>
    /// <exception cref="BadDataException">The sheet would have more than 16,384 rows or columns of pixels.</exception>
    public ContactSheet(int rows, int columns, int side, int heads = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rows, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(columns, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(side, 1);
        (this.side, this.heads, scale) = (side, heads, Math.Max(1, (LeastShown + side - 1) / side));
        long wide = Left(columns - 1) + (side * scale) + Gap, high = Top(rows);
        if (wide > MostSide || high > MostSide)
            throw new BadDataException(FormattableString.Invariant($"A sheet of {Counted.Of(rows, "row")} of {Counted.Of(columns, "picture")} is {wide} x {high} pixels; expected at most {MostSide} each. Ask for fewer: `count`."));
        (width, height) = ((int)wide, (int)high);
        pixels = new Rgb24[width * height];
        Array.Fill(pixels, Background);
    }

    /// <summary>Places a picture.</summary>
    /// <param name="row">Its row.</param>
    /// <param name="column">Its column.</param>
    /// <param name="values">[side, side, 3] from 0 to 1, red, green, blue; what lies beyond is cut off.</param>
    public void Place(int row, int column, ReadOnlySpan<float> values)
    {
        if (values.Length != side * side * 3) throw new ArgumentException($"values has {Counted.Of(values.Length, "number")}; expected {side} x {side} x 3.", nameof(values));
        int top = (int)Top(row), left = (int)Left(column);
        for (int y = 0; y < side * scale; y++)
        {
            for (int x = 0; x < side * scale; x++)
            {
                ReadOnlySpan<float> pixel = values.Slice(3 * (((y / scale) * side) + (x / scale)), 3);
                pixels[((top + y) * width) + left + x] = new Rgb24(Byte(pixel[0]), Byte(pixel[1]), Byte(pixel[2]));
            }
        }
    }

    /// <summary>The sheet as PNG.</summary>
    public byte[] ToPng()
    {
        using Image<Rgb24> image = Image.LoadPixelData(pixels, width, height);
        using MemoryStream stream = new();
        image.Save(stream, new PngEncoder());
        return stream.ToArray();
    }

    private static byte Byte(float value) => (byte)Math.Clamp(MathF.Round(255 * value), 0, 255);

    private long Left(int column) => Gap + ((long)column * ((side * scale) + Gap)) + (column >= heads ? WideGap : 0);

    private long Top(int row) => Gap + ((long)row * ((side * scale) + Gap));
}
