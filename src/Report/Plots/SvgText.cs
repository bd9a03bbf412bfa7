namespace NegSamples.Report.Plots;

/// <summary>Which end of a text its place is.</summary>
internal enum Anchor
{
    Start,
    Middle,
    End,
}

/// <summary>A text of a figure.</summary>
/// <param name="Text">What it says.</param>
/// <param name="X">Pixels from the left.</param>
/// <param name="Y">Baseline, in pixels from the top.</param>
/// <param name="FontSize">Pixels.</param>
/// <param name="Anchor">Which end is at X.</param>
/// <param name="Angle">Degrees it is turned clockwise about its place.</param>
/// <param name="IsBold">Whether it is bold.</param>
/// <param name="IsOnData">Whether it lies where data are drawn, and needs a rim of the background's color to be read.</param>
internal sealed record SvgText(string Text, double X, double Y, double FontSize, Anchor Anchor, double Angle = 0, bool IsBold = false, bool IsOnData = false);
