using System.Text.Json;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training.Checkpoints;

/// <summary>One thing that was checked.</summary>
/// <param name="What">The file or folder, relative to the run.</param>
/// <param name="Fault">What is wrong with it; null where it is sound.</param>
internal sealed record VerifiedPart(string What, string? Fault);

/// <summary>Checks a run folder whole, and that its own steps can be done again to the same bits.</summary>
internal static class RunVerification
{
    /// <summary>Checks the settings, every checkpoint's hashes and settings, the metrics and the evaluations.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="stop">Ends it between two checkpoints.</param>
    /// <exception cref="BadDataException">There is no run, or its settings cannot be read.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static IReadOnlyList<VerifiedPart> Check(string run, CancellationToken stop = default)
    {
        TrainingSettings settings = RunFolder.ReadSettings(run);
        List<VerifiedPart> parts = [new("config.json", null)];
        bool removed = true;
        while (parts.Count == 1 && removed)
        {
            removed = false;
            IReadOnlyList<string> checkpoints = Checkpoint.All(RunFolder.CheckpointsOf(run));
            bool wasChanged = checkpoints is [.., string newest] && SaysWhatWasChanged(newest);
            foreach (string checkpoint in checkpoints)
            {
                stop.ThrowIfCancellationRequested();
                VerifiedPart part = Part(run, checkpoint, settings, wasChanged);

                // A training run removes old ones meanwhile; the files of a folder go before the folder, and never the newest two.
                if (part.Fault is not null && IsRemoved(run, checkpoint)) removed = true;
                else parts.Add(part);
            }
        }

        if (parts.Count == 1) parts.Add(new("checkpoints", "there is none"));
        string metrics = RunFolder.MetricsOf(run);
        if (File.Exists(metrics)) parts.Add(new("metrics.jsonl", FaultOfMetrics(metrics)));
        foreach (string folder in new[] { RunFolder.EvaluationsOf(run), RunFolder.DivergedOf(run) }.Where(Directory.Exists))
        {
            parts.AddRange(Directory.GetFiles(folder, "*.json").Order(StringComparer.Ordinal).Select(
                file => new VerifiedPart(Path.GetRelativePath(run, file), FaultOfJson(file))));
        }

        return parts;
    }

    /// <summary>Does the steps between a run's two last checkpoints again and compares the bits.</summary>
    /// <param name="run">The run folder; nothing in it is changed.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="ops">The device, of the kind that the run was trained on.</param>
    /// <param name="images">The training images.</param>
    /// <param name="progress">Is told after each step.</param>
    /// <param name="stop">Ends the replay.</param>
    /// <exception cref="BadDataException">There are not two sound checkpoints.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static VerifiedPart Replay(
        string run, TrainingSettings settings, Ops ops, IImageSet images, Action<TrainingProgress> progress, CancellationToken stop)
    {
        string[] sound = [.. Checkpoint.All(RunFolder.CheckpointsOf(run)).Where(checkpoint => Checkpoint.FaultOf(checkpoint) is null)];
        if (sound is not [.., string from, string to])
            throw new BadDataException($"{run} has {Counted.Of(sound.Length, "sound checkpoint")}; a replay goes from one to the next and needs two.");
        long last = Checkpoint.ReadState(to).Step;
        string copy = Directory.CreateTempSubdirectory("negsamples-replay-").FullName;
        try
        {
            string folder = Path.Combine(copy, "run");
            using RunFolder replay = RunFolder.Create(folder, settings, ops.Description);
            string begin = Path.Combine(replay.Checkpoints, Path.GetFileName(from));
            Directory.CreateDirectory(begin);
            foreach (string file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(begin, Path.GetFileName(file)));
            using CancellationTokenSource done = CancellationTokenSource.CreateLinkedTokenSource(stop);
            TrainingOutcome outcome = TrainingRun.Train(replay, settings, ops, images, step =>
            {
                progress(step);
                if (step.Step == last) done.Cancel();
            }, _ => { }, done.Token);
            if (outcome.Steps != last) throw new OperationCanceledException(stop);
            string[] other = [.. Directory.GetFiles(to).Select(file => Path.GetFileName(file)!).Where(file => file != CheckpointState.FileName)
                .Where(file => !File.ReadAllBytes(Path.Combine(to, file)).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(outcome.Checkpoint, file))))
                .Order(StringComparer.Ordinal)];
            return new VerifiedPart(
                $"steps from {Path.GetFileName(from)} to {Path.GetFileName(to)}, done again",
                other.Length == 0 ? null : $"{string.Join(", ", other)} came out with other bits");
        }
        finally
        {
            Directory.Delete(copy, recursive: true);
        }
    }

    /// <summary>A checkpoint's state. Where a later one says what was changed, one from before the change has other settings rightly.</summary>
    private static VerifiedPart Part(string run, string checkpoint, TrainingSettings settings, bool wasChanged)
    {
        string name = Path.GetRelativePath(run, checkpoint);
        try
        {
            string? fault = Checkpoint.FaultOf(checkpoint);
            CheckpointState state = Checkpoint.ReadState(checkpoint);
            fault ??= wasChanged ? null : RunIdentity.Difference(state, settings, "config.json");
            return new VerifiedPart(fault is null && state.Resumed is { } resumed ? $"{name}, trained {string.Join("; ", resumed)}" : name, fault);
        }
        catch (Exception exception) when (exception is BadDataException or IOException or UnauthorizedAccessException)
        {
            return new VerifiedPart(name, exception.Message);
        }
    }

    private static bool SaysWhatWasChanged(string checkpoint)
    {
        try
        {
            return Checkpoint.ReadState(checkpoint).Resumed is not null;
        }
        catch (Exception exception) when (exception is BadDataException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static bool IsRemoved(string run, string checkpoint)
    {
        const int tries = 20;
        for (int i = 0; i < tries && Checkpoint.All(RunFolder.CheckpointsOf(run)).SkipLast(2).Contains(checkpoint); i++) Thread.Sleep(10);
        return !Directory.Exists(checkpoint);
    }

    private static string? FaultOfMetrics(string path)
    {
        int lines = File.ReadLines(path).Count(), read = MetricsLog.Read(path).Count;
        return lines == read ? null : FormattableString.Invariant($"{lines - read} of {Counted.Of(lines, "line")} cannot be read");
    }

    private static string? FaultOfJson(string path)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(path));
            return null;
        }
        catch (JsonException exception)
        {
            return exception.Message;
        }
    }
}
