using System.Text.Json.Serialization;

namespace NegSamples.Augment.Recipes;

/// <summary>What becomes of the words of a text that a view does not keep.</summary>
public enum TextAugmentation
{
    /// <summary>They are left out.</summary>
    [JsonStringEnumMemberName("erase")]
    Erase,

    /// <summary>One of the nearest words of each is put at the end.</summary>
    [JsonStringEnumMemberName("replace")]
    Replace,
}
