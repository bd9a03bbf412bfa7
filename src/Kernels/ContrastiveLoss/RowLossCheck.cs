using System.Globalization;

namespace NegSamples.Kernels;

/// <summary>A loss of rows held against itself in double: its derivatives by each logit must be the slopes of its loss.</summary>
/// <remarks>
/// Rows of random products from −1 to 1, without negatives and with 1 to 40, at three temperatures and where positive or negatives lead, are summed as <see cref="RowSums"/>
/// says, and each logit is moved up and down by 1e-5: the central difference of <see cref="RowResult.Loss"/> is held against the derivative that
/// <see cref="RowResult"/> gives by the chain rule. The maximum is taken anew for each sum, so a loss that depends on it otherwise than through the logits is
/// found too. Everything is drawn by the seed.
/// </remarks>
public sealed class RowLossCheck
{
    // The difference errs by a third derivative times 1e-10 and by 1e-16/1e-5 of the loss.
    private const double Step = 1e-5, Most = 1e-6;

    private static readonly int[] Negatives = [0, 1, 2, 7, 40];

    private RowLossCheck(double error, string? fault) => (GreatestError, Fault) = (error, fault);

    /// <summary>The greatest difference between a derivative and a slope, relative to the greatest slope of its row.</summary>
    public double GreatestError { get; }

    /// <summary>The row and logit of that error, in words; null where it is within rounding.</summary>
    public string? Fault { get; }

    /// <summary>Checks a loss.</summary>
    /// <param name="loss">The loss.</param>
    /// <param name="seed">Key of the rows.</param>
    public static RowLossCheck Of(RowLoss loss, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(loss);
        Philox random = new(seed, RandomPurpose.Initialization);
        uint drawn = 0;
        (double Error, string? Where) worst = (0, null);
        foreach (int count in Negatives)
        {
            foreach (double temperature in new[] { 0.07, 0.5, 2 })
            {
                foreach (double lead in new[] { -2.0, 0, 2 })
                {
                    double[] others = [.. Enumerable.Range(0, count).Select(_ => Math.Tanh(random.Normal(drawn++)) / temperature)];
                    double[] equal = [.. Enumerable.Range(0, loss.EqualLabelsArePositives ? 1 + (count / 3) : 0).Select(_ => Math.Tanh(random.Normal(drawn++)) / temperature)];
                    LogitRow row = new(loss, temperature, loss.NeedsPositive ? Math.Tanh(random.Normal(drawn++) + lead) / temperature : 0, others, equal);
                    (double error, string logit) = row.Worst();
                    if (error > worst.Error || double.IsNaN(error)) worst = (double.IsNaN(error) ? double.PositiveInfinity : error, string.Create(CultureInfo.InvariantCulture,
                        $"of a row with {Counted.Of(count, "negative")} at temperature {temperature}, {logit}"));
                }
            }
        }

        return new(worst.Error, worst.Error <= Most ? null : string.Create(CultureInfo.InvariantCulture,
            $"{loss}: the derivative {worst.Where}; off by {worst.Error:E1} of the row's greatest slope, expected at most {Most:E0}."));
    }

    /// <summary>Fails where a derivative is wrong.</summary>
    /// <exception cref="InvalidOperationException">One is; the message says which.</exception>
    public void Require()
    {
        if (Fault is not null) throw new InvalidOperationException(Fault);
    }

    /// <summary>The logits of one query: its positive, its negatives and the keys of its label, which the sums include.</summary>
    private sealed record LogitRow(RowLoss Loss, double Temperature, double Positive, double[] Others, double[] Equal)
    {
        public (double Error, string Logit) Worst()
        {
            RowSums sums = Sums();
            RowResult result = Loss.Of(sums);
            List<(string Logit, double Derivative, double Slope)> all = [];
            if (Loss.NeedsPositive) all.Add(("by the positive logit", result.ByPositive, Slope(by => this with { Positive = Positive + by })));
            for (int i = 0; i < Others.Length; i++)
                all.Add(($"by negative {i}", ByKey(Others[i], result, sums.Maximum), Slope(by => this with { Others = Moved(Others, i, by) })));
            for (int i = 0; i < Equal.Length; i++)
                all.Add(($"by key {i} of its label", ByKey(Equal[i], result, sums.Maximum) + result.ByEqualLabel, Slope(by => this with { Equal = Moved(Equal, i, by) })));
            double greatest = Math.Max(all.Max(entry => Math.Abs(entry.Slope)), Step);
            (string logit, double derivative, double slope) = all.MaxBy(entry => double.IsNaN(entry.Derivative) ? double.PositiveInfinity : Math.Abs(entry.Derivative - entry.Slope));
            return (Math.Abs(derivative - slope) / greatest, FormattableString.Invariant($"{logit} is {derivative:G6}, the slope of the loss {slope:G6}"));
        }

        private double ByKey(double logit, in RowResult result, double maximum) => Loss.IsOfPairs
            ? result.BySum / (1 + Math.Exp(-logit))
            : (result.BySum * Loss.Exponent * Math.Exp(Loss.Exponent * (logit - maximum)))
                + (result.ByTiltedSum * (1 + Loss.Tilt) * Math.Exp((1 + Loss.Tilt) * (logit - maximum)));

        private static double Slope(Func<double, LogitRow> moved) => (Value(moved(Step)) - Value(moved(-Step))) / (2 * Step);

        private static double Value(LogitRow row) => row.Loss.Of(row.Sums()).Loss;

        private RowSums Sums()
        {
            double[] summed = [.. Others, .. Equal];
            if (Loss.IsOfPairs)
                return new(Temperature, Positive, 0, summed.Sum(x => Math.Max(x, 0) + Math.Log(1 + Math.Exp(-Math.Abs(x)))), summed.Sum(x => 1 / (1 + Math.Exp(-x))), summed.Length, 0, 0);
            double maximum = summed.Length > 0 ? summed.Max() : Positive;
            return new(
                Temperature, Positive, maximum, summed.Sum(s => Math.Exp(Loss.Exponent * (s - maximum))),
                Loss.Tilt > 0 ? summed.Sum(s => Math.Exp((1 + Loss.Tilt) * (s - maximum))) : 0, summed.Length, Equal.Sum(), Equal.Length);
        }

        private static double[] Moved(double[] logits, int at, double by)
        {
            double[] moved = [.. logits];
            moved[at] += by;
            return moved;
        }
    }
}
