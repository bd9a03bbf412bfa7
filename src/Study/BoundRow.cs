using System.Text.Json.Serialization;
using NegSamples.Theory.Bounds;

namespace NegSamples.Study;

/// <summary>One upper bound of the supervised loss.</summary>
/// <param name="Name">Which.</param>
/// <param name="Value">Its value in nats; null where it is vacuous.</param>
/// <param name="Vacuous">Why it says nothing; null where it says something.</param>
/// <param name="Status">"proved", "quoted" or "paper-as-published".</param>
/// <param name="Source">Where the bound is from.</param>
public sealed record BoundRow(
    [property: JsonConverter(typeof(KeyConverter<BoundName>))] BoundName Name, double? Value, string? Vacuous, string Status, string Source);
