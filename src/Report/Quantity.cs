using NegSamples.Study.Sweep;

namespace NegSamples.Report;

/// <summary>How a quantity is written.</summary>
internal enum QuantityKind
{
    /// <summary>A proportion of images, in per cent with one decimal.</summary>
    Accuracy,

    /// <summary>A probability, which may be very small.</summary>
    Probability,

    /// <summary>A loss, or a part of one, in nats, or a similarity: three significant digits.</summary>
    Number,
}

/// <summary>A value of one run; +∞ where it is a vacuous bound.</summary>
/// <param name="Value">The value.</param>
/// <param name="Lower">Lower end of its 95 % interval, where there is one.</param>
/// <param name="Upper">Upper end.</param>
internal readonly record struct Measured(double Value, double? Lower = null, double? Upper = null);

/// <summary>Something that was measured, or is known, for each run.</summary>
/// <param name="Key">Its name in files: the paper's where it has one.</param>
/// <param name="Label">Its name in tables; <c>L_{Info}</c> sets a subscript.</param>
/// <param name="Kind">How it is written.</param>
/// <param name="Of">Its value for a run; null where it was not measured.</param>
internal sealed record Quantity(string Key, string Label, QuantityKind Kind, Func<RunData, Measured?> Of)
{
    /// <summary>Over the seeds at one value of the axis; null where it was not measured.</summary>
    public Spread? At(SweepData data, int value) => Spread.Of(data.At(value).Select(Of).OfType<Measured>().Select(measured => measured.Value));

    /// <summary>Over the seeds, as text; "–" where it was not measured.</summary>
    public string TextAt(SweepData data, int value) => Numbers.Text(Kind, At(data, value));
}
