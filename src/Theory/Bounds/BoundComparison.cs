namespace NegSamples.Theory.Bounds;

/// <summary>One upper bound of the supervised loss beside others.</summary>
/// <param name="Name">Which.</param>
/// <param name="Value">The bound.</param>
public readonly record struct ComparedBound(BoundName Name, BoundValue Value);

/// <summary>All upper bounds of the supervised loss, side by side.</summary>
public static class BoundComparison
{
    /// <summary>The bounds with exact constants, for uniform classes and independent draws.</summary>
    /// <param name="terms">Measured or expected terms.</param>
    public static IReadOnlyList<ComparedBound> Compare(BoundTerms terms) =>
    [
        new(BoundName.CouponCollector, CouponCollectorBound.Value(terms)),
        new(BoundName.CouponCollectorBlock, BlockBound.Value(terms)),
        new(BoundName.Curl, CurlBound.Value(terms)),
        new(BoundName.CurlBlock, BlockBound.CurlValue(terms)),
        new(BoundName.CurlAsDrawnByBao, CurlBound.AsDrawnByBao(terms)),
        new(BoundName.Ash, AshBound.Value(terms)),
        new(BoundName.AshCeiling, AshBound.CeilingValue(terms)),
        new(BoundName.Bao, BaoBound.Value(terms)),
    ];

    /// <summary>The same for measured terms, with the two numbers that the paper's notebook prints.</summary>
    /// <param name="measurement">Terms measured on batches.</param>
    public static IReadOnlyList<ComparedBound> Compare(BoundMeasurement measurement)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        BoundTerms terms = measurement.Terms();
        return
        [
            .. Compare(terms),
            new(BoundName.CouponCollectorAsPublished, CouponCollectorBound.AsPublished(terms, measurement.Upsilon)),
            new(BoundName.CurlAsPublished, CurlBound.AsPublished(terms, measurement.CurlTau)),
        ];
    }
}
