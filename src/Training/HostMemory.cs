using System.Globalization;
using NegSamples.Augment;
using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>The host memory of a run on the CPU, counted before any is reserved, and what there is of it.</summary>
/// <remarks>Beside what the program itself takes before it begins. Arenas are counted by a device that only counts; workspaces and arrays by their formulas.</remarks>
internal static class HostMemory
{
    // Of each image of a batch: its number, its label, its place, and the recipes of two views.
    private const int BytesOfSample = 256;

    // The recipe of each further view.
    private const int BytesOfRecipe = 64;

    // Batches that are read ahead, with the one in use.
    private const int Batches = 2;

    // A queue of this many keys is planned in full; each further key takes a row and nothing else.
    private const int PlannedKeys = 4096;

    /// <summary>What a run would take, checkpoints included.</summary>
    /// <param name="settings">Resolved settings.</param>
    /// <param name="images">The training images; a few of them are read.</param>
    /// <param name="collective">The ranks that share the run, of which this is one; null for one.</param>
    /// <param name="precision">What the CPU computes with; null for what the settings mean on this machine.</param>
    public static MemoryPlan OfTraining(TrainingSettings settings, IImageSet images, Collective? collective = null, Precision? precision = null)
    {
        collective ??= Collective.Alone;
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(images);
        int queue = Math.Min(settings.Loss.Queue, Math.Max(PlannedKeys, settings.Batch.Size));
        TrainingSettings planned = settings with { Loss = settings.Loss with { Queue = queue, Negatives = queue > 0 ? Math.Min(queue, settings.Loss.Negatives)
            : settings.Loss.Negatives } };
        CpuWorkspace workspace = default;
        long weights = 0, state = 0;
        int features = 0;
        MemoryPlan arenas = CpuOps.Plan(precision ?? CpuOps.PrecisionOf(settings.Place.Precision), ops =>
        {
            if (collective.Size > 1) ops.Collective = Collective.Planned(collective.Rank, collective.Size);
            PlannedImages all = new(images);
            using Trainer trainer = new(ops, planned, all);
            trainer.Step();
            features = trainer.Model.FeatureDimension;
            if (settings.Run.MonitorEvery > 0)
            {
                using RepresentationMonitor monitor = new(ops, planned, all);
                monitor.Measure(trainer.Model);
            }

            workspace = OfModel(trainer.Model, settings.Loss.ViewsPerSample * (settings.Batch.MicroBatch > 0 ? settings.Batch.MicroBatch : settings.Batch.Size / collective.Size));
            weights = sizeof(float) * (trainer.Model.Parameters.Count + trainer.Model.Statistics.Count);
            state = trainer.Optimizer.State.Sum(entry => sizeof(float) * entry.Value.Count);
        });
        int samples = settings.Batch.Size / collective.Size;
        long views = settings.Loss.Views, row = sizeof(float) * (long)settings.Encoder.EmbeddingDimension, keys = settings.Loss.Queue * row, pixels = PlannedImages.PixelBytes(images, samples);

        // A file's tensors are arrays while it is written, and convolutions turned are arrays once more.
        long checkpoint = (2 * weights) + state + (queue > 0 ? (2 * weights) + keys : 0);
        long monitored = settings.Run.MonitorEvery > 0 ? RepresentationMonitor.HostBytes(settings, images, features) : 0;
        return Joined(arenas,
        [
            new("measuring the representation", monitored, IsManaged: true), new("queue of keys", (KeysOfRank(settings.Loss.Queue, collective.Size) - KeysOfRank(queue, collective.Size)) * row), new("pixels", pixels),
            new("workspace", OfLoss(settings, collective.Size).Or(workspace).Bytes(settings.Place.Threads)),
            new("batches that are read ahead",
                Batches * (pixels + ViewTensor.HostBytes(images, views * samples) + ((BytesOfSample + ((views - 2) * BytesOfRecipe)) * samples)), IsManaged: true),
            new("decoded pictures", images.CacheBytes, IsManaged: true),
            new("pictures that are being decoded", PlannedImages.PixelBytes(images, BatchProducer.DecodedAhead(images)), IsManaged: true),
            new("exchange with other ranks", collective.Size > 1 ? 2 * weights : 0), new("order of the images", sizeof(int) * (long)images.Count, IsManaged: true),
            new("checkpoint that is written", checkpoint, IsManaged: true),
        ]);
    }

    /// <summary>Refuses images that cannot be held, before they are read.</summary>
    /// <param name="data">Where they are.</param>
    /// <exception cref="DeviceMemoryException">They do not fit.</exception>
    public static void RequireImages(DataSettings data)
    {
        ArgumentNullException.ThrowIfNull(data);
        Require($"Holding the images of {data.Path}", OfImages(data), "Give images in a folder, a .zip or shards, which are read when they are needed, or allow more.");
    }

    /// <summary>The images that are held in memory while they are open.</summary>
    /// <param name="data">Where they are.</param>
    public static MemoryPlan OfImages(DataSettings data)
    {
        ArgumentNullException.ThrowIfNull(data);
        return new([new MemoryPlace("images", HeldImages.Bytes(data.Path, data.Kind), IsManaged: true)]);
    }

    /// <summary>Refuses a run that does not fit, before it has a folder.</summary>
    /// <param name="settings">Resolved settings.</param>
    /// <param name="images">The training images.</param>
    /// <param name="ops">The CPU that would train it.</param>
    /// <returns>What it takes.</returns>
    /// <exception cref="DeviceMemoryException">It does not fit; the message has both numbers and the setting that would.</exception>
    public static MemoryPlan RequireTraining(TrainingSettings settings, IImageSet images, CpuOps ops)
    {
        ArgumentNullException.ThrowIfNull(settings);
        IReadOnlyList<MemoryLimit> limits = AvailableMemory.Limits();
        ArgumentNullException.ThrowIfNull(ops);
        MemoryPlan Of(TrainingSettings of) => OfTraining(of, images, ops.Collective, ops.Precision);
        MemoryPlan plan = Of(settings);
        if (plan.Exceeded(limits) is not { } limit) return plan;
        throw Refusal("The run", plan, limit, MemoryAdvice.Of(settings, smaller => Of(smaller).Exceeded(limits) is null));
    }

    /// <summary>Refuses work that does not fit.</summary>
    /// <param name="what">The work, as a subject.</param>
    /// <param name="plan">What it needs.</param>
    /// <param name="advice">What to change, a sentence.</param>
    /// <exception cref="DeviceMemoryException">It does not fit; the message has both numbers.</exception>
    public static void Require(string what, MemoryPlan plan, string advice)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (plan.Exceeded(AvailableMemory.Limits()) is { } limit) throw Refusal(what, plan, limit, advice);
    }

    /// <summary>A plan with further places.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="more">The places.</param>
    public static MemoryPlan Joined(MemoryPlan plan, IEnumerable<MemoryPlace> more)
    {
        ArgumentNullException.ThrowIfNull(plan);
        return MemoryPlan.From(plan.Places.Concat(more));
    }

    /// <summary>The workspace of a model's passes.</summary>
    internal static CpuWorkspace OfModel(Model model, long rows)
    {
        CpuWorkspace most = default;
        foreach (NamedTensor tensor in model.Tensors)
        {
            if (tensor.Layout == TensorLayout.ConvolutionWeight) most = most.Or(CpuWorkspace.OfConvolution(tensor.Value[0], tensor.Value[1], tensor.Value[3]));
            else if (tensor.Value.Rank == 2) most = most.Or(CpuWorkspace.OfProduct(tensor.Value.Columns, Math.Max(rows, Math.Max(tensor.Value[0], tensor.Value[1]))));
        }

        return most;
    }

    private static CpuWorkspace OfLoss(TrainingSettings settings, int ranks)
    {
        LossSettings loss = settings.Loss;
        if (loss.Kind == LossKind.CrossEntropy) return default;
        long dimension = settings.Encoder.EmbeddingDimension, samples = settings.ShardSize, views = loss.Views * samples, negatives = loss.Negatives;
        bool drawn = negatives > 0 && negatives < loss.Available((int)samples);
        if (loss.Queue == 0 && loss.Kind == LossKind.NtXent && loss.Views == 2 && !drawn) return CpuWorkspace.OfSymmetricLoss(views, dimension);
        (long queries, long keys) = loss.Queue > 0 ? (settings.Batch.Size, KeysOfRank(loss.Queue, ranks)) : loss.IsOneWay ? (samples, samples) : (views, views);
        CpuWorkspace all = CpuWorkspace.OfLoss(queries, keys, dimension, loss.Queue > 0 ? 0 : ContrastiveSettings.AutomaticSpillBytes((int)keys, (int)dimension));
        if (queries == views && loss.Queue == 0) all = all with { SharedBytes = all.SharedBytes + (keys * dimension * sizeof(float)) };
        if (!drawn) return all;
        all = all with { SharedBytes = all.SharedBytes + (33 * keys * sizeof(float)) };
        if (keys < loss.Queue) return all.Or(new(0, CpuWorkspace.OfDrawnLoss(queries, loss.Queue, negatives).ThreadBytes)); // drawn from all, behind a mask
        return all.Or(CpuWorkspace.OfDrawnLoss(queries, keys, negatives));
    }

    private static long KeysOfRank(long keys, int ranks) => (keys + ranks - 1) / ranks;

    private static DeviceMemoryException Refusal(string what, MemoryPlan plan, MemoryLimit limit, string advice)
    {
        MemoryPlace largest = plan.Places.First(place => limit.Kind == MemoryKind.All || place.IsManaged == (limit.Kind == MemoryKind.Managed));
        string kind = limit.Kind == MemoryKind.Managed ? "managed host memory" : "host memory";
        return new(string.Create(CultureInfo.InvariantCulture,
            $"{what} needs {Counted.Of(plan.Of(limit.Kind), "byte", "N0")} of {kind} ({largest.Name} {largest.Bytes:N0}); {limit.Bytes:N0} are available by {limit.Name}. {advice}"));
    }
}
