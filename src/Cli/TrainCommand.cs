using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Settings;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary><c>negsamples train</c>.</summary>
internal static class TrainCommand
{
    private const string PlanFlag = "--memory-plan";

    public static Command Create(Terminal terminal)
    {
        Command command = new("train", $"""
            Trains an encoder without labels.

            Of the losses --loss supcon and cross-entropy alone use the labels of the images. The defaults are the recipe of arXiv:2102.06866.

            Examples:
              negsamples train --data cifar-10-binary.tar.gz --epochs 30 --output runs/cifar
              negsamples train --data photos --encoder resnet18 --stem imagenet --image-size 96
              negsamples train --negatives 64 --batch-size 256 --seed 11
              negsamples train --steps 5000 --batch-size 64
              negsamples train --loss hard --positive-prior 0.1 --hardness 0.5
              negsamples train --loss cross-entropy --data cifar-10-binary.tar.gz --output runs/supervised
              negsamples train --init resnet18.pth --encoder resnet18 --stem imagenet --data photos
                --pixel-mean 0.485,0.456,0.406 --pixel-deviation 0.229,0.224,0.225
              negsamples train --init runs/cifar --freeze-encoder --loss cross-entropy --data cifar-10-binary.tar.gz
              negsamples train --resume runs/cifar
              negsamples train --resume runs/cifar --epochs 60
            """);
        SettingOptions settings = new(command);
        Option<string?> config = new("--config")
        {
            Description = "A JSON file of settings (the config.json of a run is one); flags override it.",
            HelpName = "FILE.json",
        };
        Option<string?> output = new("--output", "-o") { Description = "The run folder, new or empty [default: runs/TIME-DATA].", HelpName = "FOLDER" };
        Option<string?> resume = new("--resume")
        {
            Description = "Continue this run, bit for bit; of the other flags only --data (moved), --threads, --device, --precision and --kernels may be given, and --epochs: "
                + "more than the run has trains it further, with the learning rate's schedule (warm-up, half cosine) once more over the new epochs.",
            HelpName = "RUN",
        };
        Option<bool> anyway = new("--resume-anyway")
        {
            Description = "With --resume: continue though the run's settings file or images were changed since; every later checkpoint then names what was changed.",
        };
        Option<bool> plan = new(PlanFlag) { Description = "Print the memory that the run would take, place by place, and end: the host's on the CPU, the GPU's with --device cuda, which needs no GPU for it." };
        command.Options.Add(config);
        command.Options.Add(output);
        command.Options.Add(resume);
        command.Options.Add(anyway);
        command.Options.Add(plan);
        command.Options.Add(JsonOption.Create());
        CommandLine.ServeRanks(terminal, command, (parsed, ranks) =>
        {
            PlaceOptions.CheckPath("--config", parsed.GetValue(config));
            PlaceOptions.CheckPath("--resume", parsed.GetValue(resume));
            if (parsed.GetValue(resume) is not { } run)
            {
                if (parsed.GetValue(anyway)) throw new SettingsException("--resume-anyway needs --resume RUN.");
                return Start(terminal, ranks, SettingsFile.Read(parsed.GetValue(config), settings.Given(parsed), terminal.FileSettings), parsed.GetValue(output),
                    parsed.GetValue(plan));
            }

            string[] refused = [.. settings.Refused(parsed),
                .. new Option[] { config, output, plan }.Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name)];
            if (refused.Length > 0)
                throw new SettingsException($"{string.Join(", ", refused)} cannot be changed with --resume: the run continues as it began.");
            return Resume(
                terminal, ranks, run, stored => settings.Over(stored, parsed), new ResumeOptions(parsed.GetValue(settings.Epochs), parsed.GetValue(anyway)));
        });
        return command;
    }

    /// <summary>Whether a command line asks for the plan alone.</summary>
    public static bool OnlyPlans(ParseResult parsed) => parsed.GetValue<bool>(PlanFlag);

    /// <summary>Trains a new run.</summary>
    private static int Start(Terminal terminal, Ranks ranks, TrainingSettings asked, string? output, bool planOnly = false)
    {
        TrainingSettings beyond = asked.WithQueueBeyondBatch();
        if (beyond != asked)
        {
            int negatives = asked.Loss.Negatives;
            terminal.Tell($"--negatives {negatives} is more than a batch of {asked.Batch.Size} has: they come from a queue of {Counted.Of(beyond.Loss.Queue, "key")}.");
        }

        ranks.RequireOutput(output);
        beyond.Validate();
        RankShare.Of(beyond, ranks.Collective);
        asked = PlaceOptions.Capped(terminal, beyond);
        PlaceOptions.CheckPath("--output", output);
        using ImageData data = Announced(terminal, DataOpening.OpenNew(terminal, asked));
        TrainingSettings settings = asked.WithClassesOf(data.Train).Resolve(data.Kind);
        Trainer.CheckImages(settings, data.Train);
        foreach (string unused in UnusedSettings.Of(settings)) terminal.Fail("warning: " + unused);
        if (planOnly) return PrintPlan(terminal, settings, data);
        settings = WeightsOpening.OpenNew(terminal, settings, data.Train);
        using Ops ops = Open(terminal, ranks, ranks.Placed(terminal, settings), data, out MemoryPlan plan);
        string path = output ?? FreshFolder.Of("runs", data.Kind, DateTime.UtcNow);
        IReadOnlyList<string>? hosts = ranks.Hosts();
        using RunFolder run = Shared(ranks, "output", path, () => RunFolder.Create(path, settings, PlaceOf(ops), data.LeftOut, hosts));
        return Finish(terminal, run, settings, data, Train(terminal, run, settings, ops, data, planned: plan));
    }

    /// <summary>Passes the data's warnings on.</summary>
    public static ImageData Announced(Terminal terminal, ImageData data)
    {
        foreach (string warning in data.Warnings) terminal.Fail("warning: " + warning);
        return data;
    }

    private static int Resume(Terminal terminal, Ranks ranks, string path, Func<TrainingSettings, TrainingSettings> place, ResumeOptions resume)
    {
        TrainingSettings settings = PlaceOptions.Capped(terminal, place(RunFolder.ReadSettings(path)));
        if (resume.Epochs is { } epochs)
        {
            int more = settings.Optimizer.ContinuedTo(epochs).Epochs - settings.Optimizer.Epochs;
            terminal.Tell($"{Counted.Of(more, "epoch")} more than the {settings.Optimizer.Epochs} of {path}: the learning rate's schedule starts once more over them.");
        }

        using ImageData data = Announced(terminal, DataOpening.OpenAgain(terminal, path, settings));
        using Ops ops = Open(terminal, ranks, ranks.Placed(terminal, settings), data, out MemoryPlan plan);
        using RunFolder run = Shared(ranks, "resume", path, () => RunFolder.Open(path));
        WarnOfOtherPrecision(terminal, path, ops);
        return Finish(terminal, run, settings, data, Train(terminal, run, settings, ops, data, resume, plan));
    }

    /// <summary>Says where a run goes on in another arithmetic than it began with, since it then ends as no run of one arithmetic does.</summary>
    private static void WarnOfOtherPrecision(Terminal terminal, string path, Ops ops)
    {
        if (RunFolder.ReadDevice(path) is not { } device || PrecisionIn(device) is not { } then || PrecisionIn(ops.Description) is not { } now || then == now) return;
        terminal.Fail($"warning: {path} was begun in {then} and goes on in {now}: the weights will be those of neither alone. `precision` {then} goes on as it began.");
    }

    private static string? PrecisionIn(string device) => PrecisionNames.All.FirstOrDefault(name => device.Split(", ").Any(part => part.StartsWith(name, StringComparison.Ordinal)));

    /// <summary>The run folder: rank 0 makes or opens it, and the others join.</summary>
    /// <exception cref="SettingsException">A rank does not see it.</exception>
    private static RunFolder Shared(Ranks ranks, string flag, string path, Func<RunFolder> open)
    {
        if (ranks.Collective.Size == 1) return open();
        RunFolder? opened = ranks.Collective.Rank == 0 ? open() : null;
        if (RunFolder.RankWithout(path, ranks.Collective) is not { } rank) return opened ?? RunFolder.Joined(path);
        if (flag == "output") opened?.Withdraw();
        else opened?.Dispose();
        throw new SettingsException(FormattableString.Invariant($"`{flag}` is {path}, which rank {rank} does not share with rank 0; expected a folder that all ranks see."));
    }

    /// <summary>Opens the device and refuses a run that does not fit its memory, before the run has a folder.</summary>
    private static Ops Open(Terminal terminal, Ranks ranks, TrainingSettings settings, ImageData data, out MemoryPlan plan)
    {
        Ops ops = terminal.Timed("opening the device", () => Devices.Open(settings, ranks.Collective, terminal.Note, terminal.Stop));
        try
        {
            plan = RequireMemory(settings, ops, data, terminal.Note);
            return ops;
        }
        catch
        {
            ops.Dispose();
            throw;
        }
    }

    /// <summary>Refuses a run that does not fit the memory of its device; a GPU begins to compile the kernels of one that does.</summary>
    /// <returns>What it takes.</returns>
    public static MemoryPlan RequireMemory(TrainingSettings settings, Ops ops, ImageData data, Action<string>? note = null)
    {
        if (ops is not CudaOps gpu) return HostMemory.RequireTraining(settings, data.Train, (CpuOps)ops);
        MemoryPlan plan = DeviceMemory.Plan(settings, data.Train, gpu);
        DeviceMemory.Require(plan, gpu.FreeBytes, settings);
        gpu.Prepare(plan, note);
        return plan;
    }

    private static int PrintPlan(Terminal terminal, TrainingSettings settings, ImageData data)
    {
        // The GPU's plan needs none: it is asked for by name, or is that of the GPU which is there.
        bool onGpu = settings.Place.Device == "cuda";
        if (settings.Place.Device == "auto")
        {
            using Ops ops = Devices.Open(settings, note: terminal.Note, stop: terminal.Stop);
            onGpu = ops is CudaOps;
        }

        MemoryPlan plan = onGpu ? DeviceMemory.Plan(settings, data.Train, PrecisionNames.OfGpu(settings.Place.Precision))
            : HostMemory.Joined(HostMemory.OfTraining(settings, data.Train), HostMemory.OfImages(settings.Data).Places);
        terminal.Give(new PlannedMemory(onGpu ? "cuda" : "cpu", plan.Bytes, plan.Places), CommandJson.Default.PlannedMemory, _ => PrintPlan(terminal, onGpu, plan));
        return ExitCode.Ok;
    }

    private static void PrintPlan(Terminal terminal, bool onGpu, MemoryPlan plan)
    {
        Table table = terminal.NewTable().AddColumns(onGpu ? "GPU memory for" : "host memory for", "bytes");
        table.Columns[1].RightAligned();
        MemoryPlace[] large = [.. plan.Places.Where(place => place.Bytes >= plan.Bytes / 1000)];
        MemoryPlace[] rest = [new(Counted.Of(plan.Places.Count - large.Length, "smaller place"), plan.Bytes - large.Sum(place => place.Bytes)), new("all", plan.Bytes)];
        foreach (MemoryPlace place in large.Concat(rest))
            table.AddRow(place.Name, place.Bytes.ToString("N0", CultureInfo.InvariantCulture));
        terminal.Show(table);
    }

    /// <summary>Trains a run to its end, or until asked to stop, with a display.</summary>
    public static TrainingOutcome Train(
        Terminal terminal, RunFolder run, TrainingSettings settings, Ops ops, ImageData data, ResumeOptions? resume = null, MemoryPlan? planned = null)
    {
        string images = FormattableString.Invariant(
            $"{data.Train.Name} ({Counted.Of(data.Train.Count, SampleNoun.Of(data.Train), "N0")}{(data.Origin is null ? "" : $"; {data.Origin}")})"), length = settings.Optimizer.Steps > 0 ? Counted.Of(settings.Optimizer.Steps, "update") : Counted.Of(resume?.Epochs ?? settings.Optimizer.Epochs, "epoch");
        terminal.Tell($"{settings.Encoder.Kind} on {images}, {Batches(settings)}, {length}, on {PlaceOf(ops)}{Devices.Reason(settings.Place, ops)}; run folder {run.FolderPath}");
        if (terminal.Talk != Talk.Quiet) TellPlan(terminal, settings, ops, data, planned);
        (int piece, int ranks) = (settings.Batch.MicroBatch, ops.Collective.Size);
        if (piece > 0 && ranks > 1)
            terminal.Tell($"note: a batch norm sees {Counted.Of(piece, "sample")} of each of {Counted.Of(ranks, "rank")} at a time: with --micro-batch, other ranks are another run.");

        using TrainingEventFile? events = settings.Run.TensorBoard ? new(terminal, run.FolderPath) : null;
        bool isFirst = true;
        return TrainingDisplay.Show(terminal, show => TrainingRun.Train(run, settings, ops, data.Train, progress =>
        {
            if (isFirst && terminal.Talk == Talk.Verbose) TellStart(terminal);
            isFirst = false;
            events?.Add(progress);
            show(progress);
        }, warning => terminal.Fail("warning: " + warning), terminal.Stop, resume));
    }

    private static void TellStart(Terminal terminal)
    {
        terminal.Detail($"the first step ended {Stopwatch.GetElapsedTime(terminal.Begun).TotalSeconds:F2} s after the program began");
    }

    private static void TellPlan(Terminal terminal, TrainingSettings settings, Ops ops, ImageData data, MemoryPlan? planned)
    {
        MemoryPlan memory = planned ?? (ops is CpuOps cpu ? HostMemory.OfTraining(settings, data.Train, cpu.Collective, cpu.Precision) : DeviceMemory.Plan(settings, data.Train, (CudaOps)ops));
        terminal.Tell(TrainingPlan.Line(settings, data.Train, memory));
        foreach (MemoryPlace place in memory.Places.Where(place => place.Bytes > 0)) terminal.Detail($"memory: {Counted.Of(place.Bytes, "byte", "N0")}, {place.Name}");
    }

    private static string PlaceOf(Ops ops) => ops.Collective.Size == 1 ? ops.Description
        : $"{ops.Description} in each of {ops.Collective.Description}{(ops is CudaOps gpu ? $", whose GPUs exchange by {gpu.ExchangeDescription}" : "")}";

    private static string Batches(TrainingSettings settings) => FormattableString.Invariant($"batch {settings.Batch.Size}")
        + (settings.Loss.Views > 2 ? FormattableString.Invariant($" of {Counted.Of(settings.Loss.Views, "view")} each") : "")
        + (settings.Loss.Shards > 1 ? FormattableString.Invariant($" in {Counted.Of(settings.Loss.Shards, "shard")}") : "")
        + (settings.Batch.MicroBatch > 0 ? FormattableString.Invariant($" in pieces of {settings.Batch.MicroBatch}") : "")
        + (settings.Loss.Queue > 0 ? FormattableString.Invariant($" and a queue of {Counted.Of(settings.Loss.Queue, "key")}") : "");

    /// <summary>How a run that is finished is trained on.</summary>
    private static string Further(RunFolder run, TrainingSettings settings) => settings.Optimizer.Steps > 0
        ? $"A run of --steps ends with them; a new one begins with its weights by: negsamples train --init {ShellWord.OfPath(run.FolderPath)} --steps MORE."
        : FormattableString.Invariant($"Train it further with: negsamples train --resume {ShellWord.OfPath(run.FolderPath)} --epochs MORE, which counts its {settings.Optimizer.Epochs} too.");

    private static int Finish(Terminal terminal, RunFolder run, TrainingSettings settings, ImageData data, TrainingOutcome outcome)
    {
        string weights = Path.Combine(outcome.Checkpoint, "model.safetensors");
        TrainedRun trained = new(run.FolderPath, outcome.Steps, outcome.Completed, outcome.LastLoss, outcome.Seconds, weights);
        if (!outcome.Completed)
        {
            terminal.Give(trained, CommandJson.Default.TrainedRun, _ =>
                terminal.Say($"Interrupted after step {outcome.Steps}; the state is saved. Continue with: negsamples train --resume {ShellWord.OfPath(run.FolderPath)}"));
            return ExitCode.Interrupted;
        }

        terminal.Give(trained, CommandJson.Default.TrainedRun, _ =>
        {
            if (outcome.StepsBefore == outcome.Steps) terminal.Say($"Nothing was left to train: the {Counted.Of(outcome.Steps, "step")} of the run {(outcome.Steps == 1 ? "was" : "were")} done before, loss {outcome.LastLoss:F4}. {Further(run, settings)} Weights: {weights}");
            else terminal.Say($"Done: {Counted.Of(outcome.Steps, "step")}, loss {outcome.LastLoss:F4}, {outcome.Seconds:F1} s. Weights: {weights}");
        });
        if (data.Test is not null) terminal.Tell($"Evaluate with: negsamples eval {ShellWord.OfPath(run.FolderPath)}");
        else if (data.Train.ClassNames.Count == 0) terminal.Tell($"Look at what it learned with: negsamples neighbours {ShellWord.OfPath(run.FolderPath)}");
        return ExitCode.Ok;
    }
}
