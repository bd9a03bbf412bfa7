using NegSamples.Study;
using NegSamples.Study.Sweep;
using NegSamples.Training.Evaluation;

namespace NegSamples.Report;

/// <summary>The quantities of the report, in the order of the paper's tables.</summary>
internal static class Quantities
{
    /// <summary>The classifiers' names in files and in words.</summary>
    public static readonly (string Key, string Name)[] Classifiers = [("mean", "Mean classifier"), ("linear", "Linear classifier"), ("knn", "Nearest neighbours")];

    /// <summary>After the head, then before it.</summary>
    public static readonly bool[] Heads = [true, false];

    /// <summary>L_sup, l(z, c; [C]) of all samples.</summary>
    public static readonly Quantity SupervisedLoss = Named("mean_classifier_loss", "Supervised loss L_{sup} of the mean classifier, measured");

    /// <summary>The contrastive loss and the distance between views and class means.</summary>
    public static readonly Quantity[] Contrastive =
    [
        Named("SimCLR_loss", "Contrastive loss L_{Info}, K negatives"),
        Named("Original_SimCLR_loss", "NT-Xent, 2K negatives"),
        Named("assumption_value", "d, clipped"),
        Named("linear_assumption_value", "d_{lin}"),
    ];

    /// <summary>The terms of the CURL bound.</summary>
    public static readonly Quantity[] Curl =
    [
        new("curl_bound_plus_d", "Lower bound of L_{Info}", QuantityKind.Number, run => Sum(run, "curl_bound", "assumption_value")),
        Share("curl_tau", "τ, measured", bound => bound.CurlTau),
        .. ExactShares("curl_tau", "τ", bound => bound.CurlTau),
        Named("conflict_term", "Collision term E ln(Col + 1), measured"),
        new("conflict_term_exact", "Collision term, exact, independent draws", QuantityKind.Number, run => Value(run.Bound?.ConflictTerm.Exact)),
        new("conflict_term_exact_without_replacement", "Collision term, exact, without replacement", QuantityKind.Number, run => Value(run.Bound?.ConflictTerm.ExactWithoutReplacement)),
        Named("curl_sup_loss", "L_{sup} part (all classes, no collision)"),
        new("curl_partial_only", "L_{sub} part (classes missing, no collision)", QuantityKind.Number, run => Sum(run, "curl_partial_sup_loss", "curl_sup_loss", -1)),
    ];

    /// <summary>The terms of the coupon-collector bound.</summary>
    public static readonly Quantity[] CouponCollector =
    [
        new("bound_plus_d", "Lower bound of L_{Info}", QuantityKind.Number, run => Sum(run, "bound", "assumption_value")),
        Share("upsilon", "υ, measured", bound => bound.Upsilon),
        .. ExactShares("upsilon", "υ", bound => bound.Upsilon),
        new("half_sup_loss", "½ L_{sup} part (all classes)", QuantityKind.Number, run => Half(run, "sup_loss")),
        new("half_partial_sup_loss", "½ L_{sub} part (classes missing)", QuantityKind.Number, run => Half(run, "partial_sup_loss")),
    ];

    /// <summary>What the paper's tables lack.</summary>
    public static readonly Quantity[] Further =
    [
        SupervisedLoss,
        Named("jensen_loss", "Jensen loss J, above both lower bounds without d"),
        Named("collision_loss", "Loss over the colliding negatives alone"),
        new("collision_delta", "Collision bound Δ, without 1/t", QuantityKind.Number, run => Value(run.Collision?.Delta)),
        new("collision_delta_published", "Δ as the paper's notebook takes it", QuantityKind.Number, run => Value(run.Collision?.PublishedDelta)),
        new("centroid_accuracy", "Accuracy of the mean of two views, %", QuantityKind.Accuracy, run => NamedValue(run, "centroid_accuracy")),
    ];

    /// <summary>A top-1 accuracy.</summary>
    public static Quantity Accuracy(string classifier, bool head) => AccuracyRow(classifier, head, "top1", row => row.Top1);

    /// <summary>The top-1 accuracy of the encoder at initialisation.</summary>
    public static Quantity Untrained(string classifier, bool head) => AccuracyRow(classifier, head, "top1_untrained", row => row.UntrainedTop1);

    /// <summary>All accuracies, top-5 included.</summary>
    public static IEnumerable<Quantity> Accuracies =>
        from head in Heads
        from classifier in Classifiers
        from quantity in new[]
        {
            Accuracy(classifier.Key, head), Untrained(classifier.Key, head),
            AccuracyRow(classifier.Key, head, "top5", row => row.Top5), AccuracyRow(classifier.Key, head, "top5_untrained", row => row.UntrainedTop5),
        }
        select quantity;

    /// <summary>An upper bound of the supervised loss.</summary>
    public static Quantity Bound(string name) => new(
        "upper_bound_" + name, BoundNames.Of(name), QuantityKind.Number,
        run => run.Bound?.Bounds.FirstOrDefault(bound => bound.Name == name) is { } row ? new Measured(row.Value ?? double.PositiveInfinity) : null);

    /// <summary>Every quantity of a sweep.</summary>
    public static IEnumerable<Quantity> All(SweepData data) =>
        [.. Accuracies, .. Contrastive, .. Curl, .. CouponCollector, .. Further, .. BoundNames.In(data).Select(Bound), LastLoss];

    private static Quantity LastLoss { get; } = new("training_loss_last", "Training loss, last step", QuantityKind.Number, run => Value(run.State.LastLoss));

    private static Quantity AccuracyRow(string classifier, bool head, string what, Func<EvaluationRow, double> of) => new(
        $"{classifier}_{what}_{(head ? "after" : "before")}_head",
        $"{Classifiers.First(entry => entry.Key == classifier).Name} {(head ? "after" : "before")} the head, %",
        QuantityKind.Accuracy,
        run => run.Accuracy(classifier, head) is { } row ? Value(of(row)) : null);

    private static Quantity Named(string name, string label) => new(name, label, QuantityKind.Number, run => NamedValue(run, name));

    private static Quantity Share(string key, string label, Func<BoundReport, MeasuredShare> of) => new(
        key, label, QuantityKind.Probability, run => run.Bound is { } bound ? new Measured(of(bound).Estimate, of(bound).Lower, of(bound).Upper) : null);

    private static Quantity[] ExactShares(string key, string symbol, Func<BoundReport, MeasuredShare> of) =>
    [
        new(key + "_exact", symbol + ", exact, independent draws", QuantityKind.Probability, run => run.Bound is { } bound ? Value(of(bound).Exact) : null),
        new(key + "_exact_without_replacement", symbol + ", exact, without replacement", QuantityKind.Probability, run => run.Bound is { } bound ? Value(of(bound).ExactWithoutReplacement) : null),
    ];

    private static Measured? NamedValue(RunData run, string name) => Value(run.Bound?.Quantities.FirstOrDefault(quantity => quantity.Name == name)?.Value);

    private static Measured? Sum(RunData run, string first, string second, int sign = 1) =>
        NamedValue(run, first) is { } a && NamedValue(run, second) is { } b ? new Measured(a.Value + (sign * b.Value)) : null;

    private static Measured? Half(RunData run, string name) => NamedValue(run, name) is { } value ? new Measured(value.Value / 2) : null;

    private static Measured? Value(double? value) => value is { } number && !double.IsNaN(number) ? new Measured(number) : null;
}
