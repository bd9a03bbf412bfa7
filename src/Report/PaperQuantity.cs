using NegSamples.Study.Sweep;

namespace NegSamples.Report;

/// <summary>An accuracy of the paper's protocol.</summary>
/// <param name="Name">Its name in a table of one place of the features.</param>
/// <param name="Head">Whether it is after the head.</param>
/// <param name="Published">The key of the quantity under which the paper prints it; null for those that the paper does not report.</param>
/// <param name="Quantity">The accuracy.</param>
/// <param name="Untrained">The same of the encoder at initialisation; null where it is not measured.</param>
internal sealed record PaperQuantity(string Name, bool Head, string? Published, Quantity Quantity, Quantity? Untrained)
{
    /// <summary>The accuracy, and the same of the encoder at initialisation.</summary>
    public IEnumerable<Quantity> Quantities => Untrained is null ? [Quantity] : [Quantity, Untrained];

    /// <summary>Whether any run of a sweep was evaluated under the paper's protocol.</summary>
    public static bool IsMeasured(SweepData data) => data.Runs.Any(run => run.PaperEvaluation is not null);
}
