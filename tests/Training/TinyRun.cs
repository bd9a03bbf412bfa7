using System.Text.Json;
using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training;

/// <summary>A run folder in a temporary place with a few small pictures: seconds, not minutes.</summary>
internal sealed class TinyRun : IDisposable
{
    public static readonly TrainingSettings Settings = new TrainingSettings
    {
        Encoder = new() { Kind = EncoderKind.ConvNet, EmbeddingDimension = 16 }, Data = new() { ImageSize = 16 }, Batch = new() { Size = 8 },
        Optimizer = new() { Epochs = 3 }, Run = new() { Seed = 5 },
    }.Resolve("shapes");

    public string Root { get; } = Directory.CreateTempSubdirectory("negsamples-").FullName;

    public static ShapesSet Images(bool train = true, ulong seed = 1) => new(new ShapesSettings { Seed = seed, Size = 16, TrainCount = 27, TestCount = 20 }, train);

    public string Folder(string name) => Path.Combine(Root, name);

    /// <summary>Trains in a new folder, or goes on in an existing one, and stops by itself after some steps of this call.</summary>
    public TrainingOutcome Train(
        string name, int threads = 1, int stopAfter = int.MaxValue, TrainingSettings? settings = null, IImageSet? images = null, Func<Ops>? open = null,
        ResumeOptions? resume = null, Action<string>? warn = null)
    {
        settings ??= Settings;
        using Ops ops = open?.Invoke() ?? new CpuOps(threads);
        using RunFolder run = Directory.Exists(Folder(name)) ? RunFolder.Open(Folder(name)) : RunFolder.Create(Folder(name), settings, ops.Description);
        using CancellationTokenSource stop = new();
        int steps = 0;
        return TrainingRun.Train(run, settings, ops, images ?? Images(), _ => { if (++steps == stopAfter) stop.Cancel(); }, warn ?? Assert.Fail, stop.Token, resume);
    }

    public static byte[] Bytes(TrainingOutcome outcome, string file) => File.ReadAllBytes(Path.Combine(outcome.Checkpoint, file));

    /// <summary>Turns a checkpoint into one of a version whose state had no hashes, settings or version.</summary>
    public static void StoreAsFormat(string checkpoint, int format) => File.WriteAllText(Path.Combine(checkpoint, "state.json"), JsonSerializer.Serialize(
        Checkpoint.ReadState(checkpoint) with { FormatVersion = format, Settings = null, Version = null, Files = null, Sha256 = null },
        CheckpointJson.Default.CheckpointState));

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
