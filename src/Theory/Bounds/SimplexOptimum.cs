using NegSamples.Theory.Coverage;

namespace NegSamples.Theory.Bounds;

/// <summary>The best any encoder can do where positives come from the anchor's class (Awasthi, Dikkala and Kamath 2022, arXiv:2205.01789: more negatives
/// do not hurt the optimum).</summary>
/// <remarks>Proved for uniform classes and unit vectors of dimension C − 1 at least: by Jensen the classes collapse to their means; the loss is convex and
/// symmetric in their Gram matrix and falls with (diagonal − off-diagonal), so the simplex <c>μ_c·μ_c′ = −1/(C − 1)</c> is
/// optimal for every K. With augmentation positives collapse is not the optimum.</remarks>
public sealed record SimplexOptimum
{
    /// <summary>The optimum of these settings.</summary>
    /// <param name="classes">C, at least 2.</param>
    /// <param name="negatives">K, at least 0.</param>
    /// <param name="temperature">t, above 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is out of range.</exception>
    public SimplexOptimum(int classes, int negatives, double temperature)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        ArgumentOutOfRangeException.ThrowIfNegative(negatives);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(temperature);
        double other = Math.Exp(-classes / ((classes - 1) * temperature));
        SupervisedLoss = Elementary.LogOnePlus((classes - 1) * other);
        ContrastiveLoss = Collision.BinomialMean(negatives, 1.0 / classes, same => Elementary.LogOnePlus(same + ((negatives - same) * other)));
    }

    /// <summary><c>L_sup* = ln(1 + (C − 1)e^(−g))</c>, g = C/((C − 1)t): free of K.</summary>
    public double SupervisedLoss { get; }

    /// <summary><c>L_info* = E ln(1 + Col + (K − Col)e^(−g))</c>, Col binomial(K, 1/C).</summary>
    public double ContrastiveLoss { get; }
}
