namespace NegSamples.Report.Plots;

/// <summary>An axis with its range and ticks. Its own coordinate is the value, or the logarithm to base 10 where it is logarithmic.</summary>
internal sealed class Scale
{
    // Beyond it the difference of two values may overflow.
    private const double Largest = 1e300;

    private Scale(Axis axis, double low, double high, IReadOnlyList<Tick> ticks) => (Axis, Low, High, Ticks) = (axis, low, high, ticks);

    public Axis Axis { get; }

    public double Low { get; }

    public double High { get; }

    public IReadOnlyList<Tick> Ticks { get; }

    /// <summary>An axis for values.</summary>
    /// <param name="axis">What it is.</param>
    /// <param name="values">What must have a place on it; what cannot is passed over.</param>
    /// <param name="most">About how many ticks there is room for.</param>
    /// <param name="margin">What is left free at either end, as a proportion of the range.</param>
    /// <param name="from">Where bars stand: an end that must lie on the axis and needs no margin. On a logarithmic axis bars stand on its lower
    /// end, below the smallest value.</param>
    /// <param name="ticks">Values for the ticks; null for round numbers.</param>
    public static Scale Of(Axis axis, IEnumerable<double> values, int most, double margin = 0.04, double? from = null, IReadOnlyList<double>? ticks = null)
    {
        double low = double.PositiveInfinity, high = double.NegativeInfinity;
        foreach (double value in values)
        {
            if (!Has(axis, value)) continue;
            low = Math.Min(low, Place(axis, value));
            high = Math.Max(high, Place(axis, value));
        }

        if (low > high) (low, high) = (0, 1);
        if (from is not null && !axis.IsLogarithmic) (low, high) = (Math.Min(low, from.Value), Math.Max(high, from.Value));
        if (high - low <= 1e-12 * Math.Max(Math.Abs(low), Math.Abs(high)))
        {
            double around = axis.IsLogarithmic || low == 0 ? 0.5 : 0.1 * Math.Abs(low);
            (low, high) = (low - around, high + around);
        }

        double free = margin * (high - low);
        if (from is null) (low, high) = (low - free, high + free);
        else if (axis.IsLogarithmic) (low, high) = (Math.Floor(low - (2 * free)), high + free);
        else (low, high) = (low < from ? low - free : low, high > from ? high + free : high);

        IReadOnlyList<Tick> marks = ticks is not null
            ? [.. ticks.Where(value => Has(axis, value)).Distinct().Order().Select(value => new Tick(Place(axis, value), Tick.Write(value)))
                .Where(tick => tick.Place >= low && tick.Place <= high)]
            : axis.IsLogarithmic ? Tick.Logarithmic(low, high, most) : Tick.Linear(low, high, most);
        return new(axis, low, high, marks);
    }

    /// <summary>An axis of places 0, 1, 2, ... that have names.</summary>
    public static Scale Of(Axis axis, IReadOnlyList<string> categories) =>
        new(axis, -0.5, Math.Max(categories.Count, 1) - 0.5, [.. categories.Select((name, i) => new Tick(i, name))]);

    /// <summary>Whether a value has a place on the axis.</summary>
    public bool Has(double value) => Has(Axis, value);

    /// <summary>A value's place on the axis.</summary>
    public double Place(double value) => Place(Axis, value);

    private static bool Has(Axis axis, double value) => Math.Abs(value) < Largest && (!axis.IsLogarithmic || value > 0);

    private static double Place(Axis axis, double value) => axis.IsLogarithmic ? Math.Log10(value) : value;
}
