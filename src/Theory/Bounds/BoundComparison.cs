namespace NegSamples.Theory.Bounds;

/// <summary>One upper bound of the supervised loss beside others.</summary>
/// <param name="Name">Which.</param>
/// <param name="Value">The bound.</param>
/// <param name="Status">What stands behind it for these classes.</param>
internal readonly record struct ComparedBound(BoundName Name, BoundValue Value, BoundStatus Status);

/// <summary>All upper bounds of the supervised loss, side by side.</summary>
internal static class BoundComparison
{
    /// <summary>The bounds with exact constants, for independent draws.</summary>
    /// <param name="terms">Measured or expected terms.</param>
    public static IReadOnlyList<ComparedBound> Compare(BoundTerms terms)
    {
        ArgumentNullException.ThrowIfNull(terms);
        return
        [
            Of(BoundName.CouponCollector, CouponCollectorBound.Value(terms)),
            Of(BoundName.CouponCollectorBlock, BlockBound.Value(terms)),
            Of(BoundName.Curl, CurlBound.Value(terms)),
            Of(BoundName.CurlBlock, BlockBound.CurlValue(terms)),
            Of(BoundName.CurlAsDrawnByBao, CurlBound.AsDrawnByBao(terms)),
            Of(BoundName.Ash, AshBound.Value(terms)),
            Of(BoundName.AshCeiling, AshBound.CeilingValue(terms)),
            Of(BoundName.Bao, BaoBound.Value(terms)),
            Of(BoundName.BaoOfNorms, BaoBound.ValueOfNorms(terms)),
        ];

        // What is quoted was stated for equal classes; what is proved has its constants for these.
        ComparedBound Of(BoundName name, BoundValue value) =>
            new(name, value, name.Status == BoundStatus.Quoted && !terms.Classes.IsUniform ? BoundStatus.AssumesEqualClasses : name.Status);
    }

    /// <summary>The same for measured terms, with the two numbers that the paper's notebook prints.</summary>
    /// <param name="measurement">Terms measured on batches.</param>
    public static IReadOnlyList<ComparedBound> Compare(BoundMeasurement measurement)
    {
        ArgumentNullException.ThrowIfNull(measurement);
        BoundTerms terms = measurement.Terms();
        return
        [
            .. Compare(terms),
            AsPublished(BoundName.CouponCollectorAsPublished, CouponCollectorBound.AsPublished(terms, measurement.Upsilon)),
            AsPublished(BoundName.CurlAsPublished, CurlBound.AsPublished(terms, measurement.CurlTau)),
        ];

        static ComparedBound AsPublished(BoundName name, BoundValue value) => new(name, value, name.Status);
    }
}
