namespace NegSamples.Theory.Bounds;

/// <summary>What an upper bound of the supervised loss is called, and where it is from.</summary>
public sealed class BoundName : IKeyed<BoundName>
{
    private static readonly List<BoundName> Known = [];

    /// <summary><see cref="CouponCollectorBound.Value"/>.</summary>
    public static readonly BoundName CouponCollector = new("coupon-collector", "Coupon collector", BoundStatus.Proved, "Nozawa and Sato 2021");

    /// <summary><see cref="BlockBound.Value"/>.</summary>
    public static readonly BoundName CouponCollectorBlock =
        new("coupon-collector-block", "Coupon collector, blocks", BoundStatus.Proved, "this project, after Nozawa and Sato 2021");

    /// <summary><see cref="CurlBound.Value"/>.</summary>
    public static readonly BoundName Curl = new("curl", "CURL", BoundStatus.Proved, "Arora et al. 2019, Nozawa and Sato 2021");

    /// <summary><see cref="BlockBound.CurlValue"/>.</summary>
    public static readonly BoundName CurlBlock = new("curl-block", "CURL, blocks", BoundStatus.Proved, "this project, after Arora et al. 2019");

    /// <summary><see cref="CurlBound.AsDrawnByBao"/>.</summary>
    public static readonly BoundName CurlAsDrawnByBao = new("curl-as-drawn-by-bao", "CURL as Bao et al. draw it", BoundStatus.Quoted, "Bao et al. 2022");

    /// <summary><see cref="AshBound.Value(BoundTerms)"/>.</summary>
    public static readonly BoundName Ash = new("ash", "Ash", BoundStatus.Quoted, "Ash et al. 2022");

    /// <summary><see cref="AshBound.CeilingValue"/>.</summary>
    public static readonly BoundName AshCeiling = new("ash-ceiling", "Ash, whole blocks", BoundStatus.Proved, "this project, after Ash et al. 2022");

    /// <summary><see cref="BaoBound.Value(BoundTerms)"/>.</summary>
    public static readonly BoundName Bao = new("bao", "Bao", BoundStatus.Proved, "this project, after Bao et al. 2022");

    /// <summary><see cref="BaoBound.ValueOfNorms"/>.</summary>
    public static readonly BoundName BaoOfNorms = new("bao-norms", "Bao, measured norms", BoundStatus.Proved, "this project, after Bao et al. 2022");

    /// <summary><see cref="CouponCollectorBound.AsPublished"/>.</summary>
    public static readonly BoundName CouponCollectorAsPublished =
        new("coupon-collector-as-published", "Coupon collector as published", BoundStatus.PaperAsPublished, "bound.ipynb");

    /// <summary><see cref="CurlBound.AsPublished"/>.</summary>
    public static readonly BoundName CurlAsPublished = new("curl-as-published", "CURL as published", BoundStatus.PaperAsPublished, "bound.ipynb");

    private BoundName(string key, string label, BoundStatus status, string source)
    {
        (Key, Label, Status, Source) = (key, label, status, source);
        Known.Add(this);
    }

    /// <inheritdoc/>
    public static IReadOnlyList<BoundName> All => Known;

    /// <inheritdoc/>
    public string Key { get; }

    /// <summary>The name in tables and figures.</summary>
    public string Label { get; }

    /// <summary>What stands behind it.</summary>
    public BoundStatus Status { get; }

    /// <summary>Where it is from.</summary>
    public string Source { get; }

    /// <summary>The key.</summary>
    public override string ToString() => Key;
}
