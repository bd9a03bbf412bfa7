using System.Text.Json;
using System.Text.Json.Nodes;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>
/// The folder of one run: <c>config.json</c>, <c>environment.json</c>, <c>metrics.jsonl</c>, <c>checkpoints/</c> and <c>eval/</c>. Holds its lock while open.
/// </summary>
public sealed class RunFolder : IDisposable
{
    private readonly FileStream? lockFile;
    private MadeFolder? made; // of a run that this process has made

    private RunFolder(string path, FileStream? lockFile)
    {
        FolderPath = path;
        this.lockFile = lockFile;
    }

    /// <summary>The folder.</summary>
    internal string FolderPath { get; }

    /// <summary>Whether this process has made the run.</summary>
    internal bool IsNew => made is not null;

    /// <summary>The resolved settings.</summary>
    internal string ConfigPath => Path.Combine(FolderPath, ConfigName);

    /// <summary>The file of its settings, by which a folder is a run.</summary>
    internal const string ConfigName = "config.json";

    /// <summary>One JSON object a line.</summary>
    internal string MetricsPath => MetricsOf(FolderPath);

    /// <summary>One folder per checkpoint.</summary>
    internal string Checkpoints => CheckpointsOf(FolderPath);

    private const string LockName = ".lock";

    /// <summary>The metrics of a run.</summary>
    /// <param name="run">The run folder.</param>
    internal static string MetricsOf(string run) => Path.Combine(run, "metrics.jsonl");

    /// <summary>What a run was computed by.</summary>
    /// <param name="run">The run folder.</param>
    internal static string EnvironmentOf(string run) => Path.Combine(run, "environment.json");

    /// <summary>The checkpoints of a run.</summary>
    /// <param name="run">The run folder.</param>
    internal static string CheckpointsOf(string run) => Path.Combine(run, "checkpoints");

    /// <summary>The evaluations of a run.</summary>
    /// <param name="run">The run folder.</param>
    internal static string EvaluationsOf(string run) => Path.Combine(run, "eval");

    /// <summary>Makes a new run folder and writes its settings and environment.</summary>
    /// <param name="path">A folder that does not exist, or is empty.</param>
    /// <param name="settings">Resolved settings.</param>
    /// <param name="device">The device in words.</param>
    /// <param name="leftOut">The images that the run leaves out, where its settings allow any.</param>
    /// <param name="hosts">The name of each rank's machine; null for one process.</param>
    /// <exception cref="SettingsException">The folder holds something, or cannot be written.</exception>
    /// <remarks>A folder that was empty is kept by <see cref="Withdraw"/>.</remarks>
    internal static RunFolder Create(
        string path, TrainingSettings settings, string device, IReadOnlyList<string>? leftOut = null, IReadOnlyList<string>? hosts = null)
    {
        if (File.Exists(path)) throw new SettingsException($"`output` is {path}, a file; expected a new or empty folder.");
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            string advice = File.Exists(Path.Combine(path, ConfigName)) ? $"It holds a run: continue it with `resume` {ShellWord.OfPath(path)}, or name another folder."
                : "Name another folder.";
            throw new SettingsException($"`output` is {path}, which is not empty. {advice}");
        }

        MadeFolder? made = null;
        RunFolder? run = null;
        try
        {
            made = new MadeFolder(path);
            run = new RunFolder(path, Lock(path));
            LeftOutFile.Write(path, settings, leftOut); // before the settings, which make the folder a run
            AtomicFile.WriteText(run.ConfigPath, JsonSerializer.Serialize(settings, SettingsJson.Default.TrainingSettings));
            AtomicFile.WriteText(EnvironmentOf(path), JsonSerializer.Serialize(RunEnvironment.Capture(device, hosts, settings.Encoder), SettingsJson.Default.RunEnvironment));
            Disk.CreateFolder(run.Checkpoints);
            run.made = made;
            return run;
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            run?.Remove();
            made?.Dispose();
            throw new SettingsException($"`output` is {path}, which cannot be written: {exception.Message}", exception);
        }
    }

    /// <summary>Takes what is in the folder of a run that could not begin off the disk again, as far as the disk lets it.</summary>
    private void Remove()
    {
        try
        {
            Dispose();
            foreach (string file in new[] { ConfigPath, EnvironmentOf(FolderPath), LeftOutFile.PathIn(FolderPath) }) Disk.DeleteFile(file);
            if (Directory.Exists(Checkpoints)) Directory.Delete(Checkpoints); // only where it is empty
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            // The first fault is the one to tell.
        }
    }

    /// <summary>Writes down that the run has more epochs than it began with. All other settings of its file stay as they are.</summary>
    /// <param name="optimizer">With the epochs and restarts that it has from now on.</param>
    internal void Continue(OptimizerSettings optimizer)
    {
        TrainingSettings stored = ReadSettings(FolderPath);
        stored = stored with { Optimizer = stored.Optimizer with { Epochs = optimizer.Epochs, RestartEpochs = optimizer.RestartEpochs } };
        AtomicFile.WriteText(ConfigPath, JsonSerializer.Serialize(stored, SettingsJson.Default.TrainingSettings));
    }

    /// <summary>The bundles of steps whose numbers were not finite.</summary>
    /// <param name="run">The run folder.</param>
    internal static string DivergedOf(string run) => Path.Combine(run, "diverged");

    /// <summary>Opens an existing run to continue it.</summary>
    /// <param name="path">The run folder.</param>
    /// <exception cref="BadDataException">There is no run.</exception>
    /// <exception cref="SettingsException">Another process trains it now.</exception>
    internal static RunFolder Open(string path)
    {
        ReadSettings(path);
        try
        {
            return new RunFolder(path, Lock(path));
        }
        catch (UnauthorizedAccessException fault)
        {
            throw new SettingsException($"{path} cannot be written, and so the run cannot go on: {fault.Message}", fault);
        }
    }

    /// <summary>Opens a run that rank 0 of this run has made or opened, and locked.</summary>
    /// <param name="path">The run folder, shared by all ranks.</param>
    internal static RunFolder Joined(string path) => new(path, null);

    /// <summary>The first rank that does not see the folder that rank 0 has made or opened; null where all do. All ranks ask together.</summary>
    /// <param name="path">The run folder.</param>
    /// <param name="collective">The ranks.</param>
    /// <remarks>They compare <c>environment.json</c>, which has the time of the run's beginning: an old folder of the same name on another machine is not it.</remarks>
    internal static int? RankWithout(string path, Collective collective)
    {
        double[] all = new double[collective.Size];
        collective.Barrier();
        collective.AllGather([File.Exists(EnvironmentOf(path)) ? RankAgreement.Hash(File.ReadAllBytes(EnvironmentOf(path))) : -1], all);
        int rank = Array.FindIndex(all, hash => hash != all[0]);
        return rank < 0 ? null : rank;
    }

    /// <summary>Takes a run that this process has made off the disk again, as far as the disk lets it: it cannot begin, and all that is in its folder is its own.</summary>
    internal void Withdraw()
    {
        if (made is null) return;
        try
        {
            Dispose();
            Disk.DeleteFolder(FolderPath);
            if (made.WasThere) Disk.CreateFolder(FolderPath);
            made.Dispose();
        }
        catch (Exception exception) when (exception is UnauthorizedAccessException or IOException)
        {
            // The fault that it cannot begin for is the one to tell.
        }
    }

    /// <summary>Whether a folder is a run's.</summary>
    /// <param name="path">A folder, or what is none.</param>
    public static bool IsOne(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return File.Exists(Path.Combine(path, ConfigName));
    }

    /// <summary>The device that a run began on, in words; null where that is not known.</summary>
    /// <param name="run">The run folder.</param>
    internal static string? ReadDevice(string run)
    {
        try
        {
            return File.Exists(EnvironmentOf(run)) ? JsonSerializer.Deserialize(File.ReadAllText(EnvironmentOf(run)), SettingsJson.Default.RunEnvironment)?.Device : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Reads the settings of a run.</summary>
    /// <param name="path">The run folder.</param>
    /// <exception cref="BadDataException">There is no run, or its settings cannot be read.</exception>
    public static TrainingSettings ReadSettings(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string config = Path.Combine(path, ConfigName);
        if (!File.Exists(config)) throw new BadDataException($"{path} is not a run: it has no {ConfigName}.");
        try
        {
            JsonNode? stored = JsonNode.Parse(File.ReadAllText(config), null, new JsonDocumentOptions { AllowDuplicateProperties = false });
            if (stored is not JsonObject settings) throw new BadDataException($"{config} does not hold the settings of a run: it is no JSON object.");
            if (settings["encoder"] is JsonValue value && value.TryGetValue(out string? encoder) && EncoderKind.Find(encoder) is null)
                throw new BadDataException($"{path} is a run of the encoder {EncoderKind.Unknown(encoder)} before it opens the run.");
            return stored.Deserialize(SettingsJson.Default.TrainingSettings)!;
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new BadDataException($"{config} does not hold the settings of a run: {exception.Message}", exception);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => lockFile?.Dispose();

    private static FileStream Lock(string path)
    {
        try
        {
            return new FileStream(Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException exception)
        {
            throw new SettingsException($"{path} is in use by another process ({exception.Message}).", exception);
        }
    }
}
