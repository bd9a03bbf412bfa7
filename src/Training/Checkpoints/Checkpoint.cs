using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Optimizers;

namespace NegSamples.Training.Checkpoints;

/// <summary>Where a checkpoint stands in its run; the file <c>state.json</c>.</summary>
/// <param name="FormatVersion"><see cref="CurrentFormat"/>.</param>
/// <param name="Step">Steps done.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="StepsPerEpoch">Steps of an epoch.</param>
/// <param name="Seed">The key of all random numbers. With the step it is the whole state of the generator, which is counter-based.</param>
/// <param name="DataFingerprint">The training images' fingerprint.</param>
/// <param name="LastLoss">The loss of the last step; null before the first.</param>
public sealed record CheckpointState(int FormatVersion, long Step, long TotalSteps, int StepsPerEpoch, ulong Seed, string DataFingerprint, double? LastLoss)
{
    /// <summary>The format that this version writes.</summary>
    public const int CurrentFormat = 2;

    /// <summary>The oldest format that it reads: the same files, of versions whose single-view loss and drawn negatives were summed in another order.</summary>
    public const int OldestFormat = 1;
}

/// <summary>Saves and loads the weights, the running statistics, the optimizer's state and the position of a run.</summary>
/// <remarks>
/// A checkpoint is a folder <c>step-000001234</c> with <c>model.safetensors</c> (torchvision's names, OIHW), <c>optimizer.safetensors</c>
/// (the flat state) and <c>state.json</c>; of a run with a momentum queue also with <c>momentum-model.safetensors</c>, as the model's, and
/// <c>queue.safetensors</c>: the keys [K, D] and the row of the oldest. It is written under a temporary name, flushed, and renamed as a whole: a folder of
/// the final name is complete.
/// </remarks>
public static class Checkpoint
{
    private const string ModelFile = "model.safetensors", OptimizerFile = "optimizer.safetensors", MomentumModelFile = "momentum-model.safetensors";
    private const string StateFile = "state.json", Prefix = "step-";

    /// <summary>Writes a checkpoint and returns its folder.</summary>
    /// <param name="checkpoints">The run's folder of checkpoints.</param>
    /// <param name="model">Weights and running statistics.</param>
    /// <param name="optimizer">Its state.</param>
    /// <param name="state">The position.</param>
    /// <param name="queue">The momentum encoder and its keys, where the run has a queue.</param>
    public static string Save(string checkpoints, Model model, Optimizer optimizer, CheckpointState state, MomentumContrast? queue = null)
    {
        string folder = Path.Combine(checkpoints, Prefix + state.Step.ToString("D9", CultureInfo.InvariantCulture)), temporary = folder + ".tmp";
        if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        Directory.CreateDirectory(temporary);
        WriteModel(Path.Combine(temporary, ModelFile), model, state.Step);
        Safetensors.Write(
            Path.Combine(temporary, OptimizerFile),
            optimizer.State.Select(entry => SafetensorsEntry.Of(entry.Name, Download(model.Ops, entry.Value), checked((int)entry.Value.Count))),
            new Dictionary<string, string> { ["format"] = "negsamples-optimizer" });
        if (queue is not null)
        {
            WriteModel(Path.Combine(temporary, MomentumModelFile), queue.Encoder, state.Step);
            QueueFile.Write(Path.Combine(temporary, QueueFile.Name), queue);
        }

        AtomicFile.WriteText(Path.Combine(temporary, StateFile), JsonSerializer.Serialize(state, CheckpointJson.Default.CheckpointState));
        if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
        Directory.Move(temporary, folder);
        return folder;
    }

    /// <summary>The newest checkpoint of a run, or null; folders that were never finished do not count.</summary>
    /// <param name="checkpoints">The run's folder of checkpoints.</param>
    public static string? Newest(string checkpoints) => All(checkpoints) is [.., string newest] ? newest : null;

    /// <summary>All checkpoints of a run, oldest first.</summary>
    /// <param name="checkpoints">The run's folder of checkpoints.</param>
    public static IReadOnlyList<string> All(string checkpoints) => !Directory.Exists(checkpoints)
        ? []
        : [.. Directory.GetDirectories(checkpoints, Prefix + "*").Where(folder => !folder.EndsWith(".tmp", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    /// <summary>Reads the position of a checkpoint.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <exception cref="BadDataException">The file is missing or not what it should be.</exception>
    public static CheckpointState ReadState(string folder)
    {
        string path = Path.Combine(folder, StateFile);
        try
        {
            CheckpointState? state = JsonSerializer.Deserialize(File.ReadAllText(path), CheckpointJson.Default.CheckpointState);
            if (state is null || state.FormatVersion is < CheckpointState.OldestFormat or > CheckpointState.CurrentFormat)
                throw new BadDataException(
                    $"{path} has format {state?.FormatVersion}; this version reads {CheckpointState.OldestFormat} to {CheckpointState.CurrentFormat}.");
            return state;
        }
        catch (Exception exception) when (exception is JsonException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BadDataException($"{path} is not the state of a checkpoint: {exception.Message}", exception);
        }
    }

    /// <summary>SHA-256 of a checkpoint's weights, in hexadecimal: equal for equal weights, whatever the run's name.</summary>
    /// <param name="folder">The checkpoint.</param>
    public static string Fingerprint(string folder)
    {
        using FileStream stream = File.OpenRead(Path.Combine(folder, ModelFile));
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>Fills a model from a checkpoint.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="model">The model that it must fit.</param>
    /// <exception cref="BadDataException">The file is not of this architecture, or not a checkpoint.</exception>
    public static void LoadModel(string folder, Model model) => LoadModelFile(Path.Combine(folder, ModelFile), model);

    /// <summary>Fills a momentum encoder and its queue from a checkpoint.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="queue">The queue that it must fit.</param>
    /// <exception cref="BadDataException">The checkpoint has no queue, or it does not fit.</exception>
    public static void LoadQueue(string folder, MomentumContrast queue)
    {
        foreach (string file in new[] { MomentumModelFile, QueueFile.Name })
        {
            if (!File.Exists(Path.Combine(folder, file))) throw new BadDataException($"{folder} has no {file}; a run with a queue needs it.");
        }

        LoadModelFile(Path.Combine(folder, MomentumModelFile), queue.Encoder);
        QueueFile.Read(Path.Combine(folder, QueueFile.Name), queue);
    }

    /// <summary>Fills an optimizer's state from a checkpoint.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="ops">The device.</param>
    /// <param name="optimizer">The optimizer that it must fit.</param>
    /// <exception cref="BadDataException">The file does not fit.</exception>
    public static void LoadOptimizer(string folder, Ops ops, Optimizer optimizer)
    {
        string path = Path.Combine(folder, OptimizerFile);
        SafetensorsFile file = SafetensorsFile.Read(path);
        foreach ((string name, Tensor value) in optimizer.State)
        {
            if (!file.Contains(name)) throw new BadDataException($"{path} has no {name}; it was saved by another optimizer.");
            float[] values = file.Floats(name);
            if (values.Length != value.Count) throw new BadDataException($"{path}: {name} has {values.Length} numbers; expected {value.Count}.");
            ops.Upload<float>(values, value);
        }
    }

    private const string CounterSuffix = ".num_batches_tracked";

    private static void LoadModelFile(string path, Model model)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        List<string> faults = [];
        HashSet<string> expected = [];
        foreach (NamedTensor tensor in model.Tensors)
        {
            expected.Add(tensor.Name);
            int[] shape = FileShape(tensor);
            if (!file.Contains(tensor.Name)) faults.Add($"{tensor.Name} is missing");
            else if (!file.Shape(tensor.Name).SequenceEqual(shape))
                faults.Add($"{tensor.Name} is [{string.Join(", ", file.Shape(tensor.Name).ToArray())}]; expected [{string.Join(", ", shape)}]");
        }

        faults.AddRange(file.Names.Where(name => !expected.Contains(name) && !name.EndsWith(CounterSuffix, StringComparison.Ordinal))
            .Select(name => $"{name} is not expected"));
        if (faults.Count > 0)
            throw new BadDataException($"{path} is not a checkpoint of this architecture ({model.Settings.Encoder}, {model.Settings.Stem} stem, {model.EmbeddingDimension} dimensions): {string.Join("; ", faults.Take(5))}{(faults.Count > 5 ? $"; and {faults.Count - 5} more" : "")}.");
        foreach (NamedTensor tensor in model.Tensors)
        {
            float[] values = file.Floats(tensor.Name);
            if (Array.Exists(values, value => !float.IsFinite(value))) throw new BadDataException($"{path}: {tensor.Name} holds a number that is not finite.");
            if (tensor.Layout == TensorLayout.ConvolutionWeight)
                values = ConvolutionLayout.FromOihw(values, tensor.Value[0], tensor.Value[3], tensor.Value[1], tensor.Value[2]);
            model.Ops.Upload<float>(values, tensor.Value);
        }
    }

    private static void WriteModel(string path, Model model, long step)
    {
        List<SafetensorsEntry> entries = [];
        foreach (NamedTensor tensor in model.Tensors)
        {
            float[] values = Download(model.Ops, tensor.Value);
            if (tensor.Layout == TensorLayout.ConvolutionWeight)
                values = ConvolutionLayout.ToOihw(values, tensor.Value[0], tensor.Value[1], tensor.Value[2], tensor.Value[3]);
            entries.Add(SafetensorsEntry.Of(tensor.Name, values, FileShape(tensor)));

            // PyTorch's batch norms carry a counter; a strict load wants it.
            const string variance = ".running_var";
            if (tensor.Name.EndsWith(variance, StringComparison.Ordinal))
                entries.Add(SafetensorsEntry.Of(tensor.Name[..^variance.Length] + CounterSuffix, new long[] { step }, []));
        }

        Safetensors.Write(path, entries, new Dictionary<string, string>
        {
            ["format"] = "pt",
            ["encoder"] = model.Settings.Encoder.ToString(),
            ["stem"] = model.Settings.Stem.ToString(),
            ["step"] = step.ToString(CultureInfo.InvariantCulture),
        });
    }

    private static int[] FileShape(NamedTensor tensor)
    {
        Tensor value = tensor.Value;
        return tensor.Layout == TensorLayout.ConvolutionWeight
            ? [value[0], value[3], value[1], value[2]]
            : [.. Enumerable.Range(0, value.Rank).Select(axis => value[axis])];
    }

    private static float[] Download(Ops ops, Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        ops.Download<float>(tensor, values);
        return values;
    }
}

[JsonSerializable(typeof(CheckpointState))]
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
internal sealed partial class CheckpointJson : JsonSerializerContext;
