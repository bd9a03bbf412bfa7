using NegSamples.Theory.Bounds;

namespace NegSamples.Study;

/// <summary>A probability as it was measured, beside what it must be.</summary>
/// <param name="Estimate">successes / draws.</param>
/// <param name="Successes">How often the event was seen.</param>
/// <param name="Draws">How often it could have been seen.</param>
/// <param name="Lower">Lower end of the 95 % Wilson interval.</param>
/// <param name="Upper">Upper end of the 95 % Wilson interval.</param>
/// <param name="Exact">The exact value for independent draws, with replacement: the theory's.</param>
/// <param name="ExactWithoutReplacement">The exact value for draws without replacement from the test split: what the measurement estimates.</param>
public sealed record MeasuredProportion(double Estimate, long Successes, long Draws, double Lower, double Upper, double Exact, double ExactWithoutReplacement)
{
    /// <summary>A measured proportion and its exact values.</summary>
    /// <param name="measured">The counts.</param>
    /// <param name="exact">With replacement.</param>
    /// <param name="exactWithoutReplacement">Without replacement.</param>
    internal static MeasuredProportion Of(Proportion measured, double exact, double exactWithoutReplacement) =>
        new(measured.Estimate, measured.Successes, measured.Draws, measured.Lower, measured.Upper, exact, exactWithoutReplacement);
}
