using System.CommandLine;
using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Study.Sweep;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary><c>negsamples sweep</c>.</summary>
internal static class SweepCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("sweep", $"""
            Trains and measures a run for each K, T or loss.

            Trains one run for each value and seed, and measures each: classifiers, bounds, collision bound. Ends with the report.
            K is tied to the batch as in the paper (K + 1 = N, --batch-sizes), or varies at one batch size (--negatives); or the
            temperature or the loss varies. With --steps every run makes as many updates, and with --learning-rates each has its
            own best rate, so that neither is mistaken for an effect of K.
            A sweep that was interrupted goes on with --resume: finished runs are kept, the interrupted one continues bit for bit.
            Under mpirun the runs are dealt out to the ranks, each run whole on one of them.

            Examples:
              negsamples sweep --data cifar-10-binary.tar.gz --batch-sizes 32,64,128,256,512 --epochs 10 --output sweeps/cifar
              negsamples sweep --negatives 1,4,16,64,254 --batch-size 128 --seeds 7,11,13
              negsamples sweep --negatives 1,15,255 --steps 5000 --learning-rates 0.5,1,2 --seeds 7,11,13
              negsamples sweep --temperatures 0.1,0.2,0.5 --epochs 10
              negsamples sweep --resume sweeps/cifar
              mpirun -n 4 negsamples sweep --batch-sizes 32..512 --output /shared/sweep
            """);
        SweepOptions options = new(command);
        Option<string?> output = new("--output", "-o") { Description = "The sweep's folder, new or empty [default: sweeps/TIME-DATA].", HelpName = "FOLDER" };
        Option<string?> resume = new("--resume")
        {
            Description = "Continue this sweep; of the other flags only --data (moved), --threads, --device, --precision and --kernels may be given.",
            HelpName = "SWEEP",
        };
        command.Options.Add(output);
        command.Options.Add(resume);
        command.Options.Add(JsonOption.Create());
        CommandLine.ServeRanks(terminal, command, (parsed, ranks) =>
        {
            PlaceOptions.CheckPath("--resume", parsed.GetValue(resume));
            if (parsed.GetValue(resume) is not { } sweep) return Start(terminal, ranks, options.Asked(parsed, terminal.FileSettings), parsed.GetValue(output));
            string[] refused = [.. options.Settings.Refused(parsed), .. options.Settings.IsGiven(parsed, "epochs") ? ["--epochs"] : Array.Empty<string>(),
                .. options.All.Append(output).Where(option => parsed.GetResult(option) is { Implicit: false }).Select(option => option.Name)];
            if (refused.Length > 0)
                throw new SettingsException($"{string.Join(", ", refused)} cannot be changed with --resume: the sweep continues as it began.");
            return Resume(terminal, ranks, sweep, stored => options.Settings.Over(stored, parsed));
        });
        return command;
    }

    /// <summary>Starts a new sweep.</summary>
    /// <param name="terminal">Where to write.</param>
    /// <param name="ranks">Who shares the runs.</param>
    /// <param name="asked">The sweep; its settings are resolved here.</param>
    /// <param name="output">The folder; null names one by time.</param>
    public static int Start(Terminal terminal, Ranks ranks, SweepManifest asked, string? output)
    {
        ranks.RequireOutput(output);
        if (asked.LinearEpochs < 1) throw new SettingsException(FormattableString.Invariant($"--linear-epochs is {asked.LinearEpochs}; expected at least 1."));
        PlaceOptions.CheckPath("--output", output);
        Validate(asked);
        if (asked.Settings.Data.TestShare > 0 && asked.Seeds.Count > 1)
            throw new SettingsException("--test-share draws the test split by the seed: the runs of several --seeds would be tested on other samples. Give one seed.");
        asked = asked with { Settings = PlaceOptions.Capped(terminal, asked.Settings) };
        using ImageData data = TrainCommand.Announced(terminal, DataOpening.OpenNew(terminal, asked.Runs.First().Settings));
        SweepManifest manifest = asked with { Settings = ranks.Placed(terminal, asked.Settings.Resolve(data.Kind)) };
        manifest.Settings.WithClassesOf(data.Train); // refuses another dimension for a loss of all runs
        if (manifest.Runs.Any(run => run.Settings.Loss.Kind == LossKind.CrossEntropy)) manifest = manifest with { Classes = data.Train.ClassNames.Count };
        TrainingSettings first = WeightsOpening.OpenNew(terminal, manifest.Runs.First().Settings, data.Train);
        manifest = manifest with { Settings = manifest.Settings with { Encoder = manifest.Settings.Encoder with { Init = first.Encoder.Init, InitSha256 = first.Encoder.InitSha256 } } };
        SweepRuns.CheckData(manifest, data);
        foreach (string unused in manifest.Runs.Select(run => UnusedSettings.Of(run.Settings)).Aggregate((all, next) => all.Intersect(next)))
            terminal.Fail("warning: " + unused);
        string sweep = output ?? FreshFolder.Of("sweeps", data.Kind, DateTime.UtcNow);
        using Ops ops = Devices.OpenAlone(manifest.Settings, ranks.Collective, terminal.Note, terminal.Stop);
        SweepRuns.CheckMemory(manifest, ops, data);
        if (ranks.Collective.Rank == 0)
        {
            SweepFolder.Create(sweep, manifest);
            LeftOutFile.Write(sweep, manifest.Settings, data.LeftOut);
        }

        ranks.Collective.Barrier();
        return SweepRuns.Run(terminal, ranks.Collective, sweep, manifest, ops, data);
    }

    /// <summary>Refuses runs that cannot be trained, by the flag that asks for them.</summary>
    private static void Validate(SweepManifest asked)
    {
        try
        {
            foreach (SweepRun run in asked.Runs) run.Settings.Validate();
        }
        catch (SettingsException fault)
        {
            string message = asked.Axis switch
            {
                SweepAxis.BatchSize => fault.Message.Replace("`batchSize`", "`batchSizes`", StringComparison.Ordinal),
                SweepAxis.Temperature => fault.Message.Replace("`temperature`", "`temperatures`", StringComparison.Ordinal),
                _ => fault.Message,
            };
            throw new SettingsException(asked.LearningRates is null ? message : message.Replace("`learningRate`", "`learningRates`", StringComparison.Ordinal), fault);
        }
    }

    private static int Resume(Terminal terminal, Ranks ranks, string sweep, Func<TrainingSettings, TrainingSettings> place)
    {
        SweepManifest manifest = SweepFolder.ReadManifest(sweep);
        manifest = manifest with { Settings = ranks.Placed(terminal, PlaceOptions.Capped(terminal, place(manifest.Settings))) };
        using ImageData data = TrainCommand.Announced(terminal, DataOpening.OpenAgain(terminal, sweep, manifest.Runs.First().Settings));
        SweepRuns.CheckData(manifest, data);
        using Ops ops = Devices.OpenAlone(manifest.Settings, ranks.Collective, terminal.Note, terminal.Stop);
        SweepRuns.CheckMemory(manifest, ops, data);
        return SweepRuns.Run(terminal, ranks.Collective, sweep, manifest, ops, data);
    }
}
