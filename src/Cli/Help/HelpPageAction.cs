using System.CommandLine;
using System.CommandLine.Invocation;

namespace NegSamples.Cli.Help;

/// <summary>What <c>--help</c> does.</summary>
/// <param name="terminal">Where it is printed.</param>
/// <param name="root">The program.</param>
internal sealed class HelpPageAction(Terminal terminal, RootCommand root) : SynchronousCommandLineAction
{
    public override bool Terminating => true;

    public override bool ClearsParseErrors => true;

    public override int Invoke(ParseResult parseResult)
    {
        ArgumentNullException.ThrowIfNull(parseResult);
        Command command = parseResult.CommandResult.Command;
        int width = HelpPage.Width(Environment.GetEnvironmentVariable("COLUMNS"), terminal.Console.Profile.Out.IsTerminal ? terminal.Console.Profile.Width : null);
        foreach (string line in command is RootCommand ? HelpPage.OfProgram(root, width) : HelpPage.OfVerb(VerbHelp.Of(command, root), width)) terminal.Output.WriteLine(line);
        return ExitCode.Ok;
    }
}
