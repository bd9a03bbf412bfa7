using NegSamples.Augment.Data.Shapes;

namespace NegSamples.Tests.Augment.Data.Shapes;

public class ShapesSetTests
{
    private static readonly ShapesSettings Small = new() { TrainCount = 600, TestCount = 400 };

    [Fact]
    public void TheDefaultsAreThoseOfTheDocumentation()
    {
        ShapesSettings settings = new();
        Assert.Equal((32, 4000, 1000), (settings.Size, settings.TrainCount, settings.TestCount));
        Assert.True(new ShapesSet(Small, train: true).ClassNames.Count >= 10);
    }

    [Fact]
    public void LabelsAreBalanced()
    {
        ShapesSet set = new(Small, train: true);
        foreach (IGrouping<int, int> label in Enumerable.Range(0, set.Count).GroupBy(set.Label)) Assert.Equal(60, label.Count());
    }

    [Fact]
    public void APictureDependsOnSeedSplitAndIndexAlone()
    {
        ShapesSet kept = new(Small, train: true), drawn = new(Small with { TrainCount = 1_000_000 }, train: true);
        byte[] a = [], b = [];
        for (int i = 0; i < 30; i++)
        {
            kept.Read(i, ref a);
            drawn.Read(i, ref b);
            Assert.Equal(a, b);
        }
    }

    [Fact]
    public void NoPictureComesTwiceAndTheSplitsAreDisjoint()
    {
        HashSet<string> seen = [];
        foreach (ShapesSet set in new ShapesSet[] { new(Small, true), new(Small, false), new(Small with { Seed = 2 }, true) })
        {
            byte[] pixels = [];
            for (int i = 0; i < set.Count; i++)
            {
                Assert.Equal((32, 32), set.Read(i, ref pixels));
                Assert.True(seen.Add(Convert.ToHexString(pixels)));
            }
        }
    }

    [Fact]
    public void TheFingerprintChangesWithTheSettings()
    {
        string[] all =
        [
            new ShapesSet(Small, true).Fingerprint, new ShapesSet(Small, false).Fingerprint, new ShapesSet(Small with { Seed = 2 }, true).Fingerprint,
            new ShapesSet(Small with { Size = 33 }, true).Fingerprint, new ShapesSet(Small with { TrainCount = 601 }, true).Fingerprint,
        ];
        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.Equal(all[0], new ShapesSet(Small, true).Fingerprint);
    }

    /// <summary>The nearest class mean over the colours of the corner and of the centre must stay at chance: 1/10, ± 4 standard deviations of 1,000 trials.</summary>
    [Fact]
    public void ColourSaysNothingOfTheClass()
    {
        ShapesSettings settings = new() { TrainCount = 2000, TestCount = 1000, Size = 16 };
        ShapesSet train = new(settings, true), test = new(settings, false);
        double[][] means = [.. Enumerable.Range(0, 10).Select(_ => new double[6])];
        for (int i = 0; i < train.Count; i++)
        {
            double[] colours = Colours(train, i);
            for (int k = 0; k < 6; k++) means[train.Label(i)][k] += colours[k] / 200;
        }

        int right = 0;
        for (int i = 0; i < test.Count; i++)
        {
            double[] colours = Colours(test, i);
            int nearest = Enumerable.Range(0, 10).MinBy(c => Enumerable.Range(0, 6).Sum(k => Math.Pow(colours[k] - means[c][k], 2)));
            if (nearest == test.Label(i)) right++;
        }

        Assert.InRange(right / 1000.0, 0, 0.1 + (4 * Math.Sqrt(0.09 / 1000)));
    }

    /// <summary>Every shape is a large part of its picture and differs from its background even in grey.</summary>
    [Fact]
    public void TheShapeIsSeenInGrey()
    {
        ShapesSet set = new(Small, train: true);
        byte[] pixels = [];
        for (int i = 0; i < set.Count; i++)
        {
            set.Read(i, ref pixels);
            double[] grey = [.. Enumerable.Range(0, 1024).Select(p => ((0.299 * pixels[3 * p]) + (0.587 * pixels[(3 * p) + 1]) + (0.114 * pixels[(3 * p) + 2])) / 255)];
            double middle = (grey.Order().ElementAt(51) + grey.Order().ElementAt(972)) / 2; // between the 5th and the 95th percentile
            double[] dark = [.. grey.Where(value => value < middle)], light = [.. grey.Where(value => value >= middle)];
            Assert.True(light.Average() - dark.Average() > 0.25, $"picture {i} has a contrast of {light.Average() - dark.Average()}");
            Assert.InRange(Math.Min(dark.Length, light.Length) / 1024.0, 0.06, 0.5);
        }
    }

    [Fact]
    public void WrongSettingsAreNamed()
    {
        Assert.Contains("shapes size is 7; expected 8 to 1024", Assert.Throws<ArgumentException>(() => new ShapesSet(Small with { Size = 7 }, true)).Message, StringComparison.Ordinal);
        Assert.Contains("shapes test count is 0", Assert.Throws<ArgumentException>(() => new ShapesSet(Small with { TestCount = 0 }, false)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ShapesSet(Small, true).Label(600));
    }

    private static double[] Colours(ShapesSet set, int index)
    {
        byte[] pixels = [];
        (int height, int width) = set.Read(index, ref pixels);
        int centre = 3 * ((height / 2 * width) + (width / 2));
        return [pixels[0], pixels[1], pixels[2], pixels[centre], pixels[centre + 1], pixels[centre + 2]];
    }
}
