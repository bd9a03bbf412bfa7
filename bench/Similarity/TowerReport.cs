using System.Text.Json.Serialization;

namespace NegSamples.Similarity;

/// <summary>The loss of two towers whose features lie in files.</summary>
/// <param name="Device">The device in words.</param>
/// <param name="Queries">The file of the queries.</param>
/// <param name="Keys">The file of the keys.</param>
/// <param name="Normalised">Whether the rows were scaled to unit length first.</param>
/// <param name="Rows">N.</param>
/// <param name="Dimension">D.</param>
/// <param name="Loss">Which loss.</param>
/// <param name="Temperature">T.</param>
/// <param name="Bias">b; null where the loss has none.</param>
/// <param name="Mean">The loss.</param>
/// <param name="QueriesToKeys">InfoNCE of the queries against the keys, one half of the loss; null of a loss that is the same both ways.</param>
/// <param name="KeysToQueries">The same of the keys against the queries.</param>
/// <param name="QueryGradientNorm">The length of dq, all its numbers as one vector.</param>
/// <param name="KeyGradientNorm">The length of dk.</param>
/// <param name="ByTemperature">dL/dT.</param>
/// <param name="ByScale">dL/dt of the scale t = 1/T.</param>
/// <param name="ByBias">dL/db; null where the loss has no bias.</param>
/// <param name="OfQueries">How often a query finds its key.</param>
/// <param name="OfKeys">How often a key finds its query.</param>
/// <param name="Seconds">Of loss and gradients.</param>
/// <param name="ExtraBytes">Bytes that they took beside rows, losses and gradients.</param>
/// <param name="Notes">What should be known of the files, sentences.</param>
public sealed record TowerReport(
    string Device, string Queries, string Keys, bool Normalised, int Rows, int Dimension, TowerLoss Loss, float Temperature,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] float? Bias, double Mean,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? QueriesToKeys,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? KeysToQueries, double QueryGradientNorm, double KeyGradientNorm,
    double ByTemperature, double ByScale, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] double? ByBias, TowerRecall OfQueries,
    TowerRecall OfKeys, double Seconds, long ExtraBytes, IReadOnlyList<string> Notes);

/// <summary>Retrieval by the greatest dot product.</summary>
/// <param name="Top1">Share of rows whose match has the greatest, 0 to 1; a tie is a miss.</param>
/// <param name="Top5">Share of rows whose match is among the five greatest.</param>
public sealed record TowerRecall(double Top1, double Top5);
