using System.CommandLine;
using NegSamples.Augment;
using NegSamples.Kernels;
using NegSamples.Training;

namespace NegSamples.Cli;

/// <summary><c>negsamples train</c>.</summary>
internal static class TrainCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("train", $"""
            Trains an encoder on images without using their labels (but for --loss supcon). The defaults are the recipe of arXiv:2102.06866.

            Examples:
              negsamples train --data cifar-10-binary.tar.gz --epochs 30 --output runs/cifar
              negsamples train --data photos --encoder resnet18 --stem imagenet --image-size 96
              negsamples train --negatives 64 --batch-size 256 --seed 11
              negsamples train --loss hard --positive-prior 0.1 --hardness 0.5
              negsamples train --resume runs/cifar

            {ExitCode.Help}
            """);
        SettingOptions settings = new(command);
        Option<string?> config = new("--config") { Description = "A JSON file of settings (the config.json of a run is one); flags override it.", HelpName = "FILE.json" };
        Option<string?> output = new("--output", "-o") { Description = "The run folder, new or empty [default: runs/TIME-DATA].", HelpName = "FOLDER" };
        Option<string?> resume = new("--resume") { Description = "Continue this run, bit for bit; of the other flags only --data (moved), --threads and --device may be given.", HelpName = "RUN" };
        command.Options.Add(config);
        command.Options.Add(output);
        command.Options.Add(resume);
        command.SetAction((parsed, _) => CommandLine.Guard(terminal, () =>
        {
            if (parsed.GetValue(resume) is not { } run)
                return Start(terminal, SettingsFile.Read(parsed.GetValue(config), settings.Given(parsed)), parsed.GetValue(output));

            string[] refused = [.. settings.GivenExcept(parsed, settings.Data, settings.Threads, settings.Device), .. new Option[] { config, output }.Where(option => parsed.GetResult(option) is not null).Select(option => option.Name)];
            if (refused.Length > 0) throw new SettingsException($"{string.Join(", ", refused)} cannot be changed with --resume: the run continues as it began.");
            return Resume(terminal, run, parsed.GetValue(settings.Data), parsed.GetValue(settings.Threads), parsed.GetValue(settings.Device));
        }));
        return command;
    }

    /// <summary>Trains a new run.</summary>
    public static int Start(Terminal terminal, TrainingSettings asked, string? output)
    {
        TrainingSettings beyond = asked.WithQueueBeyondBatch();
        if (beyond != asked) terminal.Say($"--negatives {asked.Negatives} is more than a batch of {asked.BatchSize} has: they come from a queue of {beyond.Queue} keys.");
        asked = beyond;
        asked.Validate();
        using ImageData data = OpenData(terminal, asked);
        TrainingSettings settings = asked.Resolve(data.Kind);
        settings.CheckLabels(data.Train);
        using Ops ops = Devices.Open(settings);
        string path = output ?? Path.Combine("runs", FormattableString.Invariant($"{DateTime.UtcNow:yyyyMMdd-HHmmss}-{data.Kind}"));
        using RunFolder run = RunFolder.Create(path, settings, ops.Description);
        return Finish(terminal, run, data, Train(terminal, run, settings, ops, data));
    }

    /// <summary>Opens the data that the settings name and passes their warnings on.</summary>
    public static ImageData OpenData(Terminal terminal, TrainingSettings settings)
    {
        ImageData data = DataSets.Open(settings.Data, settings.DataKind);
        foreach (string warning in data.Warnings) terminal.Fail("warning: " + warning);
        return data;
    }

    private static int Resume(Terminal terminal, string path, string? movedData, int? threads, string? device)
    {
        TrainingSettings settings = RunFolder.ReadSettings(path);
        settings = settings with { Data = movedData ?? settings.Data, Threads = threads ?? settings.Threads, Device = device ?? settings.Device };
        settings.Validate();
        using ImageData data = OpenData(terminal, settings);
        using Ops ops = Devices.Open(settings);
        using RunFolder run = RunFolder.Open(path);
        return Finish(terminal, run, data, Train(terminal, run, settings, ops, data));
    }

    /// <summary>Trains a run to its end, or until asked to stop, with a display.</summary>
    public static TrainingOutcome Train(Terminal terminal, RunFolder run, TrainingSettings settings, Ops ops, ImageData data)
    {
        terminal.Say($"{settings.Encoder} on {data.Train.Name} ({data.Train.Count:N0} images), {Batches(settings)}, {settings.Epochs} epochs, on {ops.Description}; run folder {run.FolderPath}");
        return TrainingDisplay.Show(terminal, show =>
            TrainingRun.Train(run, settings, ops, data.Train, show, warning => terminal.Fail("warning: " + warning), terminal.Stop));
    }

    private static string Batches(TrainingSettings settings) => FormattableString.Invariant($"batch {settings.BatchSize}")
        + (settings.Shards > 1 ? FormattableString.Invariant($" in {settings.Shards} shards") : "")
        + (settings.MicroBatch > 0 ? FormattableString.Invariant($" in pieces of {settings.MicroBatch}") : "")
        + (settings.Queue > 0 ? FormattableString.Invariant($" and a queue of {settings.Queue} keys") : "");

    private static int Finish(Terminal terminal, RunFolder run, ImageData data, TrainingOutcome outcome)
    {
        if (!outcome.Completed)
        {
            terminal.Say($"Interrupted after step {outcome.Steps}; the state is saved. Continue with: negsamples train --resume {run.FolderPath}");
            return ExitCode.Interrupted;
        }

        terminal.Say($"Done: {outcome.Steps} steps, loss {outcome.LastLoss:F4}, {outcome.Seconds:F1} s. Weights: {Path.Combine(outcome.Checkpoint, "model.safetensors")}");
        if (data.Test is not null) terminal.Say($"Evaluate with: negsamples eval {run.FolderPath}");
        return ExitCode.Ok;
    }
}
