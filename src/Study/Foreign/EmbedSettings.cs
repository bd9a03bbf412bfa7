using System.Globalization;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Foreign;

/// <summary>Which images a network embeds, under which views, and where its features go.</summary>
internal sealed record EmbedSettings
{
    /// <summary>The most augmented views of an image.</summary>
    private const int MostViews = 256;

    /// <summary>The folder.</summary>
    public string Output { get; init; } = "";

    /// <summary>Whether training images are embedded.</summary>
    public bool Train { get; init; } = true;

    /// <summary>Whether test images are embedded.</summary>
    public bool Test { get; init; } = true;

    /// <summary>Training images that are embedded; null for all.</summary>
    public int? Limit { get; init; }

    /// <summary>Test images that are embedded; null for all.</summary>
    public int? TestLimit { get; init; }

    /// <summary>Whether those are the first of the set; otherwise they are drawn.</summary>
    public bool TakesFirst { get; init; }

    /// <summary>Augmented views of each image that are embedded beside it as it is; 0 for none.</summary>
    public int Views { get; init; }

    /// <summary>The augmentation.</summary>
    public ViewSettings Recipe { get; init; } = new();

    /// <summary>Key of the views and of the images that are drawn.</summary>
    public ulong Seed { get; init; } = 7;

    /// <summary>Which images are embedded, in words.</summary>
    internal string Choice
    {
        get
        {
            string how = TakesFirst ? "the first" : string.Create(CultureInfo.InvariantCulture, $"drawn with seed {Seed}");
            return Limit is null && TestLimit is null ? "all images" : string.Create(CultureInfo.InvariantCulture,
                $"{Some(Limit, "training image")} and {Some(TestLimit, "test image")}, {how}");

            static string Some(int? limit, string noun) => limit is { } some ? Counted.Of(some, noun) : $"all {noun}s";
        }
    }

    /// <summary>Refuses what cannot be embedded.</summary>
    /// <exception cref="SettingsException">A setting is out of its range.</exception>
    public void Validate()
    {
        SettingsException.Require(Views is >= 0 and <= MostViews, "views", Views, "0 for none, up to 256");
        SettingsException.Require(Limit is null or >= 1, "limit", Limit ?? 0, "at least 1");
        SettingsException.Require(TestLimit is null or >= 1, "testLimit", TestLimit ?? 0, "at least 1");
        Recipe.Validate();
    }
}
