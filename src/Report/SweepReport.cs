using NegSamples.Study.Embeddings;
using NegSamples.Study.Sweep;

namespace NegSamples.Report;

/// <summary>The report of a sweep.</summary>
public static class SweepReport
{
    /// <summary>The report of a sweep's folder as text. The same sweep gives the same text.</summary>
    /// <param name="sweep">The folder, as <c>negsamples sweep</c> has left it.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="baselines">Folders of evaluated runs that it is compared with; null for none.</param>
    /// <param name="stop">Ends it.</param>
    /// <remarks>A folder that is no sweep, a sweep without a finished run and damaged files are refused, by a message that names them.</remarks>
    public static string Write(string sweep, ReportFormat format, IReadOnlyList<string>? baselines = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(sweep);
        return Write(SweepData.Load(sweep, baselines), format, flagOf: null, stop);
    }

    /// <summary>The report as text.</summary>
    /// <param name="data">The sweep.</param>
    /// <param name="format">How it is written.</param>
    /// <param name="flagOf">What the command line calls a setting, for the commands that make the sweep again; null takes the settings' own names.</param>
    /// <param name="stop">Ends it.</param>
    /// <remarks>Figures are drawn from the features of two runs; damaged ones are refused as <see cref="EmbeddingSample.Load"/> says.</remarks>
    internal static string Write(SweepData data, ReportFormat format, Func<string, string>? flagOf = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        flagOf ??= name => name;
        return Write(format, () => ReportBuilder.Build(data, format, flagOf, stop), () => CsvWriter.Write(data));
    }

    /// <summary>A report in one of the formats.</summary>
    internal static string Write(ReportFormat format, Func<StudyReport> build, Func<string> table) => format switch
    {
        ReportFormat.Html => HtmlWriter.Write(build()),
        ReportFormat.Markdown => MarkdownWriter.Write(build()),
        ReportFormat.Latex => LatexWriter.Write(build()),
        ReportFormat.Csv => table(),
        _ => throw new ArgumentOutOfRangeException(nameof(format), format, "format is not one of the formats of a report."),
    };

    /// <summary>The ending of a format's files: ".html", ".md", ".tex" or ".csv".</summary>
    /// <param name="format">The format.</param>
    public static string Extension(ReportFormat format) => format switch
    {
        ReportFormat.Html => ".html",
        ReportFormat.Markdown => ".md",
        ReportFormat.Latex => ".tex",
        _ => ".csv",
    };
}
