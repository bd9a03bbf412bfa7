using System.CommandLine;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary><c>negsamples init</c>.</summary>
internal static class InitCommand
{
    private const string Usual = "negsamples.json", ToOutput = "-";

    public static Command Create(Terminal terminal)
    {
        Command command = new("init", """
            Writes a commented file of all settings of train. Each has its default, what it takes and what it does. train and sweep read the file with --config,
            and flags override it. A file that is there is not overwritten.

            Examples:
              negsamples init
              negsamples init runs/settings.json
              negsamples init --stdout
              negsamples train --config negsamples.json
            """);
        Argument<string?> path = new("FILE") { Description = $"The file to write; {ToOutput} prints it [default: {Usual}].", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> print = new("--stdout") { Description = "Print it instead." };
        command.Arguments.Add(path);
        command.Options.Add(print);
        command.SetAction((parsed, _) => CommandLine.Guard(terminal, () =>
        {
            string? asked = parsed.GetValue(path);
            bool prints = parsed.GetValue(print) || asked == ToOutput;
            if (parsed.GetValue(print) && asked is not null and not ToOutput) throw new SettingsException($"--stdout prints the settings, and {asked} is a file; give one of them.");
            string text = string.Concat(SettingsTemplate.Lines().Select(line => line + "\n"));
            if (prints)
            {
                terminal.Output.Write(text);
                return ExitCode.Ok;
            }

            string file = asked ?? Usual;
            OutputPlace.CheckFile("FILE", file);
            if (File.Exists(file)) throw new SettingsException($"FILE is {file}, which is there already; name another, or move it away.");
            OutputPlace.WriteText(file, text);
            terminal.Say($"{file}: {Counted.Of(FlatSettings.Names.Count, "setting")}. Change what you like, and train with: negsamples train --config {ShellWord.OfPath(file)}");
            return ExitCode.Ok;
        }));
        return command;
    }
}
