namespace NegSamples.Report;

/// <summary>A sweep's report, before it is written in one of the formats.</summary>
/// <param name="Title">Its title.</param>
/// <param name="Subtitle">The sweep in one line.</param>
/// <param name="Facts">What was run: names and values.</param>
/// <param name="Commands">Command lines that do it again.</param>
/// <param name="Missing">What is not there yet.</param>
/// <param name="Findings">What the numbers say, in sentences.</param>
/// <param name="Sections">Figures and tables.</param>
internal sealed record StudyReport(
    string Title, string Subtitle, IReadOnlyList<KeyValuePair<string, string>> Facts, IReadOnlyList<string> Commands, IReadOnlyList<string> Missing,
    IReadOnlyList<string> Findings, IReadOnlyList<ReportSection> Sections);

/// <summary>A part of the report.</summary>
/// <param name="Name">A short key, unique in the report.</param>
/// <param name="Title">Its heading.</param>
/// <param name="Text">Paragraphs below the heading.</param>
/// <param name="Figures">Its figures.</param>
/// <param name="Tables">Its tables.</param>
internal sealed record ReportSection(string Name, string Title, IReadOnlyList<string> Text, IReadOnlyList<ReportFigure> Figures,
    IReadOnlyList<ReportTable> Tables);

/// <summary>A figure.</summary>
/// <param name="Svg">The drawing.</param>
/// <param name="Caption">What it shows.</param>
/// <param name="IsHalf">Whether two fit side by side on a wide screen.</param>
/// <param name="Points">Points that tell what they are when they are pointed at; null for none.</param>
internal sealed record ReportFigure(string Svg, string Caption, bool IsHalf = false, IReadOnlyList<PointedSample>? Points = null);

/// <summary>A point of a figure that tells what it is.</summary>
/// <param name="X">Horizontal place in the drawing's own pixels.</param>
/// <param name="Y">Vertical place.</param>
/// <param name="Text">What it tells.</param>
internal readonly record struct PointedSample(double X, double Y, string Text);
