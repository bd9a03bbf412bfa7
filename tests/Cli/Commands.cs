using System.CommandLine;
using NegSamples.Cli;
using Spectre.Console;

namespace NegSamples.Tests.Cli;

/// <summary>Runs commands of the program in this process.</summary>
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

    /// <summary>The program's tree of verbs and flags.</summary>
    public static RootCommand Root()
    {
        StringWriter nothing = new();
        return CommandLine.Root(new Terminal(AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(nothing) }), nothing, nothing, default));
    }

    /// <summary>All verbs, hidden ones too.</summary>
    public static IReadOnlyList<string> Verbs() => [.. Root().Subcommands.Select(verb => verb.Name)];
}
