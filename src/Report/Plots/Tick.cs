using System.Globalization;

namespace NegSamples.Report.Plots;

/// <summary>A tick of an axis.</summary>
/// <param name="Place">Where it is, in the axis' own coordinate: the value, or its logarithm to base 10.</param>
/// <param name="Label">Its number.</param>
internal sealed record Tick(double Place, string Label)
{
    // From here on numbers are written as powers of ten.
    private const double Large = 1e5, Small = 1e-3;

    // Every how many decades a tick stands.
    private static readonly int[] Decades = [1, 2, 3, 5, 10, 20, 50, 100];

    /// <summary>Multiples of 1, 2 or 5 times a power of ten between two values.</summary>
    public static IReadOnlyList<Tick> Linear(double low, double high, int most)
    {
        double rough = (high - low) / most, power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = new[] { 1.0, 2, 5, 10 }.First(factor => factor * power >= rough * (1 - 1e-9)) * power;
        long first = (long)Math.Ceiling((low / step) - 1e-9), last = (long)Math.Floor((high / step) + 1e-9);
        List<Tick> ticks = [];
        for (long i = first; i <= last && ticks.Count <= most + 1; i++)
            ticks.Add(new(i * step, i == 0 ? "0" : Write(i * step, step, Math.Max(Math.Abs(low), Math.Abs(high)))));
        return ticks;
    }

    /// <summary>Powers of ten between two logarithms; with fewer than three of them, 2 and 5 times the powers too, or linear steps.</summary>
    public static IReadOnlyList<Tick> Logarithmic(double low, double high, int most)
    {
        List<Tick> Of(int every, params double[] factors)
        {
            List<Tick> ticks = [];
            for (int exponent = (int)Math.Floor(low); exponent <= Math.Ceiling(high); exponent++)
            {
                if (exponent % every != 0) continue;
                foreach (double factor in factors)
                {
                    double place = exponent + Math.Log10(factor);
                    if (place >= low - 1e-9 && place <= high + 1e-9) ticks.Add(new(place, Write(factor * Math.Pow(10, exponent))));
                }
            }

            return ticks;
        }

        int decades = (int)Math.Floor(high) - (int)Math.Ceiling(low) + 1;
        if (decades >= 3) return Of(Decades.First(every => decades / every <= most || every == 100), 1);
        List<Tick> within = Of(1, 1, 2, 5);
        if (within.Count >= 3) return within;
        return [.. Linear(Math.Pow(10, low), Math.Pow(10, high), most).Where(tick => tick.Place > 0)
            .Select(tick => tick with { Place = Math.Log10(tick.Place) })];
    }

    /// <summary>A number as short as it can be said.</summary>
    public static string Write(double value)
    {
        double size = Math.Abs(value);
        if (size == 0 || (size >= Small * 0.9999 && size < 10_000)) return value.ToString("0.######", CultureInfo.InvariantCulture);
        return size >= Small && size < Large * 10 && value == Math.Floor(value) && size % 10_000 != 0
            ? value.ToString("0", CultureInfo.InvariantCulture)
            : value.ToString("0.####e0", CultureInfo.InvariantCulture);
    }

    private static string Write(double value, double step, double largest)
    {
        if (largest >= Large * 10 || step < Small / 100) return value.ToString("0.####e0", CultureInfo.InvariantCulture);
        int decimals = Math.Max(0, -(int)Math.Floor(Math.Log10(step) + 1e-9));
        return value.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }
}
