namespace NegSamples.Report;

/// <summary>How a report is written.</summary>
public enum ReportFormat
{
    /// <summary>One page with figures and tables that needs no network.</summary>
    Html,

    /// <summary>The tables in Markdown.</summary>
    Markdown,

    /// <summary>The tables in LaTeX, with the package booktabs.</summary>
    Latex,

    /// <summary>Every number of every run, a line each.</summary>
    Csv,
}
