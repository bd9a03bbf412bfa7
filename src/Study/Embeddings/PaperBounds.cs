using System.Text.Json;
using System.Text.Json.Nodes;

namespace NegSamples.Study.Embeddings;

/// <summary>A report in the shape of the paper's <c>bounds.json</c>, for its notebooks.</summary>
internal static class PaperBounds
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    public static string Of(BoundReport report)
    {
        JsonObject quantities = [];
        foreach (BoundQuantity quantity in report.Quantities.Where(quantity => quantity.Name.IsOfPaper)) quantities[quantity.Name.Key] = quantity.Value;
        return new JsonObject { ["training-validation"] = quantities }.ToJsonString(Indented);
    }
}
