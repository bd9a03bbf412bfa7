using System.CommandLine;
using NegSamples.Training.Checkpoints;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary><c>negsamples verify</c>.</summary>
internal static class VerifyCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("verify", """
            Checks a run folder whole.

            Its settings, the hash of every file of every checkpoint, the metrics and the evaluations.

            Examples:
              negsamples verify runs/cifar
              negsamples verify runs/cifar --replay
            """);
        RunOptions run = new(terminal, command);
        Option<bool> replay = new("--replay") { Description = "Do the steps between the two last checkpoints again and compare the weights bit for bit." };
        command.Options.Add(replay);
        command.Options.Add(JsonOption.Create());
        command.SetAction((parsed, _) => CommandLine.Guard(terminal, () =>
        {
            IReadOnlyList<VerifiedPart> parts = RunVerification.Check(run.PathOf(parsed), terminal.Stop);
            if (parsed.GetValue(replay))
            {
                run.Use(parsed, open =>
                {
                    int epoch = 0;
                    VerifiedPart part = RunVerification.Replay(open.Path, open.Settings, open.Ops, open.Images.Train, step =>
                    {
                        if (step.Epoch != epoch) terminal.Tell($"epoch {epoch = step.Epoch} again, from step {step.Step}");
                    }, terminal.Stop);
                    parts = [.. parts, part];
                    return ExitCode.Ok;
                });
            }

            terminal.Give(parts, CommandJson.Default.IReadOnlyListVerifiedPart, given =>
            {
                Table table = terminal.NewTable().AddColumns("part", "state");
                foreach (VerifiedPart part in given) table.AddRow(Markup.Escape(part.What), Markup.Escape(part.Fault ?? "sound"));
                terminal.Show(table);
            });
            return parts.All(part => part.Fault is null) ? ExitCode.Ok : ExitCode.BadData;
        }));
        return command;
    }
}
