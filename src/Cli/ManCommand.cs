using System.CommandLine;
using NegSamples.Cli.Help;
using NegSamples.Training;

namespace NegSamples.Cli;

/// <summary><c>negsamples man</c>.</summary>
internal static class ManCommand
{
    private const string Roff = "roff", Markdown = "markdown";

    public static Command Create(Terminal terminal, Func<RootCommand> root)
    {
        Command command = new("man", """
            Prints the manual page, negsamples(1). It is made from the help.

            Examples:
              negsamples man > ~/.local/share/man/man1/negsamples.1
              negsamples man --format markdown > docs/command-line.md
            """) { Hidden = true };
        Option<string> format = new("--format") { Description = "For man, or for a page of the documentation.", DefaultValueFactory = _ => Roff };
        format.AcceptOnlyFromAmong(Roff, Markdown);
        command.Options.Add(format);
        command.SetAction((parsed, _) => CommandLine.Guard(terminal, () =>
        {
            foreach (string line in parsed.GetValue(format) == Roff ? ManPage.Lines(root(), RunEnvironment.ProgramVersion) : MarkdownPage.Lines(root()))
                terminal.Output.Write(line + "\n");
            return ExitCode.Ok;
        }));
        return command;
    }
}
