using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training.Checkpoints;

/// <summary>A run's newest checkpoint in memory. It needs no file any more, so that a training run may go on and remove it.</summary>
public sealed class LoadedCheckpoint : IDisposable
{
    private LoadedCheckpoint(string name, CheckpointState state, string fingerprint, Model model) => (Name, State, Fingerprint, Model) = (name, state, fingerprint, model);

    /// <summary>The checkpoint's folder name.</summary>
    public string Name { get; }

    /// <summary>Its position.</summary>
    public CheckpointState State { get; }

    /// <summary>SHA-256 of its weights, as <see cref="Checkpoint.Fingerprint(string)"/> has it.</summary>
    public string Fingerprint { get; }

    /// <summary>The encoder and its head.</summary>
    public Model Model { get; }

    /// <summary>Whether a run has come as far as a checkpoint, which may be opened.</summary>
    /// <param name="run">The run folder, or what is none.</param>
    public static bool IsThere(string run)
    {
        ArgumentNullException.ThrowIfNull(run);
        return Checkpoint.Newest(RunFolder.CheckpointsOf(run)) is not null;
    }

    /// <summary>Loads the newest checkpoint.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="settings">The run's settings.</param>
    /// <param name="ops">The device; it stays the caller's.</param>
    /// <param name="train">The training images.</param>
    /// <exception cref="BadDataException">There is no checkpoint, it does not fit, or it was trained on other images.</exception>
    /// <exception cref="SettingsException">A rank of the device has another.</exception>
    public static LoadedCheckpoint Open(string run, TrainingSettings settings, Ops ops, IImageSet train)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(ops);
        LoadedCheckpoint loaded = Load(run, settings, ops, settings.ModelOf(train), (folder, state) => state.CheckImages(folder, train));
        try
        {
            RankAgreement.Require(ops, settings, train, loaded.Fingerprint);
            return loaded;
        }
        catch
        {
            loaded.Dispose();
            throw;
        }
    }

    /// <summary>Loads the newest checkpoint of an encoder of images, whatever images there are.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="settings">The run's settings.</param>
    /// <param name="ops">The device; it stays the caller's.</param>
    /// <exception cref="BadDataException">There is no checkpoint, or it does not fit.</exception>
    public static LoadedCheckpoint OpenWithoutImages(string run, TrainingSettings settings, Ops ops)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(ops);
        return Load(run, settings, ops, settings.Model, (_, _) => { });
    }

    private static LoadedCheckpoint Load(
        string run, TrainingSettings settings, Ops ops, ModelSettings network, Action<string, CheckpointState> check) =>
        OfNewest(run, folder =>
        {
            CheckpointState state = Checkpoint.ReadState(folder);
            check(folder, state);
            Model model = Model.Create(ops, network, settings.Run.Seed);
            try
            {
                Checkpoint.LoadModel(folder, model);
                return new LoadedCheckpoint(Path.GetFileName(folder), state, Checkpoint.Fingerprint(folder, state), model);
            }
            catch
            {
                model.Dispose();
                throw;
            }
        }) ?? throw new BadDataException($"{run} has no checkpoint; train it first, or continue it with: `training.resume` {ShellWord.OfPath(run)}");

    /// <summary>Reads from the newest checkpoint, and from the next where a training run has removed it meanwhile; null where there is none.</summary>
    /// <typeparam name="T">What is read.</typeparam>
    /// <param name="run">The run folder.</param>
    /// <param name="read">Reads from a checkpoint's folder.</param>
    internal static T? OfNewest<T>(string run, Func<string, T> read)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(read);
        while (Checkpoint.Newest(RunFolder.CheckpointsOf(run)) is { } folder)
        {
            try
            {
                return read(folder);
            }
            catch (Exception exception) when (exception is BadDataException or IOException && Checkpoint.Newest(RunFolder.CheckpointsOf(run)) is { } newest && newest != folder)
            {
                // What is removed had newer ones before; they are as good.
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => Model.Dispose();
}
