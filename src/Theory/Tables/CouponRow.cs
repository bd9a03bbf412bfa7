using System.Text.Json.Serialization;

namespace NegSamples.Theory.Tables;

/// <summary>What n draws do.</summary>
/// <param name="Draws">n, the anchor counted.</param>
/// <param name="Upsilon">υ, the probability that they cover all classes; 0 where it is 0 or below the range of a double.</param>
/// <param name="Log10Upsilon">log₁₀ υ; null where coverage is impossible.</param>
/// <param name="MissProbability">1 − υ, precise where it is small as well.</param>
/// <param name="Negatives">K = n − 1.</param>
/// <param name="Tau">τ_K, the probability that the anchor's class is among its K negatives.</param>
/// <param name="ExpectedLogCollisions">E ln(Col + 1), Col the number of negatives of the anchor's class, in nats.</param>
internal sealed record CouponRow(int Draws, double Upsilon, double? Log10Upsilon, double MissProbability, int Negatives, double Tau,
    double ExpectedLogCollisions);

/// <summary>From where on coverage is probable.</summary>
/// <param name="Probability">The probability, "share" in files.</param>
/// <param name="Draws">The smallest n with υ of at least it; null where no n below 2³¹ has.</param>
internal sealed record CouponThreshold([property: JsonPropertyName("share")] double Probability, int? Draws);
