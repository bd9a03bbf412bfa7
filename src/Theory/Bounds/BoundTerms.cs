using System.Globalization;
using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Bounds;

/// <summary>What the upper bounds of the supervised loss L_sup are made of: means measured on batches, or expectations.</summary>
public sealed record BoundTerms
{
    /// <summary>ρ, the classes that anchors and negatives are drawn from.</summary>
    public required ClassDistribution Classes { get; init; }

    /// <summary>C.</summary>
    public int ClassCount => Classes.Count;

    /// <summary>K, independent negatives, at least 1.</summary>
    public required int Negatives { get; init; }

    /// <summary>t.</summary>
    public required double Temperature { get; init; }

    /// <summary>L_info: (K + 1)-way, one view.</summary>
    public required double ContrastiveLoss { get; init; }

    /// <summary>E ln(Col + 1).</summary>
    public required double CollisionTerm { get; init; }

    /// <summary>E[1{not cover} l(z, c; S_b)] = (1 − υ) L_sub.</summary>
    public required double PartialLoss { get; init; }

    /// <summary>E[1{Col = 0, not cover} l(z, c; S_b)]: <c>curl_partial_sup_loss − curl_sup_loss</c>.</summary>
    public required double CurlPartialLoss { get; init; }

    /// <summary>d = E min(0, z·(μ_c − f̄(x))/t), at most 0; 0 where positives come from the class, not from augmentation.</summary>
    public required double Assumption { get; init; }

    /// <summary>d_lin = E z·(μ_c − f̄(x))/t, between d and 0 in expectation.</summary>
    public required double LinearAssumption { get; init; }

    /// <summary>max_c ‖μ_c‖, at most 1, which it is where no norm was measured.</summary>
    public double LargestMeanNorm { get; init; } = 1;

    /// <summary><c>2 L_info − E ln(Col + 1) − 2 d</c>, which is at least E l(z, c; S_b).</summary>
    internal double Doubled => (2 * ContrastiveLoss) - CollisionTerm - (2 * Assumption);

    /// <summary><c>L_info − E ln(Col + 1) − d</c>, which is at least E[1{Col = 0} l(z, c; S_b)].</summary>
    internal double Single => ContrastiveLoss - CollisionTerm - Assumption;

    /// <summary>Refuses numbers that no embeddings and no batches can have.</summary>
    internal void Check()
    {
        ArgumentNullException.ThrowIfNull(Classes);
        if (Negatives < 1) throw new ArgumentException($"Negatives is {Negatives}; expected at least 1.");
        if (!(Temperature > 0) || double.IsInfinity(Temperature))
            throw new ArgumentException($"Temperature is {Temperature}; expected a finite number above 0.");
        double reach = 2 / Temperature; // the farthest that two similarities of unit embeddings can be apart
        Require(ContrastiveLoss, nameof(ContrastiveLoss), LogOfAll(Negatives, -reach), LogOfAll(Negatives, reach),
            "ln(1 + K e^(-2/t)) to ln(1 + K e^(2/t)), as unit embeddings have");
        Require(CollisionTerm, nameof(CollisionTerm), 0, Math.Log(Negatives + 1.0), "0 to ln(Negatives + 1)");
        Require(PartialLoss, nameof(PartialLoss), 0, LogOfAll(ClassCount - 1, reach), "0 to ln(1 + (C - 1) e^(2/t))");
        Require(CurlPartialLoss, nameof(CurlPartialLoss), 0, PartialLoss, "0 to PartialLoss");
        Require(Assumption, nameof(Assumption), -reach, 0, "-2/t to 0");
        Require(LargestMeanNorm, nameof(LargestMeanNorm), 0, 1, "0 to 1");
        Require(LinearAssumption, nameof(LinearAssumption), Assumption, reach, "Assumption to 2/t");
    }

    /// <summary>ln(1 + n e^x) of any x.</summary>
    private static double LogOfAll(int count, double x)
    {
        double log = count == 0 ? double.NegativeInfinity : Math.Log(count) + x;
        return Math.Max(0, log) + Elementary.LogOnePlus(Math.Exp(-Math.Abs(log)));
    }

    // Means of many rounded terms: a bound that they meet exactly may be missed by rounding.
    private static void Require(double value, string name, double low, double high, string expected)
    {
        double rounding = 1e-9 * (1 + Math.Abs(value));
        if (!(value >= low - rounding && value <= high + rounding) || double.IsInfinity(value))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; expected {expected}."));
    }
}
