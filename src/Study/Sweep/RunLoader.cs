using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using NegSamples.Files;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Sweep;

/// <summary>Reads what a run folder holds and refuses what does not belong together.</summary>
internal static class RunLoader
{
    /// <summary>Reads one run; null where its training is not finished.</summary>
    public static RunData? Load(string sweep, SweepRun run, List<string> missing)
    {
        string folder = SweepFolder.RunPath(sweep, run);
        if (SweepFolder.FinishedCheckpoint(folder) is not { } checkpoint)
        {
            missing.Add($"{run.Name}: training not {(Directory.Exists(folder) ? "finished" : "begun")}");
            return null;
        }

        TrainingSettings settings = RunFolder.ReadSettings(folder);
        if (settings.At(run.Settings) != run.Settings)
            throw new BadDataException(
                $"{folder} was trained with other settings than the sweep's; move it away and train it anew with: `sweep.resume` {ShellWord.OfPath(sweep)}");
        CheckpointState state = Checkpoint.ReadState(Path.Combine(RunFolder.CheckpointsOf(folder), checkpoint));
        string environment = RunFolder.EnvironmentOf(folder), metrics = RunFolder.MetricsOf(folder);
        EvaluationReport? evaluation = Read(
            Evaluator.ReportPath(folder, checkpoint), path => Parse(path, "an evaluation", SettingsJson.Default.EvaluationReport),
            $"{run.Name}: classifiers not measured (negsamples eval {ShellWord.OfPath(folder)})");
        BoundReport? bound = Read(
            SweepFolder.BoundPath(folder, checkpoint, run.BoundNegatives), path => StudyJson.Read<BoundReport>(path, "bounds"),
            $"{run.Name}: bounds not measured (negsamples bound {ShellWord.OfPath(folder)})");
        CollisionReport? collision = Read(
            SweepFolder.CollisionPath(folder, checkpoint), path => StudyJson.Read<CollisionReport>(path, "a collision bound"),
            $"{run.Name}: collision bound not measured (negsamples collision {ShellWord.OfPath(folder)})");
        if (!File.Exists(metrics)) missing.Add($"{run.Name}: no metrics.jsonl");
        RunData data = new(
            run, folder, checkpoint, state, File.Exists(environment) ? Parse(environment, "an environment", SettingsJson.Default.RunEnvironment) : null,
            File.Exists(metrics) ? MetricsLog.Read(metrics) : [], evaluation, bound, collision, Evaluator.ReadReport(folder, checkpoint, EvaluationProtocol.Paper));
        CheckCheckpoint(data);
        return data;

        T? Read<T>(string path, Func<string, T> read, string otherwise)
            where T : class
        {
            if (File.Exists(path)) return read(path);
            missing.Add(otherwise);
            return null;
        }
    }

    /// <summary>Refuses runs on other images, or with another number of classes, than the first.</summary>
    public static void CheckSameData(IReadOnlyList<RunData> runs)
    {
        RunData first = runs[0];
        foreach (RunData run in runs.Skip(1))
        {
            if (run.State.DataFingerprint != first.State.DataFingerprint)
                throw new BadDataException($"{run.Folder} was trained on other samples than {first.Folder}: their fingerprints are {ShortHash.In(run.State.DataFingerprint)} and {ShortHash.In(first.State.DataFingerprint)}.");
        }

        var classes = runs.SelectMany(run => new[]
            {
                (run.Folder, Count: run.Evaluation?.Classes ?? 0), (run.Folder, Count: run.Bound?.Classes ?? 0),
                (run.Folder, Count: run.PaperEvaluation?.Classes ?? 0),
            })
            .Where(entry => entry.Count > 0).ToList();
        foreach ((string folder, int count) in classes)
        {
            if (count != classes[0].Count)
                throw new BadDataException(FormattableString.Invariant(
                    $"{folder} was measured with {Counted.Of(count, "class")}; {classes[0].Folder} with {classes[0].Count}."));
        }
    }

    /// <summary>Refuses a file of another checkpoint or of other images.</summary>
    public static void CheckFits(string path, RunData run, string checkpoint, string? fingerprint)
    {
        if (checkpoint != run.Checkpoint) throw new BadDataException($"{path} is of checkpoint {checkpoint}; expected {run.Checkpoint}.");
        if (fingerprint is not null && fingerprint != run.State.DataFingerprint)
            throw new BadDataException(
                $"{path} was measured with other samples: their fingerprint is {ShortHash.In(fingerprint)}; the run was trained on {ShortHash.In(run.State.DataFingerprint)}.");
    }

    private static void CheckCheckpoint(RunData run)
    {
        if (run.Evaluation is { } evaluation)
            CheckFits(Evaluator.ReportPath(run.Folder, run.Checkpoint), run, evaluation.Checkpoint, null);
        if (run.PaperEvaluation is { } paper)
            CheckFits(Evaluator.ReportPath(run.Folder, run.Checkpoint, EvaluationProtocol.Paper), run, paper.Checkpoint, paper.DataFingerprint);
        if (run.Collision is { } collision)
            CheckFits(SweepFolder.CollisionPath(run.Folder, run.Checkpoint), run, collision.Checkpoint, collision.DataFingerprint);
        if (run.Bound is not { } bound) return;
        string path = SweepFolder.BoundPath(run.Folder, run.Checkpoint, run.Run.BoundNegatives);
        CheckFits(path, run, bound.Checkpoint, bound.DataFingerprint);
        bool isOtherTemperature = !run.Run.Settings.Loss.LearnTemperature && bound.Temperature != run.Run.Settings.Loss.Temperature;
        if (bound.Negatives != run.Run.BoundNegatives || isOtherTemperature)
        {
            throw new BadDataException(FormattableString.Invariant(
                $"{path} is of K = {bound.Negatives} and temperature {bound.Temperature}; expected {run.Run.BoundNegatives} and {run.Run.Settings.Loss.Temperature}."));
        }
    }

    /// <summary>Reads a file of JSON.</summary>
    /// <exception cref="BadDataException">It holds something else.</exception>
    internal static T Parse<T>(string path, string what, JsonTypeInfo<T> type)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), type) ?? throw new BadDataException($"{path} is empty; expected {what}.");
        }
        catch (JsonException exception)
        {
            throw new BadDataException($"{path} does not hold {what}: {exception.Message}", exception);
        }
    }
}
