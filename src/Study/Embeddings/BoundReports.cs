using NegSamples.Theory.Bounds;
using NegSamples.Theory.Coverage;

namespace NegSamples.Study.Embeddings;

/// <summary>Puts a measurement beside the exact values.</summary>
internal static class BoundReports
{
    public static BoundReport Of(BoundOrigin origin, int testImages, BoundSettings settings, int[] testCounts, BoundMeasurement measured,
        BoundMeasures measures, SubclassReport? subclasses)
    {
        int k = measured.Negatives;
        ClassDistribution classes = measured.Classes;
        ClassCounts counts = ClassCounts.Of(testCounts);
        return new BoundReport(
            origin.Checkpoint, origin.Step, origin.Data, origin.DataFingerprint, testCounts.Length, k, measured.Temperature, origin.TrainImages, testImages,
            settings.Augmentations, settings.Passes, measured.Upsilon.Draws, settings.Seed,
            MeasuredProportion.Of(measured.Upsilon, CouponCollector.Probability(classes, k + 1), CouponCollector.Probability(counts, k + 1)),
            MeasuredProportion.Of(measured.CurlTau, Collision.Probability(classes, k), Collision.Probability(counts, k)),
            new MeasuredMean(measured.ConflictTerm, Collision.ExpectedLog(classes, k), Collision.ExpectedLog(counts, k)),
            [.. measured.Named().Select(pair => new BoundQuantity(pair.Key, pair.Value))],
            [.. BoundComparison.Compare(measured).Select(Row)], SupervisedCeiling.OfAnyEncoder(classes, measured.Temperature),
            measures.At(measured), subclasses) { TrainViews = origin.TrainViews };
    }

    private static BoundRow Row(ComparedBound bound) =>
        new(bound.Name, bound.Value.IsVacuous ? null : bound.Value.Value, bound.Value.Reason, StatusName(bound.Status), bound.Name.Source);

    private static string StatusName(BoundStatus status) => status switch
    {
        BoundStatus.Proved => "proved",
        BoundStatus.Quoted => "quoted",
        BoundStatus.AssumesEqualClasses => BoundRow.AssumesEqualClasses,
        _ => BoundRow.AsPublished,
    };
}
