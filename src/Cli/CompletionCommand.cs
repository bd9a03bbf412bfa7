using System.CommandLine;
using NegSamples.Cli.Completion;

namespace NegSamples.Cli;

/// <summary><c>negsamples completion</c>.</summary>
internal static class CompletionCommand
{
    public static Command Create(Terminal terminal, Func<RootCommand> root)
    {
        Command command = new("completion", """
            Prints a script that completes commands in a shell. It knows every verb and flag, the words of flags that take one of some, and paths.

            Examples:
              source <(negsamples completion bash)
              negsamples completion zsh > ~/.zfunc/_negsamples
              negsamples completion fish > ~/.config/fish/completions/negsamples.fish
              negsamples completion pwsh | Out-String | Invoke-Expression
            """);
        Argument<string> shell = new("SHELL") { Description = $"{string.Join(", ", CompletionScript.Names)}." };
        shell.AcceptOnlyFromAmong([.. CompletionScript.Names]);
        command.Arguments.Add(shell);
        command.SetAction((parsed, _) => CommandLine.Guard(terminal, () =>
        {
            foreach (string line in CompletionScript.Lines(parsed.GetValue(shell)!, root())) terminal.Output.Write(line + "\n");
            return ExitCode.Ok;
        }));
        return command;
    }
}
