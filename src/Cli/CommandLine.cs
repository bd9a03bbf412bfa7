using System.CommandLine;
using System.CommandLine.Help;
using System.Diagnostics;
using System.Globalization;
using NegSamples.Cli.Help;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Settings;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>The command line: its verbs, and what becomes of their exceptions.</summary>
public static class CommandLine
{
    // Columns of a line when the output is no terminal: a row of a table is one line, however long it is.
    private const int PlainWidth = 1 << 15;

    // A path may begin with @, which the library would take for a file of arguments.
    private static readonly ParserConfiguration Literal = new() { ResponseFileTokenReplacer = null };

    private const string QuietFlag = "--quiet", VerboseFlag = "--verbose";

    /// <summary>Runs one command.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="output">Receives what the user asked for.</param>
    /// <param name="error">Receives messages of errors and warnings.</param>
    /// <param name="stop">Asks to stop, as Ctrl-C does.</param>
    /// <returns>An <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, TextWriter output, TextWriter error, CancellationToken stop = default)
    {
        using Interruption interruption = new(stop);
        AnsiConsoleOutput stream = new(output);
        using PatientWriter patientOutput = new(output), patientError = new(error);
        Launcher? launcher = LauncherVariables.Find(Environment.GetEnvironmentVariable, out string? launcherFault);
        (output, error) = launcher is { Rank: > 0 } ? (TextWriter.Null, TextWriter.Null) : (patientOutput, patientError);
        AnsiConsoleSettings settings = new() { Out = new ConsoleStream(stream, output) };
        if (launcher is not null) (settings.Ansi, settings.ColorSystem, settings.Interactive) = (AnsiSupport.No, ColorSystemSupport.NoColors, InteractionSupport.No);
        IAnsiConsole console = AnsiConsole.Create(settings);
        console.Pipeline.Attach(new HarmlessConsole());
        if (launcher is null && int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out int columns) && columns > 0)
            console.Profile.Width = columns;
        else if (launcher is not null || !console.Profile.Out.IsTerminal) console.Profile.Width = PlainWidth;
        Terminal terminal = new(console, output, error, interruption.Token) { Launcher = launcher, RankError = patientError };
        if (launcherFault is not null)
        {
            terminal.Fail(launcherFault);
            return ExitCode.Usage;
        }

        // Making all verbs takes longer than a small piece of work: the help and the messages of faults, and of ranks, know them all.
        ParseResult parsed = Root(terminal, launcher is null && !arguments.Any(IsOfHelp) ? arguments.FirstOrDefault() : null).Parse(arguments, Literal);
        if (parsed.Errors.Count > 0) parsed = Root(terminal).Parse(arguments, Literal);
        if (parsed.Errors.Count > 0)
        {
            foreach (string fault in Spelling.Faults(parsed)) terminal.Fail(fault);
            error.WriteLine($"Try: negsamples {(parsed.CommandResult.Command is RootCommand ? "" : parsed.CommandResult.Command.Name + " ")}--help");
            return ExitCode.Usage;
        }

        try
        {
            (terminal.Talk, terminal.IsJson) = (TalkOf(parsed), JsonOption.IsAsked(parsed));
            OutputGuard.Check(parsed);
        }
        catch (SettingsException fault)
        {
            terminal.Fail(fault.Message);
            return ExitCode.Usage;
        }

        foreach (string warning in EnvironmentVariables.Warnings(Environment.GetEnvironmentVariables().Keys.Cast<string>())) terminal.Fail(warning);

        // The interruption is handled by this program: null keeps the library from ending the process after 2 seconds, in the middle of a save.
        long start = Stopwatch.GetTimestamp();
        int code = await parsed.InvokeAsync(
            new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false },
            CancellationToken.None);
        terminal.Detail($"all took {Stopwatch.GetElapsedTime(start).TotalSeconds:F2} s; exit code {code}");
        if (patientOutput.Lost == 0 || code != ExitCode.Ok) return code;
        terminal.Fail($"standard output could not be written: {patientOutput.Reason}");
        return LeavesFiles(parsed) ? code : ExitCode.Failure;
    }

    private static bool IsOfHelp(string word) => word is "--help" or "-h" or "-?" or "/h" or "/?";

    /// <summary>Whether the result is in files, and what is printed besides tells how it went.</summary>
    private static bool LeavesFiles(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        bool runs = parsed.Action == command.Action; // not the help or the version in its place
        return runs && (command is RootCommand || command.Name is "sweep" or "features" or "embed" or "export" or "report" || (command.Name == "train" && !TrainCommand.OnlyPlans(parsed)));
    }

    /// <summary>All verbs, or one.</summary>
    /// <param name="terminal">Where they write.</param>
    /// <param name="only">The verb to make alone; all are made where it is none.</param>
    internal static RootCommand Root(Terminal terminal, string? only = null)
    {
        RootCommand root = new("""
            Trains encoders by contrastive learning, and measures what the K negatives do.

            Without a command: a quickstart of about two minutes on built-in pictures.
            """);
        (string Group, (string Name, Func<Command> Create)[] Verbs)[] groups =
        [
            ("Start", [("train", () => TrainCommand.Create(terminal)), ("init", () => InitCommand.Create(terminal)), ("views", () => ViewsCommand.Create(terminal))]),
            ("Measure", [("eval", () => EvalCommand.Create(terminal)), ("bound", () => BoundCommand.Create(terminal)),
                ("collision", () => CollisionCommand.Create(terminal)), ("neighbours", () => NeighboursCommand.Create(terminal))]),
            ("Exchange", [("features", () => FeaturesCommand.Create(terminal)), ("embed", () => EmbedCommand.Create(terminal)),
                ("export", () => ExportCommand.Create(terminal))]),
            ("Many runs", [("sweep", () => SweepCommand.Create(terminal)), ("report", () => ReportCommand.Create(terminal))]),
            ("Theory", [("coupon", () => CouponCommand.Create(terminal)), ("similarity", () => SimilarityCommand.Create(terminal))]),
            ("Tools", [("verify", () => VerifyCommand.Create(terminal)), ("replay", () => ReplayCommand.Create(terminal)),
                ("devices", () => DevicesCommand.Create(terminal)), ("doctor", () => DoctorCommand.Create(terminal)),
                ("completion", () => CompletionCommand.Create(terminal, () => Root(terminal))), ("man", () => ManCommand.Create(terminal, () => Root(terminal)))]),
        ];
        bool isOne = groups.Any(group => group.Verbs.Any(verb => verb.Name == only));
        foreach ((string group, (string Name, Func<Command> Create)[] verbs) in groups)
            foreach ((string name, Func<Command> create) in verbs)
                if (!isOne || name == only) root.Subcommands.Add(SymbolGroups.In(create(), group));
        root.Options.Add(new Option<bool>(QuietFlag, "-q") { Description = "Print results, warnings and errors only.", Recursive = true });
        root.Options.Add(new Option<bool>(VerboseFlag, "-v") { Description = "Also print, on standard error, how long each stage takes and the trace of an internal error.", Recursive = true });
        Option help = root.Options.OfType<HelpOption>().Single(), version = root.Options.OfType<VersionOption>().Single();
        (help.Action, help.Description) = (new HelpPageAction(terminal, root), "Print the help of a command.");
        (version.Action, version.Description) = (new VersionAction(terminal, () => Devices.TryOpenGpu(new GpuRequest(Precision.BFloat16))), "Print the version, the runtime and the devices.");
        root.SetAction((_, _) => Guard(terminal, () => QuickstartCommand.Run(terminal)));
        NumberParsing.Install(root);
        return root;
    }

    /// <summary>What a command line says of how much to say.</summary>
    /// <exception cref="SettingsException">It says two things.</exception>
    private static Talk TalkOf(ParseResult parsed)
    {
        bool isQuiet = parsed.GetValue<bool>(QuietFlag), isVerbose = parsed.GetValue<bool>(VerboseFlag);
        if (isQuiet && isVerbose) throw new SettingsException($"{QuietFlag} and {VerboseFlag} are both given; expected one of them.");
        return isQuiet ? Talk.Quiet : isVerbose ? Talk.Verbose : Talk.Usual;
    }

    /// <summary>Runs a verb off the caller's thread and turns its exceptions into a message and an exit code. Under a launcher it is refused: each rank would do all of it.</summary>
    internal static Task<int> Guard(Terminal terminal, Func<int> verb) => Task.Run(() =>
    {
        try
        {
            Ranks.RefuseLauncher(terminal);
            return verb();
        }
        catch (Exception exception)
        {
            (int code, string message) = Failure(terminal, exception);
            terminal.Fail(message);
            return code;
        }
    });

    /// <summary>Makes a verb one that serves the ranks of a launcher, on all of which it runs.</summary>
    internal static void ServeRanks(Terminal terminal, Command command, Func<ParseResult, Ranks, int> verb)
    {
        terminal.RankVerbs.Add(command.Name);
        command.SetAction((parsed, _) => Guard(terminal, ranks => verb(parsed, ranks)));
    }

    /// <summary>Runs a verb that knows ranks on all of them. An exception on one ends all.</summary>
    private static Task<int> Guard(Terminal terminal, Func<Ranks, int> verb) => Task.Run(() =>
    {
        Ranks? ranks = null;
        try
        {
            ranks = Ranks.Open(terminal);
            int code = verb(ranks);
            ranks.Dispose();
            return code;
        }
        catch (Exception exception)
        {
            (int code, string message) = Failure(terminal, exception);
            Ranks.EndAll(terminal, ranks, code, message);
            return code;
        }
    });

    private static (int Code, string Message) Failure(Terminal terminal, Exception exception)
    {
        string? missing = MissingLibrary.Describe(exception);
        int? code = exception switch
        {
            OperationCanceledException => ExitCode.Interrupted,
            SettingsException => ExitCode.Usage,
            BadDataException => ExitCode.BadData,
            DeviceException or OutOfMemoryException => ExitCode.Device,
            NonFiniteLossException or NotFiniteNumberException => ExitCode.NonFiniteLoss,
            IOException or UnauthorizedAccessException => ExitCode.Failure,
            _ => missing is null ? null : ExitCode.Device,
        };
        string message = exception switch
        {
            OutOfMemoryException => "the system refused the memory that this takes; lower `batchSize`, `imageSize` or `embeddingDimension`, or allow more.",
            OperationCanceledException => "interrupted.",
            DeviceException => exception.Message,
            _ => missing ?? (code is null ? InternalError.Describe(exception) : exception.Message),
        };
        if (code is null) terminal.Detail($"{exception}");
        return (code ?? ExitCode.Failure, message);
    }
}
