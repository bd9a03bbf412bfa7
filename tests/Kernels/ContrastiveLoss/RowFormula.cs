using System.Numerics;
using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>One row of a loss by its paper's formula, exponential by exponential: the loss, its denominator's logarithm and its slope along every logit.</summary>
internal sealed record RowFormula<T>(T Loss, T LogSumExp, T[] ByLogit, T ByPositive, bool OnFloor)
    where T : struct, IFloatingPointIeee754<T>
{
    /// <param name="loss">Which loss, with its parameters.</param>
    /// <param name="s">The logits of the negatives, or of all other rows for the supervised loss.</param>
    /// <param name="positive">s⁺.</param>
    /// <param name="temperature">T.</param>
    /// <param name="sameLabel">Which of the logits are those of the row's own label.</param>
    public static RowFormula<T> Of(RowLoss loss, T[] s, T positive, T temperature, bool[]? sameLabel = null)
    {
        // Every formula is a quotient of sums of exponentials, from whose logits one number c may be taken.
        T floorLogit = -T.One / temperature, most = s.DefaultIfEmpty(positive).Max();
        T c = loss switch { SupervisedContrastive or Decoupled => most, InfoNce => T.Max(most, positive), _ => T.Max(most, T.Max(positive, floorLogit)) };
        T[] e = [.. s.Select(x => T.Exp(x - c))];
        T p = T.Exp(positive - c), n = T.CreateChecked(s.Length);
        switch (loss)
        {
            case Sigmoid:
                return new RowFormula<T>(
                    Softplus(-positive) + Sum([.. s.Select(Softplus)]), Sum([.. s.Select(Logistic)]) - Logistic(-positive), [.. s.Select(Logistic)],
                    -Logistic(-positive), false);
            case InfoNce when typeof(T) == typeof(double):
                return Exactly();
            case InfoNce:
                return Quotient(p + Sum(e), e, T.One, p);
            case Decoupled:
                return Quotient(Sum(e), e, T.One, T.Zero);
            case Debiased debiased:
                return Reweighted(debiased.PositivePrior, 0);
            case HardNegatives hard:
                return Reweighted(hard.PositivePrior, hard.Hardness);
            case SupervisedContrastive:
                T all = Sum(e), count = T.CreateChecked(sameLabel!.Count(own => own)), total = T.Zero;
                for (int j = 0; j < s.Length; j++) total += sameLabel![j] ? s[j] - c - T.Log(all) : T.Zero;
                return new RowFormula<T>(-total / count, T.Log(all) + c, [.. e.Select((x, j) => (x / all) - (sameLabel![j] ? T.One / count : T.Zero))], T.Zero, false);
            default:
                throw new ArgumentOutOfRangeException(nameof(loss));
        }

        RowFormula<T> Quotient(T denominator, T[] terms, T factor, T positiveTerm, bool onFloor = false) => new(
            T.Log(denominator) + c - positive, T.Log(denominator) + c, [.. terms.Select(x => factor * x / denominator)], (positiveTerm / denominator) - T.One, onFloor);

        // The truth keeps the digits of a small loss and of 1 - P: below 1e-8 the series of ln(1 + x) is exact in double, and 1 + x is not.
        RowFormula<T> Exactly()
        {
            T others = Sum(e), all = p + others;
            T logarithm = c == positive && others < T.CreateChecked(1e-8) ? others - (others * others / T.CreateChecked(2)) : T.Log(all);
            return new(logarithm + (c - positive), logarithm + c, [.. e.Select(x => x / all)], -others / all, false);
        }

        RowFormula<T> Reweighted(double prior, double hardness)
        {
            T tau = T.CreateChecked(prior), beta = T.CreateChecked(hardness), floor = T.Exp(floorLogit - c);
            T[] q = [.. s.Select(x => T.Exp(beta * (x - most)))];
            T weights = Sum(q), mean = Sum([.. e.Select((x, j) => x * q[j])]) / weights, estimate = (mean - (tau * p)) / (T.One - tau);
            if (estimate < floor && tau > T.Zero) return Quotient(p + (n * floor), e, T.Zero, p, onFloor: true);
            T[] slopes = [.. e.Select((x, j) => q[j] / weights * (((T.One + beta) * x) - (beta * mean)))];
            return Quotient(p + (n * estimate), slopes, n / (T.One - tau), p - (n * tau * p / (T.One - tau)));
        }
    }

    // Of an exponential below 1 the sum with 1 is rounded, and Kahan's quotient takes that rounding off again.
    private static T Softplus(T x)
    {
        T small = T.Exp(-T.Abs(x)), onePlus = T.One + small;
        return T.Max(x, T.Zero) + (onePlus == T.One ? small : T.Log(onePlus) * (small / (onePlus - T.One)));
    }

    private static T Logistic(T x)
    {
        T small = T.Exp(-T.Abs(x));
        return (x > T.Zero ? T.One : small) / (T.One + small);
    }

    private static T Sum(T[] values) => values.Aggregate(T.Zero, (sum, value) => sum + value);
}
