using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Report;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Sweep;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>Brings every run of a sweep to its end: train, evaluate, bounds, collision bound. What is done already is left as it is.</summary>
internal static class SweepRuns
{
    private const string Fewer = "Take fewer samples or a lower `embeddingDimension`, or allow more.";

    /// <summary>Refuses data on which the sweep could not be measured, before hours are spent on training.</summary>
    public static void CheckData(SweepManifest manifest, ImageData data)
    {
        IImageSet test = data.Test ?? throw new BadDataException($"{data.Train.Name} has no test split; a sweep needs one to measure its runs.");
        BoundStudy.CheckData(data.Train, test, manifest.Runs.Select(run => run.BoundNegatives));
        int batch = manifest.Runs.Max(run => run.Settings.Batch.Size);
        int trained = manifest.Seeds.Min(seed => manifest.Settings.Data.ValidationShare == 0 ? data.Train.Count
            : ValidationSplit.Draw(data.Train, manifest.Settings.Data.ValidationShare, seed).Train.Count);
        if (batch > trained)
            throw new SettingsException(FormattableString.Invariant($"{(manifest.Axis == SweepAxis.BatchSize ? "--batch-sizes names" : "--batch-size is")} {batch}; {data.Train.Name} has {Counted.Of(trained, SampleNoun.Of(data.Train))}{(trained < data.Train.Count ? " beside the held-out part" : "")}."));
    }

    /// <summary>Refuses runs, or their measurements, that do not fit into memory, before the sweep has a folder.</summary>
    public static void CheckMemory(SweepManifest manifest, Ops ops, ImageData data)
    {
        foreach (SweepRun run in manifest.Runs.DistinctBy(run => run.Value))
        {
            try
            {
                TrainCommand.RequireMemory(run.Settings, ops, data);
            }
            catch (DeviceMemoryException exception) when (manifest.Axis == SweepAxis.BatchSize)
            {
                throw new DeviceMemoryException($"`batchSizes` names {run.Value}. {exception.Message}", exception);
            }
        }

        TrainingSettings settings = manifest.Settings;
        HostMemory.Require("Evaluating a run", EvaluationMemory.OfEvaluation(settings, data.Train, data.Test!, new LinearSettings(), ops), Fewer);
        HostMemory.Require("Measuring the bounds of a run", StudyMemory.OfBounds(settings, new BoundSettings(), data.Train, data.Test!, ops), Fewer);
        HostMemory.Require("Measuring the collision bound of a run", StudyMemory.OfCollision(settings, data.Train, ops), Fewer);
    }

    /// <summary>Does all runs, dealt out to the ranks, and writes the report.</summary>
    public static int Run(Terminal terminal, Collective ranks, string sweep, SweepManifest manifest, Ops ops, ImageData data)
    {
        bool isInterrupted = false;
        try
        {
            DoAll(terminal, ranks, sweep, manifest, ops, data);
        }
        catch (OperationCanceledException)
        {
            isInterrupted = true;
        }

        // The ranks meet here, whether they are done or were asked to stop.
        if (ranks.Sum(isInterrupted ? 1 : 0) > 0)
        {
            terminal.Tell($"Interrupted; the state is saved. Continue with: negsamples sweep --resume {ShellWord.OfPath(sweep)}");
            return ExitCode.Interrupted;
        }

        if (ranks.Rank > 0) return ExitCode.Ok;
        SweepData found = SweepData.Load(sweep);
        (string report, FormattableString line) = ReportCommand.Write(terminal, sweep, ReportFormat.Html, output: null);
        terminal.Give(SweepTable.Summary(sweep, report, found), CommandJson.Default.FinishedSweep, _ =>
        {
            SweepTable.Print(terminal, found);
            terminal.Say(line);
        });
        return ExitCode.Ok;
    }

    private static void DoAll(Terminal terminal, Collective ranks, string sweep, SweepManifest manifest, Ops ops, ImageData data)
    {
        SweepRun[] runs = [.. manifest.Runs];
        SweepForecast forecast = new(runs, data.Train);
        terminal.Tell($"plan: {forecast.Text(manifest)}");
        if (runs.All(run => IsTrained(sweep, run))) terminal.Tell($"Nothing is left to train; what is not measured yet is measured. Other values or seeds are another sweep.");
        Dictionary<ulong, EvaluationReport> evaluated = [];
        IEnumerable<SweepRun[]> all = runs.GroupBy(run => (run.Seed, run.Value)).Select(group => group.ToArray());
        foreach (SweepRun[] rates in all.Where((_, place) => place % ranks.Size == ranks.Rank))
        {
            foreach (SweepRun rate in rates)
            {
                string of = rate.Rate is { } number ? FormattableString.Invariant($", rate {number}") : "";
                terminal.Tell($"[{Array.IndexOf(runs, rate) + 1}/{runs.Length}] K = {rate.BoundNegatives}, batch {rate.Settings.Batch.Size}, {rate.Name}{of}{forecast.Left}");
                if (rate.Rate is null) Finish(terminal, SweepFolder.RunPath(sweep, rate), rate.Settings, ops, data);
                else Validate(terminal, SweepFolder.RunPath(sweep, rate), rate.Settings, ops, data);
                forecast.Done(rate);
            }

            SweepRun run = rates[0].Rate is null ? rates[0] : Choose(terminal, sweep, rates);
            string path = SweepFolder.RunPath(sweep, run);
            Interruptible(ops, terminal.Stop);
            string checkpoint = SweepFolder.FinishedCheckpoint(path)!;
            evaluated[run.Seed] = Evaluator.ReadReport(path, checkpoint)
                ?? EvalCommand.Evaluate(terminal, path, ops, data, new LinearSettings { Epochs = manifest.LinearEpochs },
                    evaluated.GetValueOrDefault(run.Seed));
            Measure(terminal, path, checkpoint, run, ops, data);
            if (run.Seed == manifest.Seeds[0]) WriteFeatures(terminal, path, ops, data); // the report draws one seed at every value of the axis
        }
    }

    private static bool IsTrained(string sweep, SweepRun run)
    {
        string path = SweepFolder.RunPath(sweep, run);
        return run.Rate is null ? SweepFolder.FinishedCheckpoint(path) is not null : File.Exists(SweepFolder.ValidationPath(path));
    }

    private static void Finish(Terminal terminal, string path, TrainingSettings settings, Ops ops, ImageData data)
    {
        Interruptible(ops, CancellationToken.None); // A step is finished, so that its state can be saved.
        if (SweepFolder.FinishedCheckpoint(path) is null && !Train(terminal, path, settings, ops, data)) throw new OperationCanceledException(terminal.Stop);
    }

    /// <summary>Trains with one of several rates and measures it on the held-out part. A rate at which the training diverges is one that is not chosen.</summary>
    private static void Validate(Terminal terminal, string path, TrainingSettings settings, Ops ops, ImageData data)
    {
        if (File.Exists(SweepFolder.ValidationPath(path))) return;
        try
        {
            Finish(terminal, path, settings, ops, data);
        }
        catch (NonFiniteLossException fault)
        {
            terminal.Fail("warning: " + fault.Message);
            ValidationStudy.WriteDiverged(path, data.Train, fault.Message);
            return;
        }

        Interruptible(ops, terminal.Stop);
        EvaluationDisplay.Show(terminal, status => ValidationStudy.Run(path, ops, data.Train, status, terminal.Stop));
    }

    private static SweepRun Choose(Terminal terminal, string sweep, SweepRun[] rates)
    {
        List<string> missing = [];
        RateChoice choice = RateChoice.Of(sweep, rates, missing) ?? throw new NonFiniteLossException($"{string.Join("; ", missing)}. Try lower `learningRates`.");
        string grid = string.Join(", ", choice.Grid.Select(rate => FormattableString.Invariant(
            $"{rate.Run.Rate}: {(rate.Report.Top1 is { } top ? EvaluationTable.Percent(top) + " %" : "diverged")}")));
        terminal.Tell($"rate {choice.Chosen.Rate} is the best on the held-out part ({grid}){(choice.IsAtEdge ? "; it is at the edge of the grid" : "")}");
        return choice.Chosen;
    }

    private static void Interruptible(Ops ops, CancellationToken stop)
    {
        if (ops is CpuOps cpu) cpu.Stop = stop;
    }

    private static void Measure(Terminal terminal, string path, string checkpoint, SweepRun run, Ops ops, ImageData data)
    {
        if (!File.Exists(SweepFolder.BoundPath(path, checkpoint, run.BoundNegatives)))
        {
            BoundSettings settings = new() { Negatives = [run.BoundNegatives], Threads = run.Settings.Place.Threads };
            EvaluationDisplay.Show(terminal, status => BoundStudy.Run(path, ops, data.Train, data.Test!, settings, status, terminal.Stop));
        }

        if (!File.Exists(SweepFolder.CollisionPath(path, checkpoint)))
        {
            CollisionSettings settings = new() { Threads = run.Settings.Place.Threads };
            EvaluationDisplay.Show(terminal, status => CollisionStudy.Run(path, ops, data.Train, settings, status, terminal.Stop));
        }
    }

    private static void WriteFeatures(Terminal terminal, string path, Ops ops, ImageData data)
    {
        if (Directory.Exists(SweepFolder.TestFeaturesPath(path, SweepFolder.FinishedCheckpoint(path)!))) return;
        FeatureSettings settings = new() { OnlyPlainTest = true };
        EvaluationDisplay.Show(terminal, status => FeatureFiles.Write(path, ops, data.Train, data.Test!, settings, status, terminal.Stop));
    }

    private static bool Train(Terminal terminal, string path, TrainingSettings settings, Ops ops, ImageData data)
    {
        if (!File.Exists(Path.Combine(path, "config.json")) && Directory.Exists(path))
        {
            // Killed before its settings were written: nothing was trained.
            Disk.DeleteFolder(path);
        }

        if (!Directory.Exists(path))
        {
            using RunFolder created = RunFolder.Create(path, settings, ops.Description, data.LeftOut);
            return TrainCommand.Train(terminal, created, settings, ops, data).Completed;
        }

        TrainingSettings stored = RunFolder.ReadSettings(path);
        if (stored.At(settings) != settings)
            throw new BadDataException($"{path} was trained with other settings than the sweep's; move it away to train it anew.");
        using RunFolder opened = RunFolder.Open(path);
        return TrainCommand.Train(terminal, opened, settings, ops, data).Completed;
    }
}
