using System.Text.Json.Serialization;
using NegSamples.Augment.Data;
using NegSamples.Augment.Recipes;
using NegSamples.Kernels;

namespace NegSamples.Training.Settings;

/// <summary>The random views of an image or a text.</summary>
public sealed record ViewSettings
{
    /// <summary>s: the strength of the colour jitter.</summary>
    [JsonPropertyOrder(24)]
    public double JitterStrength { get; init; } = 0.5;

    /// <summary>The least proportion of an image's area that a random crop keeps.</summary>
    [JsonPropertyOrder(25)]
    public double MinimumCrop { get; init; } = 0.08;

    /// <summary>What becomes of the words of a text that a view does not keep.</summary>
    [JsonPropertyOrder(25)]
    public TextAugmentation TextAugmentation { get; init; }

    /// <summary>Whether near words stand in the place of those that a view does not keep.</summary>
    internal bool ReplacesWords => TextAugmentation == TextAugmentation.Replace;

    /// <summary>The share of the words of a text that a view does not keep.</summary>
    [JsonPropertyOrder(25)]
    public double MaskRatio { get; init; } = 0.2;

    /// <summary>The recipe of a set's views.</summary>
    /// <param name="images">The images or texts.</param>
    /// <param name="side">Rows and columns of an image's view.</param>
    /// <param name="measured">Whether the views are measured, not trained on: they share no random number.</param>
    internal IViewRecipe RecipeOf(IImageSet images, int side, bool measured = false)
    {
        ArgumentNullException.ThrowIfNull(images);
        return RecipeOf(images, side, images.Vocabulary is null ? measured ? RandomPurpose.MeasuredView : RandomPurpose.View
            : measured ? RandomPurpose.MeasuredTextView : RandomPurpose.TextView);
    }

    /// <summary>The recipe of a set's views, for a purpose whose random numbers no other shares.</summary>
    /// <param name="images">The images or texts.</param>
    /// <param name="side">Rows and columns of an image's view.</param>
    /// <param name="purpose">What the views are for.</param>
    internal IViewRecipe RecipeOf(IImageSet images, int side, RandomPurpose purpose)
    {
        ArgumentNullException.ThrowIfNull(images);
        return images.Vocabulary is { } words ? new TextRecipe(TextAugmentation, MaskRatio, words, purpose) : new SimClrRecipe(side, Recipe, purpose);
    }

    /// <summary>The numbers of the recipe that these settings ask for.</summary>
    internal RecipeSettings Recipe => new() { Strength = JitterStrength, MinimumScale = MinimumCrop };

    /// <summary>Refuses what cannot be trained.</summary>
    /// <exception cref="SettingsException">A setting is out of its range.</exception>
    internal void Validate()
    {
        SettingsException.Require(JitterStrength is >= 0 and <= 1, "jitterStrength", JitterStrength, "0 to 1");
        SettingsException.Require(MaskRatio is >= 0 and < 1, "maskRatio", MaskRatio, "0 to below 1");
        SettingsException.Require(MinimumCrop is > 0 and <= 1, "minimumCrop", MinimumCrop, "above 0 and at most 1");
    }
}
