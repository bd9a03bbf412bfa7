using NegSamples.Augment.Decoding;
using NegSamples.Augment.Pictures;
using NegSamples.Files;

namespace NegSamples.Tests.Augment.Pictures;

public class ContactSheetTests
{
    [Fact]
    public void PicturesLieWhereTheyWerePlacedAndAreEnlargedPixelByPixel()
    {
        ContactSheet sheet = new(2, 3, side: 48);
        float[] red = [.. Enumerable.Range(0, 48 * 48).SelectMany(i => new[] { i == 0 ? 2f : 1f, 0, i == 0 ? -1f : 0.5f })];
        sheet.Place(1, 2, red);
        byte[] pixels = [];
        byte[] png = sheet.ToPng();
        (int height, int width) = new ImageSharpDecoder().Decode(png, "sheet.png", ref pixels);

        // 96 pixels a picture, 4 between, 16 more after the first column.
        Assert.Equal(((2 * 100) + 4, (3 * 100) + 4 + 16), (height, width));
        Assert.Equal([255, 255, 255], At(100, 0));
        Assert.Equal([255, 0, 128], At(104 + 95, 220 + 95)); // 0.5 is 127.5, and rounds to even
        Assert.Equal([255, 0, 0], At(104, 220));
        Assert.Equal([255, 0, 0], At(105, 221)); // the first pixel is 2 x 2, and what is beyond 0 and 1 is cut off
        Assert.Equal([255, 0, 128], At(104, 222));
        Assert.Equal([255, 255, 255], At(104, 219));
        Assert.Equal(png, sheet.ToPng());

        byte[] At(int y, int x) => pixels[(3 * ((y * width) + x))..(3 * ((y * width) + x + 1))];
    }

    [Fact]
    public void TooLargeASheetIsRefusedBeforeMemoryIsTaken() =>
        Assert.Contains("`count`", Assert.Throws<BadDataException>(() => new ContactSheet(100_000, 8, 224)).Message, StringComparison.Ordinal);
}
