using System.Globalization;

namespace NegSamples.Theory.Bounds;

/// <summary>An upper bound as a number, or the statement that it bounds nothing.</summary>
public readonly record struct BoundValue
{
    // Terms that meet exactly may miss each other by the rounding of their means.
    private const double Rounding = 1e-9;

    private BoundValue(double value, string? reason)
    {
        Value = value;
        Reason = reason;
    }

    /// <summary>The bound; +∞ where it is vacuous.</summary>
    public double Value { get; }

    /// <summary>Whether the bound divides by a probability of exactly 0, or by one so small that the quotient is no double.</summary>
    public bool IsVacuous => Reason is not null;

    /// <summary>Why the bound is vacuous; null where it is not.</summary>
    public string? Reason { get; }

    /// <summary>A finite bound.</summary>
    /// <param name="value">The bound.</param>
    /// <exception cref="ArgumentException">The value is not finite: say <see cref="Vacuous"/> and why.</exception>
    public static BoundValue Finite(double value) =>
        double.IsFinite(value) ? new(value, null) : throw new ArgumentException($"value is {value}; expected a finite number.", nameof(value));

    /// <summary>A bound that bounds nothing.</summary>
    /// <param name="reason">Why, as a clause: "no batch covered all classes".</param>
    public static BoundValue Vacuous(string reason) => new(double.PositiveInfinity, reason);

    /// <summary><c>numerator/e^(logDenominator)</c>, vacuous where the denominator is 0 or the quotient no double.</summary>
    /// <param name="numerator">Finite.</param>
    /// <param name="logDenominator">ln of the probability that divides; −∞ for exactly 0.</param>
    /// <param name="whenZero">The reason that is given where the denominator is 0.</param>
    /// <exception cref="ArgumentException">The numerator is not finite.</exception>
    public static BoundValue Quotient(double numerator, double logDenominator, string whenZero)
    {
        if (!double.IsFinite(numerator)) throw new ArgumentException($"numerator is {numerator}; expected a finite number.", nameof(numerator));
        if (double.IsNegativeInfinity(logDenominator)) return Vacuous(whenZero);
        double value = numerator * Math.Exp(-logDenominator);
        return double.IsFinite(value)
            ? new(value, null)
            : Vacuous(string.Create(CultureInfo.InvariantCulture, $"the divisor is 10^{logDenominator / Math.Log(10):F1}"));
    }

    /// <summary>A bound of a loss, <c>numerator/e^(logDenominator)</c>: vacuous where the numerator is below 0, which no loss is.</summary>
    /// <remarks>Its terms then contradict each other: they are means of too few batches, or numbers that do not belong together.</remarks>
    internal static BoundValue OfLoss(double numerator, double logDenominator, string whenZero)
    {
        if (!double.IsNegativeInfinity(logDenominator) && numerator < -Rounding)
        {
            return Vacuous(string.Create(CultureInfo.InvariantCulture,
                $"the terms contradict each other: they leave {numerator:G4} nats for a loss, which is at least 0; too few batches, or numbers that do not belong together"));
        }

        return Quotient(Math.Max(0, numerator), logDenominator, whenZero);
    }

    /// <summary>The number with 6 significant digits, or "vacuous (+inf): " and the reason.</summary>
    public override string ToString() => IsVacuous ? $"vacuous (+inf): {Reason}" : Value.ToString("G6", CultureInfo.InvariantCulture);
}
