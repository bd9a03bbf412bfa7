using System.Text.Json;
using NegSamples.Files;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Sweep;

/// <summary>The folder of a sweep: <c>sweep.json</c>, <c>runs/NAME</c> and the reports.</summary>
internal static class SweepFolder
{
    /// <summary>The manifest.</summary>
    /// <param name="sweep">The sweep's folder.</param>
    public static string ManifestPath(string sweep) => Path.Combine(sweep, "sweep.json");

    /// <summary>One run's folder.</summary>
    /// <param name="sweep">The sweep's folder.</param>
    /// <param name="run">The run.</param>
    public static string RunPath(string sweep, SweepRun run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Path.Combine(sweep, "runs", run.Name);
    }

    /// <summary>The bounds of a run's checkpoint at one K.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="checkpoint">The checkpoint's folder name.</param>
    /// <param name="negatives">K.</param>
    /// <param name="subclasses">M, parts of each class.</param>
    public static string BoundPath(string run, string checkpoint, int negatives, int subclasses = 1) =>
        Path.Combine(run, "bound", FormattableString.Invariant($"{checkpoint}-k{negatives}") + (subclasses > 1 ? FormattableString.Invariant($"-m{subclasses}") : "") + ".json");

    /// <summary>The collision bound of a run's checkpoint.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="checkpoint">The checkpoint's folder name.</param>
    public static string CollisionPath(string run, string checkpoint) => Path.Combine(run, "collision", checkpoint + ".json");

    /// <summary>What a run's last checkpoint, or its divergence, is worth on the held-out part of the training images.</summary>
    /// <param name="run">The run folder.</param>
    public static string ValidationPath(string run) => Path.Combine(run, "validation.json");

    /// <summary>The features of a run's checkpoint.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="checkpoint">The checkpoint's folder name.</param>
    public static string FeaturesPath(string run, string checkpoint) => Path.Combine(run, "features", checkpoint);

    /// <summary>The features of the plain test images alone, which a sweep writes for the report's figures.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="checkpoint">The checkpoint's folder name.</param>
    public static string TestFeaturesPath(string run, string checkpoint) => FeaturesPath(run, checkpoint) + "-test";

    /// <summary>A file of a run's features, from whichever folder has it; null where neither has.</summary>
    /// <param name="run">The run.</param>
    /// <param name="name">Its name, such as "head.feature.val.npy".</param>
    internal static string? FeatureFile(RunData run, string name) =>
        new[] { FeaturesPath(run.Folder, run.Checkpoint), TestFeaturesPath(run.Folder, run.Checkpoint) }.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    /// <summary>Makes the folder and writes what the sweep consists of.</summary>
    /// <param name="sweep">A folder that does not exist, or is empty.</param>
    /// <param name="manifest">The sweep, its settings resolved.</param>
    /// <exception cref="SettingsException">The folder holds something, or cannot be written.</exception>
    public static void Create(string sweep, SweepManifest manifest)
    {
        if (File.Exists(sweep) || (Directory.Exists(sweep) && Directory.EnumerateFileSystemEntries(sweep).Any()))
        {
            string advice = File.Exists(ManifestPath(sweep)) ? $"It holds a sweep: continue it with `resume` {ShellWord.OfPath(sweep)}, or name another folder."
                : "Name a new or empty folder.";
            throw new SettingsException($"`output` is {sweep}, which is not empty. {advice}");
        }

        try
        {
            using MadeFolder made = new(sweep);
            StudyJson.Write(ManifestPath(sweep), manifest);
            made.Keep();
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            throw new SettingsException($"`output` is {sweep}, which cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>Reads what a sweep consists of.</summary>
    /// <param name="sweep">The sweep's folder.</param>
    /// <exception cref="BadDataException">It is no sweep, or of another format.</exception>
    public static SweepManifest ReadManifest(string sweep)
    {
        string path = ManifestPath(sweep);
        if (!File.Exists(path)) throw new BadDataException($"{sweep} is not a sweep: it has no sweep.json.");
        SweepManifest manifest = Parse(path);
        if (manifest.Format is < SweepManifest.FirstFormat or > SweepManifest.CurrentFormat)
            throw new BadDataException(FormattableString.Invariant(
                $"{path} has format {manifest.Format}; this program reads {SweepManifest.FirstFormat} to {SweepManifest.CurrentFormat}."));
        return manifest;
    }

    private static SweepManifest Parse(string path)
    {
        try
        {
            SweepManifest manifest = JsonSerializer.Deserialize(File.ReadAllText(path), StudyJson.Default.SweepManifest)
                ?? throw new BadDataException($"{path} is empty; expected a sweep.");
            if (manifest.Settings is null || manifest.Values is null || manifest.Seeds is null)
                throw new BadDataException($"{path} does not hold a sweep: it lacks settings, values or seeds.");
            if (!manifest.IsWhole)
                throw new BadDataException($"{path} does not hold a sweep: it names no values, no seeds or no axis that is known.");
            return manifest;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new BadDataException($"{path} does not hold a sweep: {exception.Message}", exception);
        }
    }

    /// <summary>The name of a run's newest checkpoint when its training is done; null before.</summary>
    /// <param name="run">The run folder.</param>
    public static string? FinishedCheckpoint(string run)
    {
        CheckpointState? state = LoadedCheckpoint.OfNewest(run, Checkpoint.ReadState);
        return state is not null && state.Step == state.TotalSteps ? Checkpoint.NameOf(state.Step) : null;
    }
}
