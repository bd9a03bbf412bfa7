using NegSamples.Theory.Bounds;

namespace NegSamples.Theory.Measures;

/// <summary>What a measure of a representation is called, where it is from, and how it is read.</summary>
public sealed class MeasureName : IKeyed<MeasureName>
{
    private static readonly List<MeasureName> Known = [];

    /// <inheritdoc cref="PairMeasures.Alignment"/>
    public static readonly MeasureName Alignment = new(
        "alignment", "Alignment E|z − z⁺|²", "Wang and Isola 2020",
        "0: both views of a sample are one point; 2: no nearer than two samples.");

    /// <inheritdoc cref="PairMeasures.Uniformity"/>
    public static readonly MeasureName Uniformity = new(
        "uniformity", "Uniformity ln E exp(−2|z − z′|²)", "Wang and Isola 2020",
        "0: all samples are one point; the lower, the evener they fill the sphere (about −4 at best).");

    /// <summary>G(K) = L_info(K) − ln K in nats; see <see cref="PairMeasures.LimitLoss"/>.</summary>
    public static readonly MeasureName CentredLoss = new(
        "centred_loss", "G(K) = L_{Info} − ln K, nats", "Wang and Isola 2020, Theorem 1",
        "The loss without the ln K that more negatives alone add.");

    /// <inheritdoc cref="PairMeasures.LimitLoss"/>
    public static readonly MeasureName LimitLoss = new(
        "limit_loss", "L_{∞}, the limit of G(K), nats", "Wang and Isola 2020, Theorem 1",
        "What this encoder's loss tends to: free of K, so it compares encoders.");

    /// <summary>G(K) − L_∞ in nats, as measured.</summary>
    public static readonly MeasureName LimitGap = new(
        "limit_gap", "G(K) − L_{∞}, measured, nats", "Wang and Isola 2020, Theorem 1",
        "What K draws in place of all others change at this encoder: far from 0, K changes the estimate more than the encoder.");

    /// <inheritdoc cref="PairMeasures.GapAt"/>
    public static readonly MeasureName PredictedGap = new(
        "limit_gap_predicted", "G(K) − L_{∞}, to first order in 1/K, nats", "delta method",
        "Near the measured gap where K is large enough for its order to count.");

    /// <inheritdoc cref="PairMeasures.SameClassShare"/>
    public static readonly MeasureName SameClassShare = new(
        "same_class_share", "Share of the softmax on the anchor's class", "Arora et al. 2019, Chuang et al. 2020",
        "The part of the repulsion that pushes samples of one class apart; above its count, the encoder finds the class.");

    /// <inheritdoc cref="PairMeasures.CountedSameClassShare"/>
    public static readonly MeasureName CountedSameClassShare = new(
        "same_class_share_counted", "The same by counting", "counts of the classes", "What equal weights would give.");

    /// <inheritdoc cref="PairMeasures.EffectiveNegatives"/>
    public static readonly MeasureName EffectiveNegatives = new(
        "effective_negatives", "Effective negatives among all others", "Kish 1965; Robinson et al. 2021",
        "How many equally weighted negatives count as much as all others together: few means that hard ones decide.");

    /// <inheritdoc cref="Measures.Lidar"/>
    public static readonly MeasureName Lidar = new(
        "lidar", "LiDAR", "Thilak et al. 2024",
        "Directions that tell samples apart beyond their augmentations; higher is richer.");

    /// <summary>L_info − L_info* in nats; see <see cref="SimplexOptimum"/>.</summary>
    public static readonly MeasureName ContrastiveExcess = new(
        "contrastive_excess", "L_{Info} − L_{Info}*, nats", "Awasthi et al. 2022",
        "Above the optimum of class positives and equal classes; with positives by augmentation the simplex is not the optimum, so it may be below 0.");

    /// <summary>L_sup − L_sup* in nats; see <see cref="SimplexOptimum"/>.</summary>
    public static readonly MeasureName SupervisedExcess = new(
        "supervised_excess", "L_{sup} − L_{sup}*, nats", "Awasthi et al. 2022",
        "What the mean classifier loses against classes collapsed on a simplex; 0 at best.");

    /// <summary>L_info + <see cref="BaoBound.LowerGap"/> in nats at b = 1.</summary>
    public static readonly MeasureName BaoLowerBound = new(
        "bao_lower_bound", "Lower bound of L_{sup} after Bao, b = 1, nats", "Bao et al. 2022, quoted",
        "Quoted, not proved for temperature and augmentation positives: L_{sup} may be below it.");

    /// <inheritdoc cref="ClassGeometry.WithinClassVariance"/>
    public static readonly MeasureName WithinClassVariance = new(
        "within_class_variance", "tr Cov(f̄ | c)", "Nozawa and Sato 2021",
        "0: the classes have collapsed; times −1/t it is d_{lin}.");

    /// <inheritdoc cref="ClassGeometry.MeanOffDiagonalCosine"/>
    public static readonly MeasureName ClassMeanCosine = new(
        "class_mean_cosine", "Mean cosine of two class means", "Awasthi et al. 2022",
        "−1/(C − 1) on the simplex; near 1, the classes point one way.");

    /// <inheritdoc cref="Spectrum.RankMe"/>
    public static readonly MeasureName RankMe = new(
        "rankme", "Effective rank (RankMe)", "Garrido et al. 2023",
        "1: one direction, D: all alike; compares runs of one method and one D.");

    /// <inheritdoc cref="Spectrum.Alpha"/>
    public static readonly MeasureName Alpha = new(
        "alpha_req", "Decay of the spectrum (α-ReQ)", "Agrawal et al. 2022",
        "λ_k falls as k^−α; near 1 is said to be best, far above it few directions carry all.");

    /// <inheritdoc cref="Spectrum.ParticipationRatio"/>
    public static readonly MeasureName ParticipationRatio = new(
        "participation_ratio", "Participation ratio", "Gao et al. 2017",
        "How many directions carry the variance; 1 to D.");

    /// <inheritdoc cref="Spectrum.MeanDeviation"/>
    public static readonly MeasureName MeanDeviation = new(
        "mean_deviation", "Mean standard deviation of a dimension", "VICReg, Bardes et al. 2022",
        "0: collapsed; unit rows have 1/√D at most.");

    /// <inheritdoc cref="Spectrum.CovarianceTerm"/>
    public static readonly MeasureName CovarianceTerm = new(
        "covariance_term", "Off-diagonal Cov² over D", "VICReg, Bardes et al. 2022",
        "0: dimensions are uncorrelated, none repeats another.");

    /// <inheritdoc cref="ClassSpread.Variance"/>
    public static readonly MeasureName Cdnv = new(
        "cdnv", "CDNV, median over pairs of classes", "Galanti et al. 2022",
        "Spread of a class by the squared distance to another: 0 is collapse, lower is easier to tell apart.");

    /// <inheritdoc cref="ClassSpread.DirectionalVariance"/>
    public static readonly MeasureName DirectionalCdnv = new(
        "directional_cdnv", "Directional CDNV, median", "arXiv:2603.03530",
        "The same along the line between the two means, which is what a mean classifier feels; lower is better.");

    /// <inheritdoc cref="ClassSpread.Collapse"/>
    public static readonly MeasureName Collapse = new(
        "nc1", "NC1 = tr(S_W S_B⁺)/C", "Papyan et al. 2020", "0: the classes have collapsed onto their means.");

    /// <inheritdoc cref="ClassSpread.ScatterRatio"/>
    public static readonly MeasureName ScatterRatio = new(
        "scatter_ratio", "tr S_W/tr S_B", "Papyan et al. 2020",
        "Variance within classes for each part between them; 0 is collapse.");

    /// <inheritdoc cref="ClassSpread.MeanCosine"/>
    public static readonly MeasureName CentredMeanCosine = new(
        "centred_mean_cosine", "Mean cosine of centred class means", "Papyan et al. 2020",
        "−1/(C − 1) on the simplex, and never far from it.");

    /// <inheritdoc cref="ClassSpread.CosineDeviation"/>
    public static readonly MeasureName CosineDeviation = new(
        "centred_mean_cosine_spread", "Its standard deviation over the pairs", "Papyan et al. 2020",
        "0: all classes are equally far apart; high: some are confused, some opposed.");

    private MeasureName(string key, string label, string source, string reading)
    {
        (Key, Label, Source, Reading) = (key, label, source, reading);
        Known.Add(this);
    }

    /// <inheritdoc/>
    public static IReadOnlyList<MeasureName> All => Known;

    /// <inheritdoc/>
    public string Key { get; }

    /// <summary>The name in tables; <c>L_{Info}</c> sets a subscript.</summary>
    public string Label { get; }

    /// <summary>Where it is from.</summary>
    public string Source { get; }

    /// <summary>How to read it, in a sentence.</summary>
    public string Reading { get; }

    /// <summary>The key.</summary>
    public override string ToString() => Key;
}
