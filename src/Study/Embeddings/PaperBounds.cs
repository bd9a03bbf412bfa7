using System.Text.Json;
using System.Text.Json.Nodes;

namespace NegSamples.Study.Embeddings;

/// <summary>A report in the shape of the paper's <c>bounds.json</c>, for its notebooks.</summary>
internal static class PaperBounds
{
    // Those of the paper come first; see BoundMeasurement.Named.
    private const int PaperQuantities = 13;

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Of(BoundReport report)
    {
        JsonObject quantities = [];
        foreach (BoundQuantity quantity in report.Quantities.Take(PaperQuantities)) quantities[quantity.Name] = quantity.Value;
        return new JsonObject { ["training-validation"] = quantities }.ToJsonString(Indented);
    }
}
