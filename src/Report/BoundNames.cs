using NegSamples.Study;
using NegSamples.Study.Sweep;

namespace NegSamples.Report;

/// <summary>What the upper bounds are called in words; the keys are those of <c>NegSamples.Theory.BoundComparison</c>.</summary>
internal static class BoundNames
{
    public const string Curl = "curl", CouponCollector = "coupon-collector", AsPublished = "-as-published";

    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        [CouponCollector] = "Coupon collector",
        ["coupon-collector-block"] = "Coupon collector, blocks",
        [Curl] = "CURL",
        ["curl-block"] = "CURL, blocks",
        ["curl-as-drawn-by-bao"] = "CURL as Bao et al. draw it",
        ["ash"] = "Ash",
        ["ash-ceiling"] = "Ash, whole blocks",
        ["bao"] = "Bao",
        [CouponCollector + AsPublished] = "Coupon collector as published",
        [Curl + AsPublished] = "CURL as published",
    };

    /// <summary>A bound in words; a bound that is not known here keeps its key.</summary>
    public static string Of(string name) => Names.GetValueOrDefault(name, name);

    /// <summary>All bounds that any run of a sweep has, in their reports' order.</summary>
    public static IReadOnlyList<string> In(SweepData data) => [.. data.Runs.SelectMany(run => run.Bound?.Bounds ?? []).Select(bound => bound.Name).Distinct()];

    /// <summary>A bound's row in the first report that has it.</summary>
    public static BoundRow Row(SweepData data, string name) => data.Runs.SelectMany(run => run.Bound?.Bounds ?? []).First(bound => bound.Name == name);
}
