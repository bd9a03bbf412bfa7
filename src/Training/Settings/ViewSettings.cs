using System.Text.Json.Serialization;
using NegSamples.Augment.Recipes;

namespace NegSamples.Training.Settings;

/// <summary>The random views of an image.</summary>
public sealed record ViewSettings
{
    /// <summary>s: the strength of the colour jitter.</summary>
    [JsonPropertyOrder(24)]
    public double JitterStrength { get; init; } = 0.5;

    /// <summary>The least proportion of an image's area that a random crop keeps.</summary>
    [JsonPropertyOrder(25)]
    public double MinimumCrop { get; init; } = 0.08;

    /// <summary>The numbers of the recipe that these settings ask for.</summary>
    public RecipeSettings Recipe => new() { Strength = JitterStrength, MinimumScale = MinimumCrop };

    /// <summary>Refuses what cannot be trained.</summary>
    /// <exception cref="SettingsException">A setting is out of its range.</exception>
    public void Validate()
    {
        SettingsException.Require(JitterStrength is >= 0 and <= 1, "jitterStrength", JitterStrength, "0 to 1");
        SettingsException.Require(MinimumCrop is > 0 and <= 1, "minimumCrop", MinimumCrop, "above 0 and at most 1");
    }
}
