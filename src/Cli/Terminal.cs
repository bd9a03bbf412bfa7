using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
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
    internal Launcher? Launcher { get; init; }

    /// <summary>Where a rank says why it has ended all, though it be not the first.</summary>
    public TextWriter RankError { get; init; } = Error;

    /// <summary>When the program began, as <see cref="Stopwatch.GetTimestamp"/> has it: the clock of the day may be set while it runs.</summary>
    internal long Begun { get; } = Stopwatch.GetTimestamp();

    /// <summary>How much is said beside results and errors.</summary>
    public Talk Talk { get; set; } = Talk.Usual;

    /// <summary>Whether standard output has one JSON value and nothing else: what is said on the way goes to standard error.</summary>
    public bool IsJson { get; set; }

    /// <summary>Whether a display may be redrawn in place: never under a launcher, which joins the lines of all ranks.</summary>
    public bool IsInteractive => Launcher is null && !IsJson && Talk != Talk.Quiet && Console.Profile.Out.IsTerminal && Console.Profile.Capabilities.Interactive
        && Console.Profile.Capabilities.Ansi;

    /// <summary>The settings that a file gave, not a flag: messages call them as the file does.</summary>
    public ISet<string> FileSettings { get; } = new HashSet<string>(StringComparer.Ordinal);

    /// <summary>The verbs that serve the ranks of a launcher, in the order of the help; all others refuse them.</summary>
    public IList<string> RankVerbs { get; } = [];

    /// <summary>An empty table: with a drawn border on a terminal, in plain characters elsewhere.</summary>
    public Table NewTable() => new Table().Border(IsInteractive ? TableBorder.Rounded : TableBorder.Ascii);

    /// <summary>Writes a table that is a result: row by row on a terminal that is too narrow for it, and nothing where the result is JSON.</summary>
    /// <param name="table">The table.</param>
    public void Show(Table table)
    {
        if (!IsJson) Console.Write(NarrowTable.Fit(Console, table));
    }

    /// <summary>Writes a line of the result as it is, brackets included; nothing where the result is JSON.</summary>
    /// <param name="text">The line.</param>
    public void Say(FormattableString text)
    {
        if (!IsJson) Print(text);
    }

    /// <summary>Writes a line about the work, not its result: a plan, how far it is, what may be done next.</summary>
    /// <param name="text">The line.</param>
    public void Tell(FormattableString text)
    {
        if (Talk == Talk.Quiet) return;
        if (IsJson) Error.WriteLine(Harmless.Text(text.ToString(CultureInfo.InvariantCulture), lines: true));
        else Print(text);
    }

    /// <summary>The same on standard error, whatever the result is.</summary>
    /// <param name="line">The line.</param>
    public void Aside(string line)
    {
        if (Talk != Talk.Quiet) Error.WriteLine(Harmless.Text(line, lines: true));
    }

    /// <summary>Writes what only someone asks for who wants to know more.</summary>
    /// <param name="text">The line.</param>
    public void Detail(FormattableString text)
    {
        if (Talk == Talk.Verbose) Error.WriteLine(Line(text.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Does a stage of the work and says in detail how long it took.</summary>
    /// <param name="stage">What it is, a gerund.</param>
    /// <param name="work">The stage.</param>
    public T Timed<T>(string stage, Func<T> work)
    {
        ArgumentNullException.ThrowIfNull(work);
        long start = Stopwatch.GetTimestamp();
        T result = work();
        Detail($"{stage} took {Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s");
        return result;
    }

    /// <summary>Writes the result: as JSON where that is asked for, else as a person reads it.</summary>
    /// <param name="result">The result.</param>
    /// <param name="type">How it looks as JSON.</param>
    /// <param name="print">Prints it for a person.</param>
    public void Give<T>(T result, JsonTypeInfo<T> type, Action<T> print)
    {
        ArgumentNullException.ThrowIfNull(print);
        if (IsJson) Output.WriteLine(JsonSerializer.Serialize(result, type));
        else print(result);
    }

    private void Print(FormattableString text) => Console.WriteLine(Harmless.Text(text.ToString(CultureInfo.InvariantCulture), lines: true));

    /// <summary>Writes what the user should know, and may do without.</summary>
    /// <param name="message">As of <see cref="Fail"/>.</param>
    public void Note(string message)
    {
        if (Talk != Talk.Quiet) Fail(message);
    }

    /// <summary>Writes an error or a warning.</summary>
    /// <param name="message">What is wrong and what it should be; settings in backticks are printed as the user gave them.</param>
    public void Fail(string message) => Error.WriteLine(Line(message));

    /// <summary>Writes an error of one rank, with its number.</summary>
    /// <param name="rank">The rank.</param>
    /// <param name="message">As of <see cref="Fail"/>.</param>
    public void FailOfRank(int rank, string message) => RankError.WriteLine(Line(string.Create(CultureInfo.InvariantCulture, $"rank {rank}: {message}")));

    private string Line(string message) => "negsamples: " + Harmless.Text(SettingNames.Say(message, FileSettings), lines: true);
}
