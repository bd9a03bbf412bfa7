using NegSamples.Augment.Data.Text;
using NegSamples.Augment.Recipes;
using NegSamples.Kernels;

namespace NegSamples.Tests.Augment.Recipes;

public class TextRecipeTests
{
    private static readonly Vocabulary Words = new(
        [.. Enumerable.Range(0, 1000).Select(i => $"w{i}")], [.. Enumerable.Range(0, 5000).Select(i => ((i / 5) + (i % 5) + 1) % 1000)]);

    /// <summary>The words 0 to 499, each once.</summary>
    private static readonly byte[] Text = [.. Enumerable.Range(0, 500).SelectMany(id => new[] { (byte)id, (byte)(id >> 8), (byte)0 })];

    [Fact]
    public void EraseLeavesOutAFifthAndKeepsTheOrder()
    {
        int[] view = Draw(new TextRecipe(TextAugmentation.Erase, 0.2, Words), 0);
        int[] kept = [.. view.TakeWhile(id => id >= 0)];
        Assert.InRange(kept.Length, 360, 440); // 400 with a deviation of 9
        Assert.Equal(kept.Distinct().Order(), kept);
        Assert.All(view[kept.Length..], id => Assert.Equal(-1, id));
    }

    [Fact]
    public void ReplacePutsNearWordsOfTheSameOnesAtTheEnd()
    {
        int[] erased = [.. Draw(new TextRecipe(TextAugmentation.Erase, 0.2, Words), 0).TakeWhile(id => id >= 0)], all = Draw(new TextRecipe(TextAugmentation.Replace, 0.2, Words), 0);
        Assert.Equal(erased, all[..erased.Length]);
        int[] left = [.. Enumerable.Range(0, 500).Except(erased)], distances = [.. left.Zip(all[erased.Length..500], (word, near) => near - word)];
        Assert.All(distances, distance => Assert.InRange(distance, 1, 5));
        Assert.Equal(5, distances.Distinct().Count());
        Assert.Equal(-1, all[500]);
    }

    [Fact]
    public void AViewIsAFunctionOfSeedEpochSampleAndView()
    {
        TextRecipe recipe = new(TextAugmentation.Erase, 0.2, Words);
        Assert.Equal(Draw(recipe, 0), Draw(new TextRecipe(TextAugmentation.Erase, 0.2, Words), 0));
        int[][] views = [Draw(recipe, 0), Draw(recipe, 1), Draw(recipe, 0, sample: 4), Draw(recipe, 0, epoch: 3), Draw(recipe, 0, seed: 8),
            Draw(new TextRecipe(TextAugmentation.Erase, 0.2, Words, RandomPurpose.MeasuredTextView), 0)];
        for (int i = 0; i < views.Length; i++) Assert.All(views[..i], other => Assert.NotEqual(views[i], other));
    }

    [Fact]
    public void TheEndsOfTheRatioAndAnEmptyText()
    {
        Assert.Equal(Enumerable.Range(0, 500), Draw(new TextRecipe(TextAugmentation.Erase, 0, Words), 0)[..500]);
        Assert.All(Draw(new TextRecipe(TextAugmentation.Erase, 1, Words), 0), id => Assert.Equal(-1, id));
        int[] none = [7, 7];
        new TextRecipe(TextAugmentation.Replace, 0.2, Words).Draw(1, 0, 0, 0, [], none);
        Assert.Equal([-1, -1], none);
        Assert.Contains("maskRatio is 1.5", Assert.Throws<ArgumentException>(() => new TextRecipe(TextAugmentation.Erase, 1.5, Words)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new TextRecipe(TextAugmentation.Replace, 0.2, new Vocabulary(["a"])));
    }

    private static int[] Draw(TextRecipe recipe, uint view, ulong seed = 7, uint epoch = 2, uint sample = 3)
    {
        int[] ids = new int[510];
        recipe.Draw(seed, epoch, sample, view, Text, ids);
        return ids;
    }
}
