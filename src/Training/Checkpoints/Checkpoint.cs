using System.Globalization;
using System.Security.Cryptography;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Optimizers;

namespace NegSamples.Training.Checkpoints;

/// <summary>Saves and loads the weights, the running statistics, the optimizer's state and the position of a run.</summary>
/// <remarks>
/// A checkpoint is a folder <c>step-000001234</c> with <c>model.safetensors</c> (torchvision's names, OIHW), <c>optimizer.safetensors</c>
/// (the flat state) and <c>state.json</c>; of a run with a momentum queue also with <c>momentum-model.safetensors</c>, as the model's, and
/// <c>queue.safetensors</c>: the keys [K, D] and the row of the oldest. It is written under a temporary name, flushed, and renamed as a whole: a folder of
/// the final name is complete.
/// </remarks>
internal static class Checkpoint
{
    private const string ModelFile = "model.safetensors", OptimizerFile = "optimizer.safetensors", MomentumModelFile = "momentum-model.safetensors";
    private const string Prefix = "step-", Unfinished = ".tmp";

    // The square of a larger weight, summed over a layer, leaves float32.
    internal const float LargestWeight = 1e15f;

    /// <summary>Writes a checkpoint and returns its folder.</summary>
    /// <param name="checkpoints">The run's folder of checkpoints.</param>
    /// <param name="model">Weights and running statistics.</param>
    /// <param name="optimizer">Its state.</param>
    /// <param name="state">The position.</param>
    /// <param name="queue">The momentum encoder and its keys, where the run has a queue.</param>
    /// <param name="keys">All keys of the queue, gathered from several ranks; null on one rank, which has them.</param>
    public static string Save(
        string checkpoints, Model model, Optimizer optimizer, CheckpointState state, MomentumContrast? queue = null, float[]? keys = null)
    {
        string folder = Path.Combine(checkpoints, NameOf(state.Step)), temporary = folder + Unfinished;
        if (Directory.Exists(folder) && FaultOf(folder) is null) return folder; // the same step of the same run has the same bits
        Disk.DeleteFolder(temporary);
        try
        {
            Disk.CreateFolder(temporary);
            WriteModel(Path.Combine(temporary, ModelFile), model, state.Step);
            Safetensors.Write(
                Path.Combine(temporary, OptimizerFile),
                optimizer.State.Select(entry => SafetensorsEntry.Of(entry.Name, Download(model.Ops, entry.Value), checked((int)entry.Value.Count))),
                new Dictionary<string, string> { ["format"] = "negsamples-optimizer" });
            if (queue is not null)
            {
                WriteModel(Path.Combine(temporary, MomentumModelFile), queue.Encoder, state.Step);
                QueueFile.Write(Path.Combine(temporary, QueueFile.Name), queue, keys ?? queue.GatherKeys());
            }

            SortedDictionary<string, string> hashes = new(StringComparer.Ordinal);
            foreach (string file in Directory.GetFiles(temporary)) hashes.Add(Path.GetFileName(file), HashOf(file));
            AtomicFile.WriteText(Path.Combine(temporary, CheckpointState.FileName), (state with { Files = hashes }).ToJson());
        }
        catch (Exception fault)
        {
            // A full disk needs the room for the next try.
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
            if (fault is IOException) throw Disk.Named(fault, temporary, folder);
            throw;
        }

        if (Directory.Exists(folder))
        {
            // It is damaged, so the one before is the newest until the new one stands; what is deleted has another name.
            string aside = folder + ".damaged" + Unfinished;
            Disk.DeleteFolder(aside);
            Disk.MoveFolder(folder, aside);
            Disk.MoveFolder(temporary, folder);
            Disk.DeleteFolder(aside);
            return folder;
        }

        Disk.MoveFolder(temporary, folder);
        return folder;
    }

    /// <summary>The name of a checkpoint's folder.</summary>
    /// <param name="step">Steps done.</param>
    public static string NameOf(long step) => Prefix + step.ToString("D9", CultureInfo.InvariantCulture);

    /// <summary>Removes what killed saves have left. For the holder of the run's lock.</summary>
    /// <param name="checkpoints">The run's folder of checkpoints.</param>
    public static void RemoveUnfinished(string checkpoints)
    {
        if (!Directory.Exists(checkpoints)) return;
        foreach (string folder in Directory.GetDirectories(checkpoints, Prefix + "*" + Unfinished)) Disk.DeleteFolder(folder);
    }

    /// <summary>What is wrong with a checkpoint, in a sentence; null where every file is what was written.</summary>
    /// <param name="folder">The checkpoint.</param>
    public static string? FaultOf(string folder)
    {
        try
        {
            CheckpointState state = ReadState(folder);
            foreach (string file in FilesOf(folder, state))
            {
                CheckHash(folder, state, file);
                if (state.Files is null) SafetensorsFile.Read(Path.Combine(folder, file));
            }

            return null;
        }
        catch (Exception exception) when (exception is BadDataException or IOException or UnauthorizedAccessException)
        {
            return exception.Message;
        }
    }

    /// <summary>The newest checkpoint that verifies; null where there is none.</summary>
    /// <param name="checkpoints">The run's folder of checkpoints.</param>
    /// <param name="warn">Is told of every newer one and what is wrong with it.</param>
    /// <exception cref="BadDataException">There are checkpoints and none is sound.</exception>
    public static string? NewestSound(string checkpoints, Action<string> warn)
    {
        List<string> faults = [];
        foreach (string folder in All(checkpoints).Reverse())
        {
            if (FaultOf(folder) is not { } fault)
            {
                foreach (string newer in faults) warn($"{newer} The run goes on from the checkpoint before, {folder}.");
                return folder;
            }

            faults.Add($"The checkpoint {folder} is damaged: {fault}");
        }

        return faults.Count == 0 ? null : throw new BadDataException(string.Join(" ", faults) + " There is no other.");
    }

    /// <summary>The newest checkpoint of a run, or null; folders that were never finished do not count.</summary>
    /// <param name="checkpoints">The run's folder of checkpoints.</param>
    public static string? Newest(string checkpoints) => All(checkpoints) is [.., string newest] ? newest : null;

    /// <summary>All checkpoints of a run, oldest first.</summary>
    /// <param name="checkpoints">The run's folder of checkpoints.</param>
    public static IReadOnlyList<string> All(string checkpoints) => !Directory.Exists(checkpoints)
        ? []
        : [.. Directory.GetDirectories(checkpoints, Prefix + "*").Where(folder => !folder.EndsWith(Unfinished, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    /// <summary>Reads the position of a checkpoint.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <exception cref="BadDataException">The file is missing or not what it should be.</exception>
    public static CheckpointState ReadState(string folder) => CheckpointState.Read(folder);

    /// <summary>SHA-256 of a checkpoint's weights, in hexadecimal: equal for equal weights, whatever the run's name.</summary>
    /// <param name="folder">The checkpoint.</param>
    public static string Fingerprint(string folder) => HashOf(Path.Combine(folder, ModelFile));

    /// <summary>The same of a checkpoint whose weights were checked against its state: read from there where the format has it.</summary>
    internal static string Fingerprint(string folder, CheckpointState state) =>
        state.Files is { } files && files.TryGetValue(ModelFile, out string? hash) ? hash : Fingerprint(folder);

    /// <summary>The weights of a checkpoint.</summary>
    /// <param name="folder">The checkpoint.</param>
    internal static string ModelFileOf(string folder) => Path.Combine(folder, ModelFile);

    /// <summary>Fills a model from a checkpoint.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="model">The model that it must fit.</param>
    /// <exception cref="BadDataException">The file is not of this architecture, or not a checkpoint.</exception>
    public static void LoadModel(string folder, Model model) => LoadModelFile(Checked(folder, ModelFile), model);

    /// <summary>Fills a momentum encoder and its queue from a checkpoint.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="queue">The queue that it must fit.</param>
    /// <exception cref="BadDataException">The checkpoint has no queue, or it does not fit.</exception>
    public static void LoadQueue(string folder, MomentumContrast queue) => LoadQueueFiles(folder, queue, Checked);

    /// <summary>Fills all that a run goes on with from a checkpoint of <see cref="NewestSound"/>, whose files are not hashed a second time.</summary>
    /// <param name="folder">The checkpoint.</param>
    /// <param name="model">The model that it must fit.</param>
    /// <param name="optimizer">The optimizer that it must fit.</param>
    /// <param name="queue">The queue that it must fit, where the run has one.</param>
    /// <exception cref="BadDataException">A file does not fit.</exception>
    internal static void LoadSound(string folder, Model model, Optimizer optimizer, MomentumContrast? queue)
    {
        LoadModelFile(Path.Combine(folder, ModelFile), model);
        LoadOptimizerFile(Path.Combine(folder, OptimizerFile), model.Ops, optimizer);
        if (queue is not null) LoadQueueFiles(folder, queue, Path.Combine);
    }

    private static void LoadQueueFiles(string folder, MomentumContrast queue, Func<string, string, string> pathOf)
    {
        foreach (string file in new[] { MomentumModelFile, QueueFile.Name })
        {
            if (!File.Exists(Path.Combine(folder, file))) throw new BadDataException($"{folder} has no {file}; a run with a queue needs it.");
        }

        LoadModelFile(pathOf(folder, MomentumModelFile), queue.Encoder);
        QueueFile.Read(pathOf(folder, QueueFile.Name), queue);
    }

    private static void LoadOptimizerFile(string path, Ops ops, Optimizer optimizer)
    {
        SafetensorsFile file = SafetensorsFile.Read(path);
        foreach ((string name, Tensor value) in optimizer.State)
        {
            if (!file.Contains(name)) throw new BadDataException($"{path} has no {name}; it was saved by another optimizer.");
            float[] values = file.Floats(name);
            if (values.Length != value.Count) throw new BadDataException($"{path}: {name} has {Counted.Of(values.Length, "number")}; expected {value.Count}.");
            if (Array.Exists(values, number => !float.IsFinite(number))) throw new BadDataException($"{path}: {name} holds a number that is not finite.");
            ops.Upload<float>(values, value);
        }
    }

    private static IEnumerable<string> FilesOf(string folder, CheckpointState state) => state.Files?.Keys
        ?? new[] { ModelFile, OptimizerFile, MomentumModelFile, QueueFile.Name }
            .Where(file => file is ModelFile or OptimizerFile || File.Exists(Path.Combine(folder, file)));

    /// <summary>The path of a file of a checkpoint, after its hash was compared.</summary>
    private static string Checked(string folder, string file)
    {
        try
        {
            CheckHash(folder, ReadState(folder), file);
            return Path.Combine(folder, file);
        }
        catch (BadDataException exception)
        {
            string parent = Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)))!;
            string? before = All(parent).LastOrDefault(
                other => Path.GetFileName(other) != Path.GetFileName(folder) && FaultOf(other) is null);
            throw before is null ? exception : new BadDataException($"{exception.Message} The checkpoint {before} is sound.", exception);
        }
    }

    private static void CheckHash(string folder, CheckpointState state, string file)
    {
        string path = Path.Combine(folder, file);
        if (!File.Exists(path)) throw new BadDataException($"{path} is missing.");
        if (state.Files is null) return; // a format without hashes
        string expected = state.Files.TryGetValue(file, out string? hash) ? hash : throw new BadDataException($"{folder} has no sha256 of {file}.");
        string found = HashOf(path);
        if (found == expected) return;
        throw new BadDataException($"{path} was changed after it was written: its sha256 is {found[..12]}…; expected {expected[..Math.Min(12, expected.Length)]}….");
    }

    private static string HashOf(string path)
    {
        using FileStream stream = File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private const string CounterSuffix = ".num_batches_tracked";

    internal static void LoadModelFile(string path, Model model)
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
            throw new BadDataException($"{path} is not a checkpoint of this architecture ({model.Settings.Encoder}, {model.Settings.Stem} stem, {Counted.Of(model.EmbeddingDimension, "dimension")}): {string.Join("; ", faults.Take(5))}{(faults.Count > 5 ? $"; and {faults.Count - 5} more" : "")}.");
        foreach (NamedTensor tensor in model.Tensors)
        {
            float[] values = file.Floats(tensor.Name);
            if (Array.Exists(values, value => !float.IsFinite(value))) throw new BadDataException($"{path}: {tensor.Name} holds a number that is not finite.");
            if (tensor.Layout == TensorLayout.ConvolutionWeight)
                values = ConvolutionLayout.FromOihw(values, tensor.Value[0], tensor.Value[3], tensor.Value[1], tensor.Value[2]);
            model.Ops.Upload<float>(values, tensor.Value);
        }
    }

    internal static void WriteModel(string path, Model model, long step)
    {
        List<SafetensorsEntry> entries = [];
        foreach (NamedTensor tensor in model.Tensors)
        {
            float[] values = Download(model.Ops, tensor.Value);
            if (Array.FindIndex(values, value => !(Math.Abs(value) <= LargestWeight)) is >= 0 and int place)
                throw new NonFiniteLossException(FormattableString.Invariant(
                    $"After step {step} {tensor.Name} holds {values[place]}; expected at most {LargestWeight:0e+0}. The weights are not saved. ")
                    + "Try a lower `learningRate` or a longer `warmupEpochs`.");
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

    /// <summary>A tensor's axes as files of PyTorch have them.</summary>
    internal static int[] FileShape(NamedTensor tensor)
    {
        Tensor value = tensor.Value;
        return tensor.Layout == TensorLayout.ConvolutionWeight
            ? [value[0], value[3], value[1], value[2]]
            : [.. Enumerable.Range(0, value.Rank).Select(axis => value[axis])];
    }

    /// <summary>A tensor's numbers on the host.</summary>
    internal static float[] Download(Ops ops, Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        ops.Download<float>(tensor, values);
        return values;
    }
}
