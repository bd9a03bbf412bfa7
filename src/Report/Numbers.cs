using System.Globalization;

namespace NegSamples.Report;

/// <summary>Numbers as a reader sees them.</summary>
internal static class Numbers
{
    /// <summary>Where there is no number.</summary>
    public const string None = "–";

    /// <summary>A bound that bounds nothing.</summary>
    public const string Vacuous = "vacuous";

    private const string Superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹";
    private const int Significant = 3;

    // What differs by less between seeds, relative to its size, is a constant with rounding.
    private const double Exact = 1e-12;

    /// <summary>Mean and spread over the seeds.</summary>
    public static string Text(QuantityKind kind, Spread? spread) => spread switch
    {
        null => None,
        { Vacuous: > 0 } some when some.Vacuous == some.Count => Vacuous,
        { Vacuous: > 0 } some => string.Create(CultureInfo.InvariantCulture, $"{Vacuous} ({some.Vacuous} of {Counted.Of(some.Count, "seed")})"),
        { } some => kind switch
        {
            QuantityKind.Accuracy => WithSpread(100 * some.Mean, 100 * some.Deviation, 1),
            QuantityKind.Probability => Probability(some.Mean),
            _ => Number(some.Mean, some.Deviation > Exact * Math.Abs(some.Mean) ? some.Deviation : null),
        },
    };

    /// <summary>Three significant digits, with a spread of the same decimals; powers of ten for what is very large or small.</summary>
    public static string Number(double value, double? deviation = null)
    {
        if (double.IsPositiveInfinity(value)) return Vacuous;
        if (!double.IsFinite(value)) return None;
        if (value == 0) return deviation > 0 ? WithSpread(0, deviation, 2) : "0";
        int exponent = Exponent(value);
        if (exponent is >= -3 and < 5)
        {
            double step = Math.Pow(10, Math.Max(0, exponent - Significant + 1));
            return WithSpread(Math.Round(value / step) * step, deviation, Math.Max(0, Significant - 1 - exponent), value);
        }

        double scale = Math.Pow(10, exponent);
        string mantissa = WithSpread(value / scale, deviation / scale, Significant - 1);
        return $"{(deviation is null ? mantissa : $"({mantissa})")}×10{Superscript(exponent)}";
    }

    /// <summary>A probability: four decimals, or what is missing to 1, or a power of ten.</summary>
    public static string Probability(double value)
    {
        if (!double.IsFinite(value)) return None;
        if (value is 0 or 1) return value.ToString("F0", CultureInfo.InvariantCulture);
        if (value < 1e-3) return Number(value);
        return 1 - value < 1e-3 ? "1 − " + Number(1 - value) : value.ToString("F4", CultureInfo.InvariantCulture);
    }

    /// <summary>A count.</summary>
    public static string Whole(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>A proportion in per cent with one decimal, without the sign.</summary>
    public static string Percent(double proportion) => (100 * proportion).ToString("F1", CultureInfo.InvariantCulture);

    /// <summary>Seconds as hours, minutes or seconds.</summary>
    public static string Duration(double seconds) => seconds switch
    {
        >= 5400 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 3600:F1} h"),
        >= 90 => string.Create(CultureInfo.InvariantCulture, $"{seconds / 60:F0} min"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds:F0} s"),
    };

    /// <summary>The decimal exponent after rounding to three significant digits: that of 9.999 is 1.</summary>
    private static int Exponent(double value)
    {
        string scientific = Math.Abs(value).ToString("E2", CultureInfo.InvariantCulture);
        return int.Parse(scientific.AsSpan(scientific.IndexOf('E', StringComparison.Ordinal) + 1), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    private static string WithSpread(double value, double? deviation, int decimals, double? exact = null)
    {
        // The rounded value serves 1000 and more, where significant digits end before the decimal point.
        double shown = decimals > 0 ? exact ?? value : value;
        string format = (Math.Abs(shown) >= 10000 ? "N" : "F") + decimals.ToString(CultureInfo.InvariantCulture);
        string text = shown.ToString(format, CultureInfo.InvariantCulture).Replace('-', '−');
        return deviation is { } spread
            ? $"{text} ± {spread.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)}" : text;
    }

    private static string Superscript(int exponent) =>
        (exponent < 0 ? "⁻" : "") + string.Concat(Math.Abs(exponent).ToString(CultureInfo.InvariantCulture).Select(digit => Superscripts[digit - '0']));
}
