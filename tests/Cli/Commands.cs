using System.CommandLine;
using System.Diagnostics;
using NegSamples.Cli;
using Spectre.Console;

namespace NegSamples.Tests.Cli;

/// <summary>Runs commands of the program, in this process or in one of their own.</summary>
internal static class Commands
{
    public static Task<(int Code, string Output, string Error)> Run(params string[] arguments) => Run(default, arguments);

    /// <summary>As the other, stopped by a token as by Ctrl-C.</summary>
    public static async Task<(int Code, string Output, string Error)> Run(CancellationToken stop, params string[] arguments)
    {
        StringWriter output = new(), error = new();
        int code = await CommandLine.RunAsync(arguments, output, error, stop);
        return (code, output.ToString(), error.ToString());
    }

    /// <summary>Starts the program as a process of its own that Ctrl-C ends; what it writes is read by the test.</summary>
    public static Process Start(params string[] arguments)
    {
        // A job in the background ignores Ctrl-C, and what it starts does so too unless it is told otherwise.
        string[] program = ["dotnet", typeof(CommandLine).Assembly.Location, .. arguments];
        ProcessStartInfo start = OperatingSystem.IsLinux() ? new("env", ["--default-signal=INT,HUP", .. program]) : new(program[0], program[1..]);
        (start.RedirectStandardOutput, start.RedirectStandardError) = (true, true);
        return Process.Start(start)!;
    }

    /// <summary>The program's tree of verbs and flags.</summary>
    /// <param name="only">The verb that it has alone; null for all.</param>
    public static RootCommand Root(string? only = null)
    {
        StringWriter nothing = new();
        return CommandLine.Root(new Terminal(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(nothing) }), nothing, nothing, default), only);
    }

    /// <summary>All verbs, hidden ones too.</summary>
    public static IReadOnlyList<string> Verbs() => [.. Root().Subcommands.Select(verb => verb.Name)];
}
