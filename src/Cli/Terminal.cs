using System.Globalization;
using NegSamples.Report;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>Where a command writes, and how it is asked to stop.</summary>
/// <param name="Console">Tables, progress and text for a person.</param>
/// <param name="Output">Plain text for programs.</param>
/// <param name="Error">Errors and warnings.</param>
/// <param name="Stop">Is cancelled by the first Ctrl-C, SIGTERM or SIGHUP.</param>
public sealed record Terminal(IAnsiConsole Console, TextWriter Output, TextWriter Error, CancellationToken Stop)
{
    /// <summary>Whether a display may be redrawn in place.</summary>
    public bool IsInteractive => Console.Profile.Out.IsTerminal && Console.Profile.Capabilities.Interactive;

    /// <summary>The settings that a file gave, not a flag: messages call them as the file does.</summary>
    public ISet<string> FileSettings { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>An empty table: with a drawn border on a terminal, in plain characters elsewhere.</summary>
    public Table NewTable() => new Table().Border(IsInteractive ? TableBorder.Rounded : TableBorder.Ascii);

    /// <summary>Writes a line of text as it is, brackets included.</summary>
    /// <param name="text">The line.</param>
    public void Say(FormattableString text) => Console.WriteLine(Harmless.Text(text.ToString(CultureInfo.InvariantCulture), lines: true));

    /// <summary>Writes an error or a warning.</summary>
    /// <param name="message">What is wrong and what it should be; settings in backticks are printed as the user gave them.</param>
    public void Fail(string message) => Error.WriteLine("negsamples: " + Harmless.Text(SettingNames.Say(message, FileSettings), lines: true));
}
