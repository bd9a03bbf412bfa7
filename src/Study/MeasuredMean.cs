namespace NegSamples.Study;

/// <summary>A mean as it was measured, beside what it must be.</summary>
/// <param name="Estimate">The measured mean.</param>
/// <param name="Exact">The exact value for independent draws, with replacement.</param>
/// <param name="ExactWithoutReplacement">The exact value for draws without replacement from the test split.</param>
public sealed record MeasuredMean(double Estimate, double Exact, double ExactWithoutReplacement);
