namespace NegSamples.Theory.Bounds;

/// <summary>What a measured quantity is called: those of the paper's <c>bounds.json</c> under its names and in its order, then those it lacks.</summary>
public sealed class QuantityName : IKeyed<QuantityName>
{
    private static readonly List<QuantityName> Known = [];
    private readonly Func<BoundMeasurement, double> of;

    /// <inheritdoc cref="BoundMeasurement.ContrastiveLoss"/>
    public static readonly QuantityName ContrastiveLoss =
        new("SimCLR_loss", "L_{Info}", "Contrastive loss L_{Info}, K negatives", measured => measured.ContrastiveLoss);

    /// <inheritdoc cref="BoundMeasurement.OriginalContrastiveLoss"/>
    public static readonly QuantityName OriginalContrastiveLoss =
        new("Original_SimCLR_loss", "L_{NT-Xent}", "NT-Xent, 2K negatives", measured => measured.OriginalContrastiveLoss);

    /// <inheritdoc cref="BoundMeasurement.Upsilon"/>
    public static readonly QuantityName Upsilon = new("upsilon", "υ", "Coverage υ", measured => measured.Upsilon.Estimate);

    /// <inheritdoc cref="BoundMeasurement.ConflictTerm"/>
    public static readonly QuantityName ConflictTerm =
        new("conflict_term", "E ln(Col + 1)", "Collision term E ln(Col + 1)", measured => measured.ConflictTerm);

    /// <inheritdoc cref="BoundMeasurement.SupervisedLoss"/>
    public static readonly QuantityName SupervisedLoss = new("sup_loss", "L_{sup}", "L_{sup} part (all classes)", measured => measured.SupervisedLoss);

    /// <inheritdoc cref="BoundMeasurement.PartialSupervisedLoss"/>
    public static readonly QuantityName PartialSupervisedLoss =
        new("partial_sup_loss", "L_{sub}", "L_{sub} part (classes missing)", measured => measured.PartialSupervisedLoss);

    /// <inheritdoc cref="BoundMeasurement.Bound"/>
    public static readonly QuantityName Bound = new("bound", "L_{Info}", "Lower bound of L_{Info}", measured => measured.Bound);

    /// <inheritdoc cref="BoundMeasurement.CurlTau"/>
    public static readonly QuantityName CurlTau = new("curl_tau", "τ", "Collision probability τ", measured => measured.CurlTau.Estimate);

    /// <inheritdoc cref="BoundMeasurement.CurlSupervisedLoss"/>
    public static readonly QuantityName CurlSupervisedLoss =
        new("curl_sup_loss", "L_{sup}", "L_{sup} part (all classes, no collision)", measured => measured.CurlSupervisedLoss);

    /// <inheritdoc cref="BoundMeasurement.CurlPartialSupervisedLoss"/>
    public static readonly QuantityName CurlPartialSupervisedLoss =
        new("curl_partial_sup_loss", "L_{sub}", "L_{sub} part (no collision)", measured => measured.CurlPartialSupervisedLoss);

    /// <inheritdoc cref="BoundMeasurement.CurlBound"/>
    public static readonly QuantityName CurlBound = new("curl_bound", "L_{Info}", "Lower bound of L_{Info}", measured => measured.CurlBound);

    /// <inheritdoc cref="BoundMeasurement.AssumptionValue"/>
    public static readonly QuantityName AssumptionValue = new("assumption_value", "d", "d, clipped", measured => measured.AssumptionValue);

    /// <inheritdoc cref="BoundMeasurement.CentroidAccuracy"/>
    public static readonly QuantityName CentroidAccuracy =
        new("centroid_accuracy", "", "Accuracy of the mean of two views, %", measured => measured.CentroidAccuracy);

    /// <inheritdoc cref="BoundMeasurement.LinearAssumptionValue"/>
    public static readonly QuantityName LinearAssumptionValue =
        new("linear_assumption_value", "d_{lin}", "d_{lin}", measured => measured.LinearAssumptionValue, isOfPaper: false);

    /// <inheritdoc cref="BoundMeasurement.JensenLoss"/>
    public static readonly QuantityName JensenLoss =
        new("jensen_loss", "J", "Jensen loss J, above both lower bounds without d", measured => measured.JensenLoss, isOfPaper: false);

    /// <inheritdoc cref="BoundMeasurement.MeanClassifierLoss"/>
    public static readonly QuantityName MeanClassifierLoss =
        new("mean_classifier_loss", "L_{sup}", "Supervised loss L_{sup} of the mean classifier", measured => measured.MeanClassifierLoss, isOfPaper: false);

    /// <inheritdoc cref="BoundMeasurement.CollisionLoss"/>
    public static readonly QuantityName CollisionLoss =
        new("collision_loss", "", "Loss over the colliding negatives alone", measured => measured.CollisionLoss, isOfPaper: false);

    /// <inheritdoc cref="BoundMeasurement.NormCeiling"/>
    public static readonly QuantityName NormCeiling =
        new("norm_ceiling", "L_{sup}", "Ceiling of L_{sup} by the class means' norms", measured => measured.NormCeiling, isOfPaper: false);

    private QuantityName(string key, string symbol, string label, Func<BoundMeasurement, double> of, bool isOfPaper = true)
    {
        (Key, Symbol, Label, this.of, IsOfPaper) = (key, symbol, label, of, isOfPaper);
        Known.Add(this);
    }

    /// <inheritdoc/>
    public static IReadOnlyList<QuantityName> All => Known;

    /// <inheritdoc/>
    public string Key { get; }

    /// <summary>The papers' symbol, empty where they have none; <c>L_{Info}</c> sets a subscript.</summary>
    public string Symbol { get; }

    /// <summary>The name in tables.</summary>
    public string Label { get; }

    /// <summary>Whether the paper's <c>bounds.json</c> has it.</summary>
    public bool IsOfPaper { get; }

    /// <summary>The key.</summary>
    public override string ToString() => Key;

    /// <summary>The quantity's value.</summary>
    internal double Of(BoundMeasurement measured) => of(measured);
}
