using System.Text.Json.Serialization;
using NegSamples.Theory.Bounds;

namespace NegSamples.Study;

/// <summary>One upper bound of the supervised loss.</summary>
/// <param name="Name">Which.</param>
/// <param name="Value">Its value in nats; null where it is vacuous.</param>
/// <param name="Vacuous">Why it says nothing; null where it says something.</param>
/// <param name="Status">"proved", "quoted", "assumes-equal-classes" (quoted for equal classes, which these are not) or "paper-as-published".</param>
/// <param name="Source">Where the bound is from.</param>
public sealed record BoundRow(
    [property: JsonConverter(typeof(KeyConverter<BoundName>))] BoundName Name, double? Value, string? Vacuous, string Status, string Source)
{
    internal const string AssumesEqualClasses = "assumes-equal-classes", AsPublished = "paper-as-published";

    /// <summary>Whether it is a bound of the supervised loss for these classes: proved, or quoted for classes as these are.</summary>
    [JsonIgnore]
    public bool Holds => Status is not (AssumesEqualClasses or AsPublished);
}
