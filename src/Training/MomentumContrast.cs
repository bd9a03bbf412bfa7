using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>Negatives from the batches before: a queue of K keys, and the momentum encoder that makes them.</summary>
/// <remarks>
/// The momentum encoder starts with the encoder's own weights θ. Each step it embeds the second views, its keys are the positives of that step, and after the
/// weight update it follows, <c>θ_k ← m·θ_k + (1 − m)·θ</c>, and the batch's keys take the places of the oldest. It gets no gradient. Its batch norms use the
/// statistics of its own batch (nothing is shuffled between machines here, for there is one), and its running statistics are those of its own batches, not an
/// average of the encoder's. At first the queue holds random unit rows. Source: He et al. 2020, arXiv:1911.05722, algorithm 1.
/// </remarks>
public sealed class MomentumContrast : IDisposable
{
    // Keys that are drawn on the host at a time, so that a long queue is not there twice.
    private const int RowsPerDraw = 8192;

    private readonly Ops ops;
    private readonly float weight;
    private readonly Arena arena;
    private readonly Tensor gathered;
    private readonly PiecewiseEmbedding embedding;

    /// <summary>Makes the momentum encoder, equal to the encoder that the same settings make, and draws the first keys.</summary>
    /// <param name="ops">The device.</param>
    /// <param name="settings">The run's settings; its queue has 1 key at least.</param>
    /// <param name="model">What the encoder that learns is made from; null where the settings say all of it, as for images.</param>
    /// <exception cref="DeviceMemoryException">The device does not have the memory.</exception>
    public MomentumContrast(Ops ops, TrainingSettings settings, ModelSettings? model = null)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(settings);
        this.ops = ops;
        weight = (float)(1 - settings.Loss.KeyMomentum);
        Encoder = Model.Create(ops, model ?? settings.Model, settings.Run.Seed);
        int own = RankShare.Of(settings, ops.Collective).Samples, ranks = ops.Collective.Size;
        embedding = new PiecewiseEmbedding(Encoder, own, settings.Batch.MicroBatch == 0 ? own : settings.Batch.MicroBatch);
        long ofAll = ranks > 1 ? (long)settings.Batch.Size * settings.Encoder.EmbeddingDimension : 0;
        arena = ops.CreateArena(
            "queue of keys", Arena.BytesFor(ElementType.Float32, (long)settings.Loss.Queue * settings.Encoder.EmbeddingDimension) + Arena.BytesFor(ElementType.Float32, ofAll));
        if (ranks > 1) gathered = arena.Take(settings.Batch.Size, settings.Encoder.EmbeddingDimension);
        Keys = arena.Take(settings.Loss.Queue, settings.Encoder.EmbeddingDimension);
        float[] drawn = new float[checked(Math.Min(RowsPerDraw, settings.Loss.Queue) * settings.Encoder.EmbeddingDimension)];
        for (int first = 0; first < settings.Loss.Queue; first += RowsPerDraw)
        {
            int rows = Math.Min(RowsPerDraw, settings.Loss.Queue - first);
            DrawUnitRows(settings.Run.Seed, first, rows, settings.Encoder.EmbeddingDimension, drawn);
            ops.Upload<float>(drawn.AsSpan(0, rows * settings.Encoder.EmbeddingDimension), Keys.Slice(first, rows));
        }
    }

    /// <summary>The momentum encoder and its head.</summary>
    public Model Encoder { get; }

    /// <summary>The negatives: a ring of unit rows, [K, D].</summary>
    public Tensor Keys { get; }

    /// <summary>The row of <see cref="Keys"/> that the next key will take: the oldest.</summary>
    public int Oldest { get; internal set; }

    /// <summary>The keys of this rank's samples of the present batch, [N/P, D]: row i is the positive of query i.</summary>
    public Tensor Positives { get; private set; }

    /// <summary>Embeds the second views of a batch as <see cref="Positives"/>.</summary>
    /// <param name="views">[N, H, W, 3], or ids [N, words].</param>
    public void Embed(Tensor views) => Positives = embedding.Forward(views);

    /// <summary>After the weight update: moves the momentum encoder towards the encoder and puts the batch's keys into the queue.</summary>
    /// <param name="encoder">The encoder that learns.</param>
    public void Follow(Model encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ops.MovingAverage(encoder.Parameters, weight, Encoder.Parameters);
        Tensor keys = Positives;
        if (!gathered.IsNone)
        {
            // Every rank has the same queue, in the order of the batch.
            ops.AllGather(Positives, gathered);
            keys = gathered;
        }

        for (int first = 0; first < keys[0];)
        {
            int count = Math.Min(keys[0] - first, Keys[0] - Oldest);
            ops.Copy(keys.Slice(first, count), Keys.Slice(Oldest, count));
            first += count;
            Oldest = (Oldest + count) % Keys[0];
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        arena.Dispose();
        embedding.Dispose();
        Encoder.Dispose();
    }

    /// <summary>Normal numbers, each row scaled to unit length: directions without preference.</summary>
    private static void DrawUnitRows(ulong seed, int first, int rows, int columns, float[] values)
    {
        Parallel.For(0, rows, row =>
        {
            Philox random = new(seed, RandomPurpose.Queue, sample: (uint)(first + row));
            double squares = 0;
            for (int i = row * columns; i < (row + 1) * columns; i++)
            {
                values[i] = (float)random.Normal((uint)(i - (row * columns)));
                squares += (double)values[i] * values[i];
            }

            for (int i = row * columns; i < (row + 1) * columns; i++) values[i] = (float)(values[i] / Math.Sqrt(squares));
        });
    }
}
