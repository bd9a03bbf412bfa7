using NegSamples.Augment.Recipes;
using NegSamples.Kernels;

namespace NegSamples.Tests.Augment.Recipes;

public class SimClrRecipeTests
{
    private const int Draws = 20_000;

    [Fact]
    public void ARecipeIsAPureFunctionOfItsArguments()
    {
        SimClrRecipe recipe = new(32), again = new(32);
        ViewRecipe first = recipe.Draw(1, 2, 3, 1, 40, 30);
        for (uint i = 0; i < 10; i++) recipe.Draw(i, i, i, 0, 32, 32);
        Assert.Equal(first, recipe.Draw(1, 2, 3, 1, 40, 30));
        Assert.Equal(first, again.Draw(1, 2, 3, 1, 40, 30));
        Assert.NotEqual(first, recipe.Draw(9, 2, 3, 1, 40, 30));
        Assert.NotEqual(first, recipe.Draw(1, 9, 3, 1, 40, 30));
        Assert.NotEqual(first, recipe.Draw(1, 2, 9, 1, 40, 30));
        Assert.NotEqual(first, recipe.Draw(1, 2, 3, 0, 40, 30));
    }

    [Theory]
    [InlineData(32, 32), InlineData(1, 1), InlineData(1, 50), InlineData(50, 1), InlineData(3, 2), InlineData(375, 500), InlineData(17, 200)]
    public void TheCropIsInsideTheImage(int height, int width)
    {
        SimClrRecipe recipe = new(32);
        for (uint sample = 0; sample < 3000; sample++)
        {
            ViewRecipe view = recipe.Draw(5, 0, sample, 0, height, width);
            Assert.InRange(view.CropHeight, 1, height);
            Assert.InRange(view.CropWidth, 1, width);
            Assert.InRange(view.CropTop, 0, height - view.CropHeight);
            Assert.InRange(view.CropLeft, 0, width - view.CropWidth);
        }
    }

    [Fact]
    public void TheAreaIsUniformAndTheRatioLogUniform()
    {
        // From a large image with small crops every try fits, and the rounding to pixels does not show.
        RecipeSettings settings = new() { MinimumScale = 0.1, MaximumScale = 0.3 };
        ViewRecipe[] views = Many(new SimClrRecipe(32, settings), 1000, 2000);
        double[] area = [.. views.Select(v => v.CropHeight * (double)v.CropWidth / 2e6)], logRatio = [.. views.Select(v => Math.Log((double)v.CropWidth / v.CropHeight))];
        double[] top = [.. views.Select(v => v.CropTop / (1000.0 - v.CropHeight))], left = [.. views.Select(v => v.CropLeft / (2000.0 - v.CropWidth))];
        IsUniform(area, 0.1, 0.3);
        IsUniform(logRatio, Math.Log(3 / 4.0), Math.Log(4 / 3.0));
        IsUniform(top, 0, 1);
        IsUniform(left, 0, 1);
    }

    [Theory]
    [InlineData(90, 10, 38, 0, 13, 10), InlineData(10, 90, 0, 38, 10, 13), InlineData(10, 10, 0, 0, 10, 10)]
    public void WithoutAFittingTryTheCropIsTheLargestInTheCentre(int height, int width, int top, int left, int cropHeight, int cropWidth)
    {
        // A whole image's area in any other shape does not fit; a square image takes ratios that round to other sides than its own.
        RecipeSettings settings = new() { MinimumScale = 1, MaximumScale = 1 };
        for (uint sample = 0; sample < 50; sample++)
        {
            ViewRecipe view = new SimClrRecipe(32, settings).Draw(1, 0, sample, 0, height, width);
            Assert.Equal((top, left, cropHeight, cropWidth), (view.CropTop, view.CropLeft, view.CropHeight, view.CropWidth));
        }
    }

    [Fact]
    public void ChancesAndFactorsAreThePapers()
    {
        ViewRecipe[] views = Many(new SimClrRecipe(224, new RecipeSettings { Strength = 1 }), 300, 300);
        IsShare(views.Count(v => v.Flip == 1), 0.5);
        IsShare(views.Count(v => v.Jitter == 1), 0.8);
        IsShare(views.Count(v => v.Gray == 1), 0.2);
        IsShare(views.Count(v => v.BlurSigma > 0), 0.5);
        IsUniform([.. views.Select(v => (double)v.Brightness)], 0.2, 1.8);
        IsUniform([.. views.Select(v => (double)v.Contrast)], 0.2, 1.8);
        IsUniform([.. views.Select(v => (double)v.Saturation)], 0.2, 1.8);
        IsUniform([.. views.Select(v => (double)v.Hue)], -0.2, 0.2);
        IsUniform([.. views.Where(v => v.BlurSigma > 0).Select(v => (double)v.BlurSigma)], 0.1, 2);

        // The choices are independent: a flip says nothing about the rest.
        IsShare(views.Count(v => v.Flip == 1 && v.Jitter == 1), 0.4);
        IsShare(views.Count(v => v.Flip == 1 && v.Brightness < 1), 0.25);
    }

    [Fact]
    public void AllOrdersOfTheJitterAreAsFrequent()
    {
        Dictionary<int, int> counts = Many(new SimClrRecipe(32), 32, 32).GroupBy(v => v.JitterOrder).ToDictionary(group => group.Key, group => group.Count());
        Assert.Equal(24, counts.Count);
        foreach ((int order, int count) in counts)
        {
            Assert.Equal([0, 1, 2, 3], Enumerable.Range(0, 4).Select(step => (order >> (2 * step)) & 3).Order());
            IsShare(count, 1 / 24.0);
        }
    }

    [Fact]
    public void SmallViewsAreNotBlurred() => Assert.All(Many(new SimClrRecipe(223), 32, 32), view => Assert.Equal(0, view.BlurSigma));

    [Fact]
    public void WrongSettingsAreRefusedByName()
    {
        (RecipeSettings Settings, string Message)[] wrong =
        [
            (new() { MinimumScale = 0 }, "MinimumScale is 0 and MaximumScale is 1; expected 0 < MinimumScale <= MaximumScale <= 1."),
            (new() { MaximumScale = 1.5 }, "MaximumScale is 1.5"), (new() { MinimumRatio = 2 }, "MinimumRatio is 2"), (new() { MinimumSigma = double.NaN }, "MinimumSigma is NaN"),
            (new() { FlipProbability = -0.1 }, "FlipProbability is -0.1; expected 0 to 1."), (new() { JitterProbability = 1.1 }, "JitterProbability"),
            (new() { GrayProbability = double.NaN }, "GrayProbability"), (new() { BlurProbability = 2 }, "BlurProbability"),
            (new() { Strength = 2.6 }, "Strength is 2.6; expected 0 to 2.5"), (new() { BlurFromSide = 0 }, "BlurFromSide is 0"),
        ];
        foreach ((RecipeSettings settings, string message) in wrong)
            Assert.Contains(message, Assert.Throws<ArgumentException>(() => new SimClrRecipe(32, settings)).Message, StringComparison.Ordinal);
        Assert.Contains("side is 0", Assert.Throws<ArgumentException>(() => new SimClrRecipe(0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ThePlainRecipeTakesTheCentralSquareAndChangesNothingElse()
    {
        ViewRecipe view = new PlainRecipe().Draw(1, 2, 3, 4, 40, 61);
        Assert.Equal(new ViewRecipe { CropTop = 0, CropLeft = 10, CropHeight = 40, CropWidth = 40, Brightness = 1, Contrast = 1, Saturation = 1 }, view);
    }

    private static ViewRecipe[] Many(SimClrRecipe recipe, int height, int width) =>
        [.. Enumerable.Range(0, Draws).Select(i => recipe.Draw(11, 3, (uint)(i / 2), (uint)(i % 2), height, width))];

    // Within five standard deviations of a binomial count.
    private static void IsShare(int count, double share)
    {
        double deviation = Math.Sqrt(Draws * share * (1 - share));
        Assert.InRange(count, (Draws * share) - (5 * deviation), (Draws * share) + (5 * deviation));
    }

    // Kolmogorov and Smirnov's distance; above 2 / sqrt(n) once in 1500 times for a truly uniform sample, and the seed is fixed.
    private static void IsUniform(double[] values, double low, double high)
    {
        Array.Sort(values);
        double distance = 0;
        for (int i = 0; i < values.Length; i++) distance = Math.Max(distance, Math.Abs(((values[i] - low) / (high - low)) - ((i + 0.5) / values.Length)));
        Assert.InRange(distance, 0, 2 / Math.Sqrt(values.Length));
    }
}
