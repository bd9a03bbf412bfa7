using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

public class AugmentViewsTests
{
    private const int HueFirst = 3 | (1 << 2) | (0 << 4) | (2 << 6), BrightnessFirst = 0 | (1 << 2) | (2 << 4) | (3 << 6);

    internal static readonly ViewRecipe Unchanged = new() { Brightness = 1, Contrast = 1, Saturation = 1 };

    /// <summary>Every step alone, then all of them. The order matters only where several steps act.</summary>
    internal static readonly Dictionary<string, ViewRecipe> Recipes = new()
    {
        ["resize"] = Unchanged,
        ["flip"] = Unchanged with { Flip = 1 },
        ["darker"] = Unchanged with { Jitter = 1, JitterOrder = BrightnessFirst, Brightness = 0.37f },
        ["brighter"] = Unchanged with { Jitter = 1, JitterOrder = BrightnessFirst, Brightness = 1.4f },
        ["less contrast"] = Unchanged with { Jitter = 1, JitterOrder = BrightnessFirst, Contrast = 0.21f },
        ["more contrast"] = Unchanged with { Jitter = 1, JitterOrder = BrightnessFirst, Contrast = 1.8f },
        ["less saturation"] = Unchanged with { Jitter = 1, JitterOrder = BrightnessFirst, Saturation = 0.3f },
        ["more saturation"] = Unchanged with { Jitter = 1, JitterOrder = BrightnessFirst, Saturation = 1.7f },
        ["hue forward"] = Unchanged with { Jitter = 1, JitterOrder = BrightnessFirst, Hue = 0.13f },
        ["hue backward"] = Unchanged with { Jitter = 1, JitterOrder = BrightnessFirst, Hue = -0.5f },
        ["gray"] = Unchanged with { Gray = 1 },
        ["blur"] = Unchanged with { BlurSigma = 1.3f },
        ["all"] = new() { Flip = 1, Jitter = 1, JitterOrder = HueFirst, Brightness = 1.3f, Contrast = 0.7f, Saturation = 1.4f, Hue = -0.17f, Gray = 0, BlurSigma = 0.9f },
        ["all and gray"] = new() { Jitter = 1, JitterOrder = BrightnessFirst, Brightness = 0.8f, Contrast = 1.5f, Saturation = 0.4f, Hue = 0.4f, Gray = 1, BlurSigma = 2 },
    };

    /// <summary>Image, crop (top, left, height, width) and view: odd sizes; one pixel; up, down and one of each; the crop at each edge; a view with a blur of several pixels.</summary>
    internal static readonly (int Height, int Width, int Top, int Left, int CropHeight, int CropWidth, int ViewHeight, int ViewWidth)[] Shapes =
    [
        (37, 23, 0, 0, 37, 23, 32, 32), (32, 32, 0, 0, 32, 32, 32, 32), (32, 32, 7, 13, 11, 19, 32, 32), (5, 7, 0, 0, 5, 7, 32, 32), (9, 9, 8, 8, 1, 1, 5, 3),
        (50, 80, 49, 0, 1, 80, 31, 33), (6, 3, 1, 1, 5, 2, 21, 27), (150, 131, 3, 1, 147, 130, 41, 67), (1, 40, 0, 2, 1, 38, 1, 7),
    ];

    public static TheoryData<string, int> Cases
    {
        get
        {
            TheoryData<string, int> cases = [];
            foreach (string recipe in Recipes.Keys)
            {
                for (int shape = 0; shape < Shapes.Length; shape++) cases.Add(recipe, shape);
            }

            return cases;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void PixelsErrNoMoreThanTwiceANaiveFloatLoop(string name, int shape)
    {
        var s = Shapes[shape];
        ViewRecipe recipe = Recipes[name] with { CropTop = s.Top, CropLeft = s.Left, CropHeight = s.CropHeight, CropWidth = s.CropWidth };
        CompareWithTruth(recipe, s.Height, s.Width, s.ViewHeight, s.ViewWidth);
    }

    [Fact]
    public void ALargeViewWithAllStepsIsRight() =>
        CompareWithTruth(Recipes["all"] with { CropTop = 2, CropLeft = 5, CropHeight = 297, CropWidth = 239 }, 301, 245, 224, 224);

    [Fact]
    public void AnUnchangedViewIsTheImage()
    {
        using Rig rig = new(40_000);
        byte[] bytes = RandomBytes(3 * 32 * 32);
        Tensor pixels = rig.Arena.Take(ElementType.UInt8, bytes.Length), views = rig.Take(2, 32, 32, 3);
        rig.Ops.Upload<byte>(bytes, pixels);
        ViewRecipe whole = Unchanged with { CropHeight = 32, CropWidth = 32 };
        rig.Ops.AugmentViews(pixels, [new ImagePlace(0, 32, 32)], [whole, whole with { Flip = 1 }], views);
        for (int y = 0; y < 32; y++)
        {
            for (int i = 0; i < 96; i++)
            {
                float expected = bytes[(96 * y) + i] * (1 / 255f);
                Assert.Equal(expected, views.Floats[(96 * y) + i]);
                Assert.Equal(expected, views.Floats[(96 * (32 + y)) + (3 * (31 - (i / 3))) + (i % 3)]);
            }
        }
    }

    /// <summary>A range is torchvision's Normalize of the view of 0..1: three roundings more of numbers up to (1 + mean) / deviation.</summary>
    [Theory, InlineData("all", 1), InlineData("blur", 255)]
    public void ARangeIsAMeanLessAndADeviationApart(string name, double scale)
    {
        const int Height = 33, Width = 19;
        double[] mean = [0.485 * scale, 0.456 * scale, 0.406 * scale], deviation = [0.229 * scale, 0.224 * scale, 0.225 * scale];
        byte[] bytes = RandomBytes(3 * 40 * 30);
        ViewRecipe recipe = Recipes[name] with { CropTop = 1, CropLeft = 2, CropHeight = 37, CropWidth = 28 };
        using Rig rig = new(40_000);
        Tensor pixels = rig.Arena.Take(ElementType.UInt8, bytes.Length), views = rig.Take(2, Height, Width, 3), plain = rig.Take(1, Height, Width, 3);
        rig.Ops.Upload<byte>(bytes, pixels);
        rig.Ops.AugmentViews(pixels, [new ImagePlace(0, 40, 30)], [recipe], plain);
        rig.Ops.AugmentViews(pixels, [new ImagePlace(0, 40, 30)], [recipe, recipe], views, PixelRange.Of(scale, mean, deviation));
        for (int i = 0; i < views.Count; i++)
        {
            double truth = ((scale * plain.Floats[i % (int)plain.Count]) - mean[i % 3]) / deviation[i % 3];
            Assert.InRange(views.Floats[i], truth - (4 * RangeRounding), truth + (4 * RangeRounding));
        }
    }

    // Half a unit in the last place of a number below 8: no view leaves that by torchvision's means and deviations.
    private const double RangeRounding = 4.0 / (1 << 24);

    [Fact]
    public void TheBitsDoNotDependOnTheNumberOfThreads()
    {
        float[]? first = null;
        byte[] bytes = RandomBytes(3 * ((40 * 30) + (25 * 61)));
        ImagePlace[] images = [new(0, 40, 30), new(3 * 40 * 30, 25, 61)];
        ViewRecipe[] recipes = [.. Enumerable.Range(0, 50).Select(i => Recipes.Values.ElementAt(i % Recipes.Count) with
        {
            Image = i % 2, CropTop = i % 5, CropLeft = i % 7, CropHeight = 1 + (i % 20), CropWidth = 1 + (i % 23),
        })];
        foreach (int threads in new[] { 1, 2, 7 })
        {
            using Rig rig = new(400_000, threads);
            Tensor pixels = rig.Arena.Take(ElementType.UInt8, bytes.Length), views = rig.Take(recipes.Length, 33, 31, 3);
            rig.Ops.Upload<byte>(bytes, pixels);
            rig.Ops.AugmentViews(pixels, images, recipes, views);
            first ??= views.Floats.ToArray();
            Assert.Equal(first, views.Floats.ToArray());
        }
    }

    [Fact]
    public void NothingIsAllocatedFromTheSecondCallOn()
    {
        using Rig rig = new(40_000, threads: 1);
        Tensor pixels = rig.Arena.Take(ElementType.UInt8, 3 * 40 * 40), views = rig.Take(3, 32, 32, 3);
        ImagePlace[] images = [new(0, 40, 40)];
        ViewRecipe[] recipes = [.. new[] { "all", "blur", "gray" }.Select(name => Recipes[name] with { CropHeight = 40, CropWidth = 40 })];
        rig.Ops.AugmentViews(pixels, images, recipes, views);
        Assert.Equal(0, ManagedBytes.EachRoundOf(() =>
        {
            for (int i = 0; i < 10; i++) rig.Ops.AugmentViews(pixels, images, recipes, views);
        }));
    }

    [Theory]
    [InlineData(0, 0, 11, 10), InlineData(1, 0, 10, 10), InlineData(0, 1, 10, 10), InlineData(-1, 0, 5, 5), InlineData(0, 0, 0, 5), InlineData(int.MaxValue, 0, 1, 1)]
    public void ACropOutsideTheImageIsRefused(int top, int left, int height, int width)
    {
        using Rig rig = new(40_000);
        Tensor pixels = rig.Arena.Take(ElementType.UInt8, 300), views = rig.Take(1, 8, 8, 3);
        ViewRecipe recipe = Unchanged with { CropTop = top, CropLeft = left, CropHeight = height, CropWidth = width };
        ArgumentException refused = Assert.Throws<ArgumentException>(() => rig.Ops.AugmentViews(pixels, [new ImagePlace(0, 10, 10)], [recipe], views));
        Assert.Contains("is not within the image of 10 x 10", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 10, 11), InlineData(1, 10, 10), InlineData(-1, 5, 5), InlineData(0, 0, 5)]
    public void AnImageOutsideThePixelsIsRefused(long offset, int height, int width)
    {
        using Rig rig = new(40_000);
        Tensor pixels = rig.Arena.Take(ElementType.UInt8, 300), views = rig.Take(1, 8, 8, 3);
        ArgumentException refused = Assert.Throws<ArgumentException>(
            () => rig.Ops.AugmentViews(pixels, [new ImagePlace(offset, height, width)], [Unchanged with { CropHeight = 1, CropWidth = 1 }], views));
        Assert.Contains("is not within the 300 bytes of pixels", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>The image lies between others, at an odd byte; the arena's end is right behind the last image, so a read beyond it has foreign numbers.</summary>
    private static void CompareWithTruth(ViewRecipe recipe, int height, int width, int viewHeight, int viewWidth)
    {
        using Rig rig = new((long)(3 * viewHeight * viewWidth) + (height * width) + 100);
        byte[] bytes = RandomBytes(7 + (3 * height * width));
        ImagePlace place = new(7, height, width);
        Tensor pixels = rig.Arena.Take(ElementType.UInt8, bytes.Length), views = rig.Take(1, viewHeight, viewWidth, 3);
        rig.Ops.Upload<byte>(bytes, pixels);
        views.Floats.Fill(float.NaN);
        rig.Ops.AugmentViews(pixels, [place], [recipe], views);

        double[] truth = AugmentViewsReference<double>.View(bytes, place, recipe, viewHeight, viewWidth);
        float[] naive = AugmentViewsReference<float>.View(bytes, place, recipe, viewHeight, viewWidth);
        Assert.InRange(Rig.MaxError(views.Floats, truth), 0, (2 * Rig.MaxError(naive, truth)) + 5e-7);
    }

    // Colours with ties of channels, gray, black and white among them.
    internal static byte[] RandomBytes(int length)
    {
        Philox random = new(3, RandomPurpose.Drawing);
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) bytes[i] = random.Below((uint)(2 * i), 4) == 0 && i > 0 ? bytes[i - 1] : (byte)Math.Clamp((int)random.Below((uint)(2 * i) + 1, 320) - 32, 0, 255);
        return bytes;
    }
}
