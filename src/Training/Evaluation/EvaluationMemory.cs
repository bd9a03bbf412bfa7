using NegSamples.Augment;
using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training.Evaluation;

/// <summary>The host memory of what measures a checkpoint, counted before any is reserved; on a GPU its arrays alone.</summary>
internal static class EvaluationMemory
{
    /// <summary>What a model takes that embeds images, batch by batch.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="images">The images; a few of them are read.</param>
    /// <param name="ops">The device.</param>
    /// <param name="viewsPerSample">Views of each image.</param>
    /// <param name="models">Models at a time; all but one do not embed.</param>
    public static MemoryPlan OfEmbedding(TrainingSettings settings, IImageSet images, Ops ops, int viewsPerSample = 1, int models = 1) =>
        Embedding(settings, images, ops, viewsPerSample, models).Plan;

    /// <summary>What an evaluation takes: the features of both splits under one encoder at a time, and its classifiers.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="train">Training images.</param>
    /// <param name="test">Test images.</param>
    /// <param name="linear">The linear classifier's settings.</param>
    /// <param name="ops">The device.</param>
    /// <param name="protocol">The paper's has no neighbours and no moments, and trains two linear classifiers at a time.</param>
    public static MemoryPlan OfEvaluation(
        TrainingSettings settings, IImageSet train, IImageSet test, LinearSettings linear, Ops ops, EvaluationProtocol protocol = EvaluationProtocol.Plain)
    {
        ArgumentNullException.ThrowIfNull(linear);
        ArgumentNullException.ThrowIfNull(test);
        (MemoryPlan embedding, int encoder) = Embedding(settings, train, ops, viewsPerSample: 1, models: 2);
        int head = settings.Encoder.EmbeddingDimension, widest = Math.Max(encoder, head);
        bool isPlain = protocol == EvaluationProtocol.Plain;
        long rows = (long)train.Count + test.Count, features = sizeof(float) * rows * (encoder + head);
        MemoryPlace[] arrays =
        [
            new("moments of the features", isPlain ? 4L * widest * widest * sizeof(double) : 0, IsManaged: true),
            new("features", features, IsManaged: true),

            // The runtime may not have collected those of the mean classifiers when those of the linear ones are taken.
            new("features that were given up", isPlain ? 0 : features, IsManaged: true),
            new("labels and ranks", 4 * sizeof(int) * rows, IsManaged: true),
            new("nearest neighbours", isPlain ? NearestNeighbours.HostBytes(train.Count, test.Count) : 0, IsManaged: true),
        ];
        if (ops is not CpuOps cpu) return HostMemory.Joined(embedding, arrays);
        int classes = train.ClassNames.Count;
        if (!isPlain)
        {
            long both = LinearTraining.ArenaBytes(linear, encoder, classes) + LinearTraining.ArenaBytes(linear, head, classes);
            return HostMemory.Joined(embedding, [.. arrays, new("classifiers", both)]);
        }

        long classifiers = Math.Max(NearestNeighbours.ArenaBytes(train.Count, test.Count, widest), LinearTraining.ArenaBytes(linear, widest, classes));
        CpuWorkspace product = NearestNeighbours.Workspace(train.Count, widest);
        long already = embedding.Places.FirstOrDefault(place => place.Name == "workspace")?.Bytes ?? 0;
        return HostMemory.Joined(embedding, [.. arrays, new("classifiers", classifiers), new("workspace", Math.Max(0, product.Bytes(cpu.Threads) - already))]);
    }

    /// <summary>What classifiers and measures of features take that are there already.</summary>
    /// <param name="train">Training samples.</param>
    /// <param name="test">Test samples.</param>
    /// <param name="dimension">Features of each.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="linear">The linear classifier's settings.</param>
    /// <param name="ops">The device.</param>
    public static MemoryPlan OfClassifiers(int train, int test, int dimension, int classes, LinearSettings linear, Ops ops)
    {
        ArgumentNullException.ThrowIfNull(linear);
        long square = (long)dimension * dimension * sizeof(double);
        MemoryPlan arrays = MemoryPlan.From(
        [
            new("moments of the features", 4 * square, IsManaged: true), new("class means", 2L * classes * dimension * sizeof(double), IsManaged: true),
            new("labels and ranks", 4 * sizeof(int) * ((long)train + test), IsManaged: true),
            new("nearest neighbours", NearestNeighbours.HostBytes(train, test), IsManaged: true),
        ]);
        if (ops is not CpuOps cpu) return arrays;
        long classifiers = Math.Max(NearestNeighbours.ArenaBytes(train, test, dimension), LinearTraining.ArenaBytes(linear, dimension, classes));
        return HostMemory.Joined(
            arrays, [new("classifiers", classifiers), new("workspace", NearestNeighbours.Workspace(train, dimension).Bytes(cpu.Threads))]);
    }

    /// <summary>The plan, and the features of an image before the head.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="images">The images.</param>
    /// <param name="ops">The device.</param>
    /// <param name="viewsPerSample">Views of each image.</param>
    /// <param name="models">Models at a time; all but one do not embed.</param>
    private static (MemoryPlan Plan, int FeatureDimension) Embedding(TrainingSettings settings, IImageSet images, Ops ops, int viewsPerSample, int models)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(images);
        int samples = FeatureExtractor.SamplesPerPass(images, viewsPerSample), views = samples * viewsPerSample, dimension = 0;
        CpuWorkspace workspace = default;
        long weights = 0;
        MemoryPlan arenas = CpuOps.Plan((ops as CpuOps)?.Precision ?? Precision.Float32, counting =>
        {
            using Model model = Model.Create(counting, settings.ModelOf(images), settings.Run.Seed);
            model.Prepare(views, training: false);
            workspace = HostMemory.OfModel(model, views);
            weights = sizeof(float) * (model.Parameters.Count + model.Statistics.Count);
            dimension = model.FeatureDimension;
        });
        long pixels = PlannedImages.PixelBytes(images, samples), side = settings.Data.ImageSize;
        MemoryPlace[] arrays =
        [
            new("batches that are read ahead", 2 * pixels, IsManaged: true),
            new("features of a batch", sizeof(float) * FeatureExtractor.BatchesHeld(ops.Collective) * (long)views
                * (dimension + (2 * settings.Encoder.EmbeddingDimension)), IsManaged: true),
            new("checkpoint that is read", 2 * weights, IsManaged: true),
        ];
        if (ops is not CpuOps cpu) return (HostMemory.Joined(new MemoryPlan([]), arrays), dimension);
        return (HostMemory.Joined(arenas,
        [
            .. arrays, new("pixels", pixels), new("views", images.Vocabulary is null ? ElementTypes.SizeOf(ops.ActivationType) * 3L * views * side * side : ViewTensor.HostBytes(images, views)), new("workspace", workspace.Bytes(cpu.Threads)),
            new("parameters and gradients of another encoder", (models - 1) * 2 * weights),
        ]), dimension);
    }
}
