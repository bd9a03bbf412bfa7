using NegSamples.Kernels;

namespace NegSamples.Similarity;

/// <summary>The memory that a measurement will need, from its shape alone; of several ranks that of one with the most keys.</summary>
/// <param name="Rows">N.</param>
/// <param name="Keys">K.</param>
/// <param name="Method">The method.</param>
/// <param name="InputBytes">Bytes of queries, keys, positives and indices.</param>
/// <param name="OutputBytes">Bytes of losses and gradients.</param>
/// <param name="ExtraBytes">Bytes beyond these, rounded up: an estimate that the workspace stays under.</param>
public sealed record SimilarityNeed(int Rows, int Keys, SimilarityMethod Method, long InputBytes, long OutputBytes, long ExtraBytes)
{
    // Tiles, packed strips and the float64 rows of the check, of one thread; and what of it grows with D: four tiles of 256 keys.
    private const long BytesOfThread = 4 << 20, BytesOfThreadAndDimension = 4 * 256 * sizeof(float);

    // Rows that a matrix product packs at a time, and columns to whole panels of 32.
    private const long PackedRows = 128, PackedDepth = 512, PanelColumns = 32;

    /// <summary>All of it.</summary>
    public long Total => InputBytes + OutputBytes + ExtraBytes;

    /// <summary>Sums up the tensors that <see cref="SimilarityStudy"/> will take.</summary>
    /// <param name="shape">The size.</param>
    /// <param name="method">The method.</param>
    /// <param name="spillBytes">Bytes of logits that the streaming method may keep, or null.</param>
    /// <param name="threads">CPU threads; 0 for one per core.</param>
    public static SimilarityNeed Of(SimilarityShape shape, SimilarityMethod method, long? spillBytes, int threads)
    {
        bool isQueue = shape.Form == SimilarityForm.Queue, isSymmetric = shape.Form == SimilarityForm.NtXent, isGeneric = shape.HasKeyGradient;
        if (shape.Form == SimilarityForm.TwoTower) return OfTowers(shape, threads);
        if (shape.Ranks > 1) return OfRank(shape, threads);
        long n = shape.Rows, k = shape.Keys, d = shape.Dimension, indices = Arena.BytesFor(ElementType.Int32, n);
        long inputs = Floats(n * d) + (isQueue ? Floats((k + 1) * d) + Floats(n * d) : isSymmetric ? TwoViews.BytesFor((int)n / 2) : indices)
            + (isGeneric ? Floats(k * d) : 0);
        long outputs = (2 * Floats(n)) + Floats(n * d) + (isGeneric ? Floats(k * d) : 0);
        long ofThreads = OfThreads(threads, d);
        if (method == SimilarityMethod.Materialised)
        {
            long columns = isQueue ? k + 1 : k, width = (d + PanelColumns - 1) / PanelColumns * PanelColumns;
            long packed = Math.Max((columns + PanelColumns) * d, width * Math.Max(columns, n));
            long ofWorker = Math.Max(PackedRows * PackedDepth, columns) * sizeof(float) * (threads == 0 ? Environment.ProcessorCount : threads);
            return new(
                shape.Rows, shape.Keys, method, inputs, outputs,
                Floats(n * columns) + Floats(n * d) + (isQueue ? indices : 0) + (packed * sizeof(float)) + ofWorker + ofThreads);
        }

        if (isSymmetric)
            return new(shape.Rows, shape.Keys, method, inputs, outputs, CpuWorkspace.OfSymmetricLoss(n, d).SharedBytes + ofThreads);

        if (shape.Form == SimilarityForm.Sigmoid) spillBytes = 0;
        long most = spillBytes ?? ContrastiveSettings.AutomaticSpillBytes(shape.Keys, shape.Dimension);
        return new(shape.Rows, shape.Keys, method, inputs, outputs, CpuWorkspace.OfLoss(n, k, d, isQueue ? 0 : most).SharedBytes + ofThreads);
    }

    /// <summary>What a measurement takes of a GPU's memory: counted by the calls that it will make, where the rows are all this GPU's.</summary>
    /// <param name="gpu">The GPU.</param>
    /// <param name="settings">What is measured.</param>
    /// <param name="keys">K.</param>
    public static SimilarityNeed OnGpu(CudaOps gpu, SimilaritySettings settings, int keys)
    {
        ArgumentNullException.ThrowIfNull(gpu);
        ArgumentNullException.ThrowIfNull(settings);
        SimilarityShape shape = settings.Shape(keys);
        SimilarityNeed need = Of(shape, SimilarityMethod.Streaming, settings.SpillBytes, settings.Threads);
        if (settings.Ranks > 1) return need;
        MemoryPlan plan = gpu.Plan(ops =>
        {
            using SimilarityTensors tensors = new(ops, shape, settings, CancellationToken.None, planned: true);
            using SimilarityLoss loss = SimilarityLoss.Create(SimilarityMethod.Streaming, tensors);
            loss.ForwardBackward();
        });
        return need with { ExtraBytes = Math.Max(0, plan.Bytes - need.InputBytes - need.OutputBytes) };
    }

    private static SimilarityNeed OfTowers(SimilarityShape shape, int threads)
    {
        const int fill = 32; // rows that fill a tower up to whole panels in the copy of both
        long n = shape.LossRows, d = shape.Dimension, outputs = (2 * Floats(n)) + Floats(n * d);
        long extra = CpuWorkspace.OfSymmetricLoss(n + fill, d).SharedBytes + Floats((n + fill) * d) + OfThreads(threads, d);
        return new(shape.Rows, shape.Keys, SimilarityMethod.Streaming, Floats(n * d) + TwoViews.BytesFor(shape.Rows), outputs, extra);
    }

    private static SimilarityNeed OfRank(SimilarityShape shape, int threads)
    {
        bool isQueue = shape.Form == SimilarityForm.Queue;
        long all = shape.Rows, n = shape.RowsOfRank, k = shape.MostKeysOfRank, d = shape.Dimension, ofKeys = isQueue ? 0 : Floats(k * d);
        long inputs = Floats(n * d) + (isQueue ? Floats((k + 1) * d) + Floats(n * d) : Arena.BytesFor(ElementType.Int32, all) + Floats(k * d));
        const int checkedMatrices = 3; // queries, positives and their gradient are gathered once more for the check
        long extra = SharedLoss.Need(shape) + (checkedMatrices * Floats(all * d)) + CpuWorkspace.OfLoss(all, k, d, 0).SharedBytes + OfThreads(threads, d);
        return new(shape.Rows, shape.Keys, SimilarityMethod.Streaming, inputs, (2 * Floats(all)) + Floats(n * d) + ofKeys, extra);
    }

    private static long OfThreads(int threads, long dimension) =>
        (threads == 0 ? Environment.ProcessorCount : threads) * (BytesOfThread + (dimension * BytesOfThreadAndDimension));

    /// <summary>A number of bytes for a person: "142.3 MB", "36.5 GB".</summary>
    /// <param name="bytes">The number.</param>
    public static string Text(long bytes) => bytes < 1_000_000_000
        ? FormattableString.Invariant($"{bytes / 1e6:F1} MB")
        : FormattableString.Invariant($"{bytes / 1e9:F1} GB");

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Text(Total)}: inputs {Text(InputBytes)}, outputs {Text(OutputBytes)}, extra {Text(ExtraBytes)}";

    private static long Floats(long count) => Arena.BytesFor(ElementType.Float32, count);
}
