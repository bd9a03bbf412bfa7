namespace NegSamples.Report.Plots;

/// <summary>An axis of a figure.</summary>
/// <param name="Label">What it shows, with the unit: "loss (nats)".</param>
/// <param name="IsLogarithmic">Whether it is logarithmic, base 10; values that are not above 0 then have no place on it.</param>
public sealed record Axis(string Label, bool IsLogarithmic = false);

/// <summary>A row of points that share a color and a name.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="X">[n] horizontal positions.</param>
/// <param name="Y">[n] values; NaN or infinity is no point, and a line breaks there.</param>
/// <param name="Spread">[n] half-lengths of error bars in the unit of Y; null or NaN for none.</param>
public sealed record Series(string Name, double[] X, double[] Y, double[]? Spread = null);

/// <summary>What a figure of lines shows.</summary>
/// <param name="Title">Its title.</param>
/// <param name="X">The horizontal axis.</param>
/// <param name="Y">The vertical axis at the left.</param>
/// <param name="Series">What belongs to the left axis.</param>
/// <param name="Right">A second vertical axis at the right; null for none.</param>
/// <param name="RightSeries">What belongs to the right axis.</param>
public sealed record Figure(string Title, Axis X, Axis Y, IReadOnlyList<Series> Series, Axis? Right = null, IReadOnlyList<Series>? RightSeries = null);
