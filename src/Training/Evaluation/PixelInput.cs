using System.Globalization;

namespace NegSamples.Training.Evaluation;

/// <summary>How a network wants its pixels: <c>(scale·p − mean) / deviation</c> of each colour p, 0 to 1, of the central square of an image that is resized.</summary>
/// <param name="Size">Rows and columns.</param>
/// <param name="Channels">The order of the colours, <see cref="Rgb"/> or <see cref="Bgr"/>.</param>
/// <param name="Scale">What white is: 1 or 255.</param>
/// <param name="Mean">What is taken off, of red, green and blue, whatever the order.</param>
/// <param name="Deviation">What it is divided by.</param>
/// <param name="Layout">The order of the axes, <see cref="ChannelsFirst"/> or <see cref="ChannelsLast"/>.</param>
internal sealed record PixelInput(
    int Size, string Channels, double Scale, IReadOnlyList<double> Mean, IReadOnlyList<double> Deviation, string Layout)
{
    /// <summary>A value of <see cref="Channels"/>.</summary>
    public const string Rgb = "rgb", Bgr = "bgr";

    /// <summary>A value of <see cref="Layout"/>.</summary>
    public const string ChannelsFirst = "nchw", ChannelsLast = "nhwc";

    /// <summary>What is wrong with it, a clause; null where nothing is.</summary>
    public string? Fault =>
        Size is < 1 or > 4096 ? Say("size", Size, "1 to 4096 pixels")
        : Channels is not (Rgb or Bgr) ? $"`channels` is {Channels}; expected {Rgb} or {Bgr}"
        : Layout is not (ChannelsFirst or ChannelsLast) ? $"`layout` is {Layout}; expected {ChannelsFirst} or {ChannelsLast}"
        : !(Scale > 0 && double.IsFinite(Scale)) ? Say("pixelScale", Scale, "a number above 0: 1 or 255")
        : Mean is not { Count: 3 } || Mean.Any(value => !double.IsFinite(value)) ? $"`pixelMean` is {Text(Mean)}; expected three numbers, of red, green and blue"
        : Deviation is not { Count: 3 } || Deviation.Any(value => !(value > 0 && double.IsFinite(value)))
            ? $"`pixelDeviation` is {Text(Deviation)}; expected three numbers above 0, of red, green and blue"
        : null;

    /// <summary>All of it, for a person.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Size} x {Size} pixels, {Channels}, {Layout}, 0 to {Scale}, minus {Text(Mean)}, divided by {Text(Deviation)}");

    private static string Say(string name, double value, string expected) => string.Create(CultureInfo.InvariantCulture, $"`{name}` is {value}; expected {expected}");

    private static string Text(IReadOnlyList<double>? values) =>
        values is null ? "nothing" : string.Join(",", values.Select(value => value.ToString(CultureInfo.InvariantCulture)));
}
