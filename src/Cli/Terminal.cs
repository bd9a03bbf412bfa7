using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Report;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>Where a command writes, and how it is asked to stop.</summary>
/// <param name="Console">Tables, progress and text for a person.</param>
/// <param name="Output">Plain text for programs.</param>
/// <param name="Error">Errors and warnings.</param>
/// <param name="Stop">Is cancelled by the first Ctrl-C, SIGTERM, SIGHUP or SIGUSR1.</param>
public sealed record Terminal(IAnsiConsole Console, TextWriter Output, TextWriter Error, CancellationToken Stop)
{
    /// <summary>Who started this process as one of several ranks; null where it is alone. Of ranks only the first is given writers that print.</summary>
    public Launcher? Launcher { get; init; }

    /// <summary>Where a rank says why it has ended all, though it be not the first.</summary>
    public TextWriter RankError { get; init; } = Error;

    /// <summary>Whether a display may be redrawn in place: never under a launcher, which joins the lines of all ranks.</summary>
    public bool IsInteractive => Launcher is null && Console.Profile.Out.IsTerminal && Console.Profile.Capabilities.Interactive;

    /// <summary>The settings that a file gave, not a flag: messages call them as the file does.</summary>
    public ISet<string> FileSettings { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The verbs that serve the ranks of a launcher, in the order of the help; all others refuse them.</summary>
    public IList<string> RankVerbs { get; } = [];

    /// <summary>An empty table: with a drawn border on a terminal, in plain characters elsewhere.</summary>
    public Table NewTable() => new Table().Border(IsInteractive ? TableBorder.Rounded : TableBorder.Ascii);

    /// <summary>Writes a line of text as it is, brackets included.</summary>
    /// <param name="text">The line.</param>
    public void Say(FormattableString text) => Console.WriteLine(Harmless.Text(text.ToString(CultureInfo.InvariantCulture), lines: true));

    /// <summary>Writes an error or a warning.</summary>
    /// <param name="message">What is wrong and what it should be; settings in backticks are printed as the user gave them.</param>
    public void Fail(string message) => Error.WriteLine(Line(message));

    /// <summary>Writes an error of one rank, with its number.</summary>
    /// <param name="rank">The rank.</param>
    /// <param name="message">As of <see cref="Fail"/>.</param>
    public void FailOfRank(int rank, string message) => RankError.WriteLine(Line(string.Create(CultureInfo.InvariantCulture, $"rank {rank}: {message}")));

    private string Line(string message) => "negsamples: " + Harmless.Text(SettingNames.Say(message, FileSettings), lines: true);
}
