using System.Text.Json;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>One parameter tensor at a step whose numbers were not finite. Norms are of the finite numbers alone.</summary>
/// <param name="Name">Its name in a state dictionary.</param>
/// <param name="Numbers">How many it has.</param>
/// <param name="WeightNorm">‖w‖₂.</param>
/// <param name="WeightsNotFinite">Weights that are NaN or infinite.</param>
/// <param name="GradientNorm">‖dL/dw‖₂; null where the loss itself was not finite, for then there is no gradient.</param>
/// <param name="GradientsNotFinite">Gradients that are NaN or infinite.</param>
internal sealed record LayerNorms(string Name, int Numbers, double WeightNorm, int WeightsNotFinite, double? GradientNorm, int? GradientsNotFinite);

/// <summary>A step whose numbers were not finite; the file <c>diverged/step-N.json</c>.</summary>
/// <param name="Step">The step, from 0.</param>
/// <param name="Fault">What was not finite.</param>
/// <param name="LearningRate">The rate that its update would have had.</param>
/// <param name="Temperature">T.</param>
/// <param name="Images">The batch: places in the image set, in the order of the batch.</param>
/// <param name="Layers">The parameters.</param>
/// <param name="Settings">All settings.</param>
/// <param name="DataFingerprint">Of the training images.</param>
/// <param name="Version">The program.</param>
internal sealed record DivergedStepRecord(
    long Step, string Fault, float LearningRate, double Temperature, IReadOnlyList<int> Images, IReadOnlyList<LayerNorms> Layers, TrainingSettings Settings,
    string DataFingerprint, string Version);

/// <summary>Keeps a step whose loss, gradient or weights were not finite, with all that it takes to do it again.</summary>
/// <remarks>
/// A step is a pure function of the settings, the images, the weights and the optimizer's state, so beside the record lies <c>diverged/step-N.safetensors</c>
/// with the weights and the state as they were before the step: flat, as they lie in memory, whatever their numbers. Running statistics are not among them:
/// training does not read them.
/// </remarks>
internal static class DivergedStep
{
    private const string Parameters = "parameters", MomentumParameters = "momentum_parameters", Keys = "keys";

    /// <summary>Keeps the step that the trainer began last and could not end, and says where, in a sentence; where the disk refuses, it says that.</summary>
    internal static string Keep(RunFolder run, Trainer trainer, TrainingSettings settings, IImageSet images, string fault)
    {
        string path = PathOf(run.FolderPath, trainer.NextStep);
        int[] samples = trainer.AllSamples();
        float[]? keys = trainer.Queue?.GatherKeys();
        Collective collective = trainer.Model.Ops.Collective;
        if (collective.Rank > 0)
        {
            collective.Barrier(); // A rank that has failed ends the others, and rank 0 still writes.
            return $"Rank 0 keeps the step in {path}.";
        }

        try
        {
            DivergedStepRecord record = new(
                trainer.NextStep, fault, trainer.LearningRateAt(trainer.NextStep), trainer.Temperature, samples, LayersOf(trainer), settings,
                images.Fingerprint, RunEnvironment.ProgramVersion);
            Disk.CreateFolder(RunFolder.DivergedOf(run.FolderPath));
            Safetensors.Write(
                Path.ChangeExtension(path, ".safetensors"),
                StateOf(trainer).Select(entry => (entry.Name, Values: Checkpoint.Download(trainer.Model.Ops, entry.Value)))
                    .Concat(keys is null ? [] : [(Keys, keys)]).Select(entry => SafetensorsEntry.Of(entry.Name, entry.Values, entry.Values.Length)),
                new Dictionary<string, string> { ["format"] = "negsamples-diverged", ["oldest"] = FormattableString.Invariant($"{trainer.Queue?.Oldest ?? 0}") });
            AtomicFile.WriteText(path, JsonSerializer.Serialize(record, SettingsJson.Default.DivergedStepRecord));
            return $"The step is kept in {path}; look at it again with: `run.replay` {ShellWord.OfPath(run.FolderPath)}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"The step could not be kept in {path}: {exception.Message}";
        }
        finally
        {
            collective.Barrier();
        }
    }

    /// <summary>The newest kept step of a run.</summary>
    /// <param name="run">The run folder.</param>
    /// <exception cref="BadDataException">There is none, or it cannot be read.</exception>
    public static DivergedStepRecord Read(string run)
    {
        RunFolder.ReadSettings(run);
        string folder = RunFolder.DivergedOf(run);
        if (!Directory.Exists(folder) || Directory.GetFiles(folder, "step-*.json").Max(StringComparer.Ordinal) is not { } path)
            throw new BadDataException($"{run} has no step to replay: none of its steps ended with a number that is not finite.");
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), SettingsJson.Default.DivergedStepRecord)
                is { Settings: not null, Images: not null, Layers: not null, Fault: not null, Step: >= 0 } record ? record
                : throw new BadDataException($"{path} lacks its step, settings, images or layers; expected all of them.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or ArgumentException)
        {
            throw new BadDataException($"{path} does not hold a diverged step: {exception.Message}", exception);
        }
    }

    /// <summary>Does a kept step again.</summary>
    /// <param name="run">The run folder; nothing in it is changed.</param>
    /// <param name="record">The step.</param>
    /// <param name="settings">Its settings, perhaps in another place.</param>
    /// <param name="ops">The device.</param>
    /// <param name="images">The training images.</param>
    /// <returns>The step as it went this time; its fault is empty where every number was finite.</returns>
    /// <exception cref="BadDataException">The images are other ones, or the weights that were kept do not fit.</exception>
    public static DivergedStepRecord Replay(string run, DivergedStepRecord record, TrainingSettings settings, Ops ops, IImageSet images)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(images);
        string path = Path.ChangeExtension(PathOf(run, record.Step), ".safetensors");
        if (record.DataFingerprint != images.Fingerprint)
            throw new BadDataException($"{path} is of other {SampleNoun.Of(images)}s: their fingerprint is {ShortHash.In(record.DataFingerprint)}, that of {images.Name} is {ShortHash.In(images.Fingerprint)}.");
        using Trainer trainer = new(ops, settings, images, record.Step);
        SafetensorsFile file = SafetensorsFile.Read(path);
        foreach ((string name, Tensor value) in StateOf(trainer)) ops.Upload<float>(file.Floats(name, [checked((int)value.Count)]), value);
        if (trainer.Queue is { } queue)
        {
            queue.TakeKeys(file.Floats(Keys, [checked((int)queue.Keys.Count)]));
            queue.Oldest = file.Metadata.TryGetValue("oldest", out string? oldest) && int.TryParse(oldest, out int row) && row >= 0 && row < queue.Length ? row
                : throw new BadDataException($"{path}: 'oldest' is {oldest}; expected a row of the {Counted.Of(queue.Length, "key")}, from 0.");
        }

        string fault = "";
        try
        {
            trainer.Step();
        }
        catch (NonFiniteLossException exception)
        {
            fault = exception.Message;
        }

        return record with { Fault = fault, Images = trainer.Samples.ToArray(), Layers = LayersOf(trainer) };
    }

    private static string PathOf(string run, long step) => Path.Combine(RunFolder.DivergedOf(run), Checkpoint.NameOf(step) + ".json");

    private static IEnumerable<(string Name, Tensor Value)> StateOf(Trainer trainer)
    {
        yield return (Parameters, trainer.Model.Parameters);
        foreach ((string name, Tensor value) in trainer.Optimizer.State) yield return (name, value);
        if (trainer.Queue is { } queue) yield return (MomentumParameters, queue.Encoder.Parameters);
    }

    private static LayerNorms[] LayersOf(Trainer trainer)
    {
        Model model = trainer.Model;
        float[] weights = Checkpoint.Download(model.Ops, model.Parameters);
        float[]? gradients = trainer.HasGradients ? Checkpoint.Download(model.Ops, model.Gradients) : null;
        return [.. model.Tensors.Where(tensor => tensor.Trainable).Select(tensor =>
        {
            (int start, int length) = ((int)(tensor.Value.ByteOffset / sizeof(float)), (int)tensor.Value.Count);
            (double weightNorm, int weightFaults) = NormOf(weights.AsSpan(start, length));
            if (gradients is null) return new LayerNorms(tensor.Name, length, weightNorm, weightFaults, null, null);
            (double norm, int faults) = NormOf(gradients.AsSpan(start, length));
            return new LayerNorms(tensor.Name, length, weightNorm, weightFaults, norm, faults);
        })];
    }

    private static (double Norm, int NotFinite) NormOf(ReadOnlySpan<float> values)
    {
        double squares = 0;
        int notFinite = 0;
        foreach (float value in values)
        {
            if (float.IsFinite(value)) squares += (double)value * value;
            else notFinite++;
        }

        return (Math.Sqrt(squares), notFinite);
    }
}
