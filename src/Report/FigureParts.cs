using NegSamples.Report.Plots;
using NegSamples.Study.Sweep;

namespace NegSamples.Report;

/// <summary>What the figures against K have in common.</summary>
internal static class FigureParts
{
    /// <summary>Size of a figure that shares its row with another, in pixels.</summary>
    public const int HalfWidth = 520, HalfHeight = 380;

    /// <summary>Size of a figure that has its row for itself.</summary>
    public const int FullWidth = 860, FullHeight = 440;

    /// <summary>Height of the map, which is nearly square.</summary>
    public const int MapHeight = 600;

    public static Axis AxisOf(SweepData data) => new(data.AxisTitle, IsLogarithmic: data.Values.Count > 1 && data.Manifest.Axis != SweepAxis.Loss);

    public static IReadOnlyList<double> Ticks(SweepData data) => [.. data.Values.Select(value => data.Position(value))];

    /// <summary>A quantity against K; NaN where it is missing, vacuous or above a limit.</summary>
    public static Series SeriesOf(SweepData data, Quantity quantity, string name, double scale = 1, double limit = double.PositiveInfinity)
    {
        Spread?[] points = [.. data.Values.Select(value => quantity.At(data, value))];
        double[] means = [.. points.Select(point => point is { Vacuous: 0 } spread && spread.Mean <= limit ? scale * spread.Mean : double.NaN)];
        bool hasSpread = points.Any(point => point?.Deviation is not null);
        return new Series(name, [.. Ticks(data)], means, hasSpread ? [.. points.Select(point => scale * (point?.Deviation ?? 0))] : null);
    }
}
