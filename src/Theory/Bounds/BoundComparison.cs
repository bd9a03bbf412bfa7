namespace NegSamples.Theory.Bounds;

/// <summary>One upper bound of the supervised loss beside others.</summary>
/// <param name="Name">A key for tables and files.</param>
/// <param name="Value">The bound.</param>
/// <param name="Status">What stands behind it.</param>
/// <param name="Source">Where it is from.</param>
public readonly record struct ComparedBound(string Name, BoundValue Value, BoundStatus Status, string Source);

/// <summary>All upper bounds of the supervised loss, side by side.</summary>
public static class BoundComparison
{
    /// <summary>The bounds with exact constants, for uniform classes and independent draws.</summary>
    /// <param name="terms">Measured or expected terms.</param>
    public static IReadOnlyList<ComparedBound> Compare(BoundTerms terms) =>
    [
        new("coupon-collector", CouponCollectorBound.Value(terms), BoundStatus.Proved, "Nozawa and Sato 2021"),
        new("coupon-collector-block", BlockBound.Value(terms), BoundStatus.Proved, "this project, after Nozawa and Sato 2021"),
        new("curl", CurlBound.Value(terms), BoundStatus.Proved, "Arora et al. 2019, Nozawa and Sato 2021"),
        new("curl-block", BlockBound.CurlValue(terms), BoundStatus.Proved, "this project, after Arora et al. 2019"),
        new("curl-as-drawn-by-bao", CurlBound.AsDrawnByBao(terms), BoundStatus.Quoted, "Bao et al. 2022"),
        new("ash", AshBound.Value(terms), BoundStatus.Quoted, "Ash et al. 2022"),
        new("ash-ceiling", AshBound.CeilingValue(terms), BoundStatus.Proved, "after Ash et al. 2022"),
        new("bao", BaoBound.Value(terms), BoundStatus.Proved, "Bao et al. 2022"),
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
            new("coupon-collector-as-published", CouponCollectorBound.AsPublished(terms, measurement.Upsilon), BoundStatus.PaperAsPublished, "bound.ipynb"),
            new("curl-as-published", CurlBound.AsPublished(terms, measurement.CurlTau), BoundStatus.PaperAsPublished, "bound.ipynb"),
        ];
    }
}
