using NegSamples.Study;
using NegSamples.Study.Sweep;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Measures;
using NegSamples.Training.Evaluation;

namespace NegSamples.Report;

/// <summary>The quantities of the report, in the order of the paper's tables.</summary>
internal static class Quantities
{
    /// <summary>The classifiers' names in files and in words.</summary>
    public static readonly (string Key, string Name)[] Classifiers =
        [("mean", "Mean classifier"), ("linear", "Linear classifier"), ("knn", "Nearest neighbours")];

    /// <summary>After the head, then before it.</summary>
    public static readonly bool[] Heads = [true, false];

    /// <summary>L_sup, l(z, c; [C]) of all samples.</summary>
    public static readonly Quantity SupervisedLoss = Named(QuantityName.MeanClassifierLoss, ", measured");

    /// <summary>R(r), what L_sup is at most for class means of the measured lengths.</summary>
    public static readonly Quantity NormCeiling = Named(QuantityName.NormCeiling);

    /// <summary>L_info.</summary>
    public static readonly Quantity ContrastiveLoss = Named(QuantityName.ContrastiveLoss);

    /// <summary>The two lower bounds of L_info, with d.</summary>
    public static readonly Quantity LowerBound = PlusAssumption(QuantityName.Bound), CurlLowerBound = PlusAssumption(QuantityName.CurlBound);

    /// <summary>υ, measured and for independent draws.</summary>
    public static readonly Quantity Upsilon = Measured(QuantityName.Upsilon, bound => bound.Upsilon),
        UpsilonExact = Exact(QuantityName.Upsilon, bound => bound.Upsilon);

    /// <summary>τ, measured and for independent draws.</summary>
    public static readonly Quantity CurlTau = Measured(QuantityName.CurlTau, bound => bound.CurlTau),
        CurlTauExact = Exact(QuantityName.CurlTau, bound => bound.CurlTau);

    /// <summary>The contrastive loss and the distance between views and class means.</summary>
    public static readonly Quantity[] Contrastive =
        [ContrastiveLoss, Named(QuantityName.OriginalContrastiveLoss), Named(QuantityName.AssumptionValue), Named(QuantityName.LinearAssumptionValue)];

    /// <summary>The terms of the CURL bound.</summary>
    public static readonly Quantity[] Curl =
    [
        CurlLowerBound,
        CurlTau,
        CurlTauExact,
        ExactWithoutReplacement(QuantityName.CurlTau, bound => bound.CurlTau),
        Named(QuantityName.ConflictTerm, ", measured"),
        Number(QuantityName.ConflictTerm + "_exact", "Collision term, exact, independent draws", run => Value(run.Bound?.ConflictTerm.Exact)),
        Number(
            QuantityName.ConflictTerm + "_exact_without_replacement", "Collision term, exact, without replacement",
            run => Value(run.Bound?.ConflictTerm.ExactWithoutReplacement)),
        Named(QuantityName.CurlSupervisedLoss),
        Number(
            "curl_partial_only", "L_{sub} part (classes missing, no collision)",
            run => Sum(run, QuantityName.CurlPartialSupervisedLoss, QuantityName.CurlSupervisedLoss, -1)),
    ];

    /// <summary>The terms of the coupon-collector bound.</summary>
    public static readonly Quantity[] CouponCollector =
    [
        LowerBound,
        Upsilon,
        UpsilonExact,
        ExactWithoutReplacement(QuantityName.Upsilon, bound => bound.Upsilon),
        Half(QuantityName.SupervisedLoss),
        Half(QuantityName.PartialSupervisedLoss),
    ];

    /// <summary>What the paper's tables lack.</summary>
    public static readonly Quantity[] Further =
    [
        SupervisedLoss,
        NormCeiling,
        Named(QuantityName.JensenLoss),
        Named(QuantityName.CollisionLoss),
        Number("collision_delta", "Collision bound Δ, without 1/t", run => Value(run.Collision?.Delta)),
        Number("collision_delta_published", "Δ as the paper's notebook takes it", run => Value(run.Collision?.PublishedDelta)),
        Named(QuantityName.CentroidAccuracy) with { Kind = QuantityKind.Accuracy },
    ];

    /// <summary>The measures of embedded views, of <c>bound</c>.</summary>
    public static readonly (Quantity Quantity, MeasureName Name)[] BoundMeasures =
    [
        .. MeasureName.All.Select(name =>
            (Number(name.Key, name.Label, run => Value(run.Bound?.Measures?.FirstOrDefault(one => one.Name == name)?.Value)), name)),
    ];

    /// <summary>The measures of plain images, of <c>eval</c>, after the head and before it.</summary>
    public static readonly (Quantity Quantity, MeasureName Name)[] EvaluationMeasures =
    [
        .. from name in MeasureName.All
           from head in Heads
           let place = head ? "after" : "before"
           select (Number($"{name.Key}_{place}_head", $"{name.Label}, {place} the head",
               run => Value(run.Evaluation?.Measures?.FirstOrDefault(one => one.Name == name && one.Head == head)?.Value)), name),
    ];

    /// <summary>The loss without ln K, and its limit.</summary>
    public static readonly Quantity CentredLoss = OfMeasure(MeasureName.CentredLoss), LimitLoss = OfMeasure(MeasureName.LimitLoss);

    /// <summary>How near views are, and how evenly images lie.</summary>
    public static readonly Quantity Alignment = OfMeasure(MeasureName.Alignment), Uniformity = OfMeasure(MeasureName.Uniformity);

    /// <summary>A top-1 accuracy.</summary>
    public static Quantity Accuracy(string classifier, bool head) => AccuracyRow(classifier, head, "top1", row => row.Top1);

    /// <summary>The accuracies that the paper prints: mean and linear classifier after the head, and linear before it.</summary>
    public static readonly Quantity[] PaperAccuracies = [Accuracy("mean", head: true), Accuracy("linear", head: true), Accuracy("linear", head: false)];

    /// <summary>Top-1 accuracies of the paper's protocol, and the plain one that each stands beside, for the place after the head and then before it.</summary>
    public static readonly PaperQuantity[] PaperProtocol =
    [
        .. from head in Heads
           from selection in new EpochSelection?[] { null, EpochSelection.Test, EpochSelection.HeldOut, EpochSelection.Last }
           select PaperRow(selection is null ? "mean" : "linear", head, selection),
    ];

    /// <summary>The top-1 accuracy of the encoder at initialisation.</summary>
    public static Quantity Untrained(string classifier, bool head) => AccuracyRow(classifier, head, "top1_untrained", row => row.UntrainedTop1);

    /// <summary>The mean of the classes' recalls, where their sizes differ.</summary>
    public static Quantity Balanced(string classifier, bool head) => AccuracyRow(classifier, head, "balanced", row => row.Balanced);

    /// <summary>The mean of the classes' recalls of the encoder at initialisation.</summary>
    public static Quantity UntrainedBalanced(string classifier, bool head) =>
        AccuracyRow(classifier, head, "balanced_untrained", row => row.UntrainedBalanced);

    /// <summary>All accuracies, top-5 and balanced ones included.</summary>
    public static IEnumerable<Quantity> Accuracies =>
        from head in Heads
        from classifier in Classifiers
        from quantity in new[]
        {
            Accuracy(classifier.Key, head), Untrained(classifier.Key, head),
            AccuracyRow(classifier.Key, head, "top5", row => row.Top5), AccuracyRow(classifier.Key, head, "top5_untrained", row => row.UntrainedTop5),
            Balanced(classifier.Key, head), UntrainedBalanced(classifier.Key, head),
        }
        select quantity;

    /// <summary>An upper bound of the supervised loss.</summary>
    public static Quantity Bound(BoundName name) => Number(
        "upper_bound_" + name, name.Label,
        run => run.Bound?.Bounds.FirstOrDefault(bound => bound.Name == name) is { } row ? new Measured(row.Value ?? double.PositiveInfinity) : null);

    /// <summary>All upper bounds that any run of a sweep has, in their reports' order.</summary>
    public static IReadOnlyList<BoundName> BoundsOf(SweepData data) =>
        [.. data.Runs.SelectMany(run => run.Bound?.Bounds ?? []).Select(bound => bound.Name).Distinct()];

    /// <summary>Whether a bound is one for the classes of this sweep.</summary>
    public static bool Holds(SweepData data, BoundName name) =>
        data.Runs.SelectMany(run => run.Bound?.Bounds ?? []).Where(bound => bound.Name == name).All(bound => bound.Holds);

    /// <summary>Every quantity of a sweep.</summary>
    public static IEnumerable<Quantity> All(SweepData data) =>
        [.. Accuracies, .. PaperProtocol.SelectMany(row => row.Quantities), .. Contrastive, .. Curl, .. CouponCollector, .. Further, .. BoundsOf(data).Select(Bound), LastLoss,
            .. BoundMeasures.Concat(EvaluationMeasures).Select(measure => measure.Quantity)];

    private static Quantity LastLoss { get; } = Number("training_loss_last", "Training loss, last step", run => Value(run.State.LastLoss));

    private static Quantity AccuracyRow(string classifier, bool head, string what, Func<EvaluationRow, double?> of) => new(
        $"{classifier}_{what}_{(head ? "after" : "before")}_head",
        $"{Classifiers.First(entry => entry.Key == classifier).Name} {(head ? "after" : "before")} the head, %",
        QuantityKind.Accuracy,
        run => run.Accuracy(classifier, head) is { } row ? Value(of(row)) : null);

    private static PaperQuantity PaperRow(string classifier, bool head, EpochSelection? selection)
    {
        (string key, string words) = selection switch
        {
            EpochSelection.Last => ("_last_epoch", ", last epoch"), EpochSelection.HeldOut => ("_best_by_held_out", ", best by held-out"),
            EpochSelection.Test => ("_best_test_epoch", ", best test epoch (optimistic)"), _ => ("", ""),
        };
        string place = head ? "after" : "before", name = $"{Classifiers.First(entry => entry.Key == classifier).Name}, paper's protocol{words}";
        return new PaperQuantity(
            name, head, selection is null or EpochSelection.Test ? Accuracy(classifier, head).Key : null,
            new Quantity($"{classifier}_top1_paper{key}_{place}_head", $"{name}, {place} the head, %", QuantityKind.Accuracy,
                run => run.PaperAccuracy(classifier, head, selection) is { } row ? Value(row.Top1) : null),
            selection is null ? new Quantity(
                $"{classifier}_top1_paper_untrained_{place}_head", $"{name}, untrained, {place} the head, %", QuantityKind.Accuracy,
                run => run.PaperAccuracy(classifier, head, selection) is { } row ? Value(row.UntrainedTop1) : null) : null);
    }

    private static Quantity Number(string key, string label, Func<RunData, Measured?> of) => new(key, label, QuantityKind.Number, of);

    private static Quantity OfMeasure(MeasureName name) => BoundMeasures.First(measure => measure.Name == name).Quantity;

    private static Quantity Named(QuantityName name, string suffix = "") => Number(name.Key, name.Label + suffix, run => NamedValue(run, name));

    private static Quantity PlusAssumption(QuantityName name) => Number(name + "_plus_d", name.Label, run => Sum(run, name, QuantityName.AssumptionValue));

    private static Quantity Half(QuantityName name) =>
        Number("half_" + name, "½ " + name.Label, run => NamedValue(run, name) is { } value ? new Measured(value.Value / 2) : null);

    private static Quantity Measured(QuantityName name, Func<BoundReport, MeasuredProportion> of) => Probability(
        name.Key, name.Symbol + ", measured", bound => new Measured(of(bound).Estimate, of(bound).Lower, of(bound).Upper));

    private static Quantity Exact(QuantityName name, Func<BoundReport, MeasuredProportion> of) =>
        Probability(name + "_exact", name.Symbol + ", exact, independent draws", bound => Value(of(bound).Exact));

    private static Quantity ExactWithoutReplacement(QuantityName name, Func<BoundReport, MeasuredProportion> of) => Probability(
        name + "_exact_without_replacement", name.Symbol + ", exact, without replacement", bound => Value(of(bound).ExactWithoutReplacement));

    private static Quantity Probability(string key, string label, Func<BoundReport, Measured?> of) =>
        new(key, label, QuantityKind.Probability, run => run.Bound is { } bound ? of(bound) : null);

    private static Measured? NamedValue(RunData run, QuantityName name) =>
        Value(run.Bound?.Quantities.FirstOrDefault(quantity => quantity.Name == name)?.Value);

    private static Measured? Sum(RunData run, QuantityName first, QuantityName second, int sign = 1) =>
        NamedValue(run, first) is { } a && NamedValue(run, second) is { } b ? new Measured(a.Value + (sign * b.Value)) : null;

    private static Measured? Value(double? value) => value is { } number && !double.IsNaN(number) ? new Measured(number) : null;
}
