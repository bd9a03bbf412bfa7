using System.CommandLine;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Settings;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary>The command line: its verbs, and what becomes of their exceptions.</summary>
public static class CommandLine
{
    // Columns of a line when the output is no terminal: tables and messages must not be broken at 80.
    private const int PlainWidth = 200;

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
        Launcher? launcher = Launcher.Find();
        (output, error) = launcher is { Rank: > 0 } ? (TextWriter.Null, TextWriter.Null) : (patientOutput, patientError);
        AnsiConsoleSettings settings = new() { Out = new ConsoleStream(stream, output) };
        if (launcher is not null) (settings.Ansi, settings.ColorSystem, settings.Interactive) = (AnsiSupport.No, ColorSystemSupport.NoColors, InteractionSupport.No);
        IAnsiConsole console = AnsiConsole.Create(settings);
        console.Pipeline.Attach(new HarmlessConsole());
        if (launcher is not null || !console.Profile.Out.IsTerminal) console.Profile.Width = PlainWidth;
        Terminal terminal = new(console, output, error, interruption.Token) { Launcher = launcher, RankError = patientError };
        ParseResult parsed = Root(terminal).Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (System.CommandLine.Parsing.ParseError fault in parsed.Errors) terminal.Fail(fault.Message);
            foreach (string advice in Spelling.Advice(parsed)) terminal.Fail(advice);
            error.WriteLine("Try: negsamples --help");
            return ExitCode.Usage;
        }

        // The interruption is handled by this program: null keeps the library from ending the process after 2 seconds, in the middle of a save.
        int code = await parsed.InvokeAsync(
            new InvocationConfiguration { Output = output, Error = error, ProcessTerminationTimeout = null, EnableDefaultExceptionHandler = false },
            CancellationToken.None);
        if (patientOutput.Lost == 0 || code != ExitCode.Ok) return code;
        terminal.Fail($"standard output could not be written: {patientOutput.Reason}");
        return LeavesFiles(parsed) ? code : ExitCode.Failure;
    }

    /// <summary>Whether the result is in files, and what is printed besides tells how it went.</summary>
    private static bool LeavesFiles(ParseResult parsed)
    {
        Command command = parsed.CommandResult.Command;
        bool runs = parsed.Action == command.Action; // not the help or the version in its place
        return runs && (command is RootCommand || command.Name is "sweep" or "features" or "embed" or "export" or "report" || (command.Name == "train" && !TrainCommand.OnlyPlans(parsed)));
    }

    /// <summary>All verbs.</summary>
    internal static RootCommand Root(Terminal terminal)
    {
        RootCommand root = new($"""
            NegSamples trains encoders by contrastive learning with K negatives, and measures what the negatives do.

            Without a command: a quickstart of about two minutes on built-in pictures. Examples:
              negsamples train --data cifar-10-binary.tar.gz --epochs 30 --output runs/cifar
              negsamples train --resume runs/cifar
              negsamples eval runs/cifar
              negsamples bound runs/cifar
              negsamples coupon --classes 100 --draws 32..1024
              negsamples similarity --keys 4096..1048576 --method both --plot similarity.svg

            {ExitCode.Help}
            """)
        {
            TrainCommand.Create(terminal), VerifyCommand.Create(terminal), ReplayCommand.Create(terminal), EvalCommand.Create(terminal), SweepCommand.Create(terminal), NeighboursCommand.Create(terminal), ViewsCommand.Create(terminal), ReportCommand.Create(terminal),
            BoundCommand.Create(terminal), CollisionCommand.Create(terminal), FeaturesCommand.Create(terminal), EmbedCommand.Create(terminal), ExportCommand.Create(terminal), CouponCommand.Create(terminal),
            SimilarityCommand.Create(terminal), DevicesCommand.Create(terminal), DoctorCommand.Create(terminal),
        };
        root.SetAction((_, _) => Guard(terminal, () => QuickstartCommand.Run(terminal)));
        NumberParsing.Install(root);
        return root;
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
            (int code, string message) = Failure(exception);
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
            (int code, string message) = Failure(exception);
            Ranks.EndAll(terminal, ranks, code, message);
            return code;
        }
    });

    private static (int Code, string Message) Failure(Exception exception)
    {
        int? code = exception switch
        {
            OperationCanceledException => ExitCode.Interrupted,
            SettingsException => ExitCode.Usage,
            BadDataException => ExitCode.BadData,
            DeviceException or OutOfMemoryException => ExitCode.Device,
            NonFiniteLossException or NotFiniteNumberException => ExitCode.NonFiniteLoss,
            IOException or UnauthorizedAccessException => ExitCode.Failure,
            _ => null,
        };
        string message = exception switch
        {
            OutOfMemoryException => "the system refused the memory that this takes; lower `batchSize`, `imageSize` or `embeddingDimension`, or allow more.",
            OperationCanceledException => "interrupted.",
            _ => code is null ? InternalError.Describe(exception) : exception.Message,
        };
        return (code ?? ExitCode.Failure, message);
    }
}
