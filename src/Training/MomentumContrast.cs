using NegSamples.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>Negatives from the batches before: a queue of K keys, and the momentum encoder that makes them.</summary>
/// <remarks>
/// The momentum encoder starts with the encoder's own weights θ. Each step it embeds the second views, its keys are the positives of that step, and after the
/// weight update it follows, <c>θ_k ← m·θ_k + (1 − m)·θ</c>, and the batch's keys take the places of the oldest. It gets no gradient. Its batch norms use the
/// statistics of its own batch (nothing is shuffled between machines here, for there is one), and its running statistics are those of its own batches, not an
/// average of the encoder's. At first the queue holds random unit rows. Source: He et al. 2020, arXiv:1911.05722, algorithm 1.
/// <para>
/// Of P ranks each holds K/P consecutive places of the ring, and every key goes to the rank that holds its place: the ring is the same for any P.
/// </para>
/// </remarks>
internal sealed class MomentumContrast : IDisposable
{
    // Keys that are drawn on the host at a time, so that a long queue is not there twice.
    private const int RowsPerDraw = 8192;

    private readonly Ops ops;
    private readonly float weight;
    private readonly Arena arena;
    private readonly Tensor places, gathered;
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
        int own = RankShare.Of(settings, ops.Collective).Samples, ranks = ops.Collective.Size, dimension = settings.Encoder.EmbeddingDimension;
        Length = settings.Loss.Queue;
        embedding = new PiecewiseEmbedding(Encoder, own, settings.Batch.MicroBatch == 0 ? own : settings.Batch.MicroBatch);
        int capacity = (int)(((long)Length + ranks - 1) / ranks); // of every rank, so that all can gather the same number of places
        arena = ops.CreateArena(
            "queue of keys", Arena.BytesFor(ElementType.Float32, (long)capacity * dimension)
            + (ranks > 1 ? Arena.BytesFor(ElementType.Float32, (long)settings.Batch.Size * dimension) : 0));
        places = arena.Take(capacity, dimension);
        if (ranks > 1) gathered = arena.Take(settings.Batch.Size, dimension);
        FirstKey = FirstKeyOf(ops.Collective.Rank);
        Keys = places.Slice(0, FirstKeyOf(ops.Collective.Rank + 1) - FirstKey);
        float[] drawn = new float[checked(Math.Min(RowsPerDraw, Keys[0]) * dimension)];
        for (int first = 0; first < Keys[0]; first += RowsPerDraw)
        {
            int rows = Math.Min(RowsPerDraw, Keys[0] - first);
            DrawUnitRows(settings.Run.Seed, FirstKey + first, rows, dimension, drawn);
            ops.Upload<float>(drawn.AsSpan(0, rows * dimension), Keys.Slice(first, rows));
        }
    }

    /// <summary>The momentum encoder and its head.</summary>
    public Model Encoder { get; }

    /// <summary>K, the places of the ring.</summary>
    public int Length { get; }

    /// <summary>The negatives, unit rows: this rank's places of the ring, [K/P, D].</summary>
    public Tensor Keys { get; }

    /// <summary>The first of this rank's places in the ring.</summary>
    public int FirstKey { get; }

    /// <summary>The place that the next key will take: the oldest.</summary>
    public int Oldest { get; internal set; }

    /// <summary>The keys of this rank's samples of the present batch, [N/P, D]: row i is the positive of query i.</summary>
    public Tensor Positives { get; private set; }

    /// <summary>The keys of all samples of the present batch, [N, D], in its order.</summary>
    public Tensor AllPositives { get; private set; }

    /// <summary>Gives the momentum encoder the weights and running statistics of an encoder that does not begin with those of the seed.</summary>
    /// <param name="encoder">The encoder that learns, before its first step.</param>
    internal void StartFrom(Model encoder)
    {
        ops.Copy(encoder.Parameters, Encoder.Parameters);
        ops.Copy(encoder.Statistics, Encoder.Statistics);
    }

    /// <summary>Embeds the second views of a batch as <see cref="Positives"/>, and gathers those of all ranks.</summary>
    /// <param name="views">[N/P, H, W, 3], or ids [N/P, words].</param>
    public void Embed(Tensor views)
    {
        AllPositives = Positives = embedding.Forward(views);
        if (gathered.IsNone) return;
        ops.AllGather(Positives, gathered);
        AllPositives = gathered;
    }

    /// <summary>After the weight update: moves the momentum encoder towards the encoder and puts the batch's keys into the queue.</summary>
    /// <param name="encoder">The encoder that learns.</param>
    public void Follow(Model encoder)
    {
        LaunchFollow(encoder);
        Advance();
    }

    /// <summary>What <see cref="Follow"/> asks of the device.</summary>
    internal void LaunchFollow(Model encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        ops.MovingAverage(encoder.Parameters, weight, Encoder.Parameters);
        if (gathered.IsNone)
        {
            ops.CopyToRing(AllPositives, Keys, Oldest);
            return;
        }

        int oldest = Oldest;
        for (int first = 0; first < AllPositives[0];)
        {
            int count = Math.Min(AllPositives[0] - first, Length - oldest);
            int from = Math.Max(oldest, FirstKey), to = Math.Min(oldest + count, FirstKey + Keys[0]); // those of them that lie here
            if (from < to) ops.Copy(AllPositives.Slice(first + from - oldest, to - from), Keys.Slice(from - FirstKey, to - from));
            first += count;
            oldest = (oldest + count) % Length;
        }
    }

    /// <summary>What <see cref="Follow"/> changes on the host.</summary>
    internal void Advance() => Oldest = (int)(((long)Oldest + AllPositives[0]) % Length);

    /// <summary>All keys in the order of their places, on rank 0; the other ranks receive none. Every rank asks for them at once, between two steps.</summary>
    internal float[] GatherKeys()
    {
        int dimension = Keys[1];
        float[] all = new float[ops.Collective.Rank == 0 ? checked(Length * dimension) : 0];
        if (gathered.IsNone)
        {
            ops.Download<float>(Keys, all);
            return all;
        }

        // Piece by piece, in the memory of a batch's keys; a rank with a place less than another sends one that nobody reads.
        int ranks = ops.Collective.Size, most = gathered[0] / ranks;
        for (int first = 0; first < places[0]; first += most)
        {
            int count = Math.Min(most, places[0] - first);
            ops.AllGather(places.Slice(first, count), gathered.Slice(0, ranks * count));
            for (int rank = 0; rank < ranks && all.Length > 0; rank++)
            {
                int at = FirstKeyOf(rank) + first, valid = Math.Min(count, FirstKeyOf(rank + 1) - at);
                if (valid > 0) ops.Download<float>(gathered.Slice(rank * count, valid), all.AsSpan(at * dimension, valid * dimension));
            }
        }

        return all;
    }

    /// <summary>Takes this rank's keys out of all.</summary>
    /// <param name="all">[K, D], in the order of their places.</param>
    internal void TakeKeys(ReadOnlySpan<float> all) => ops.Upload(all.Slice(FirstKey * Keys[1], (int)Keys.Count), Keys);

    /// <inheritdoc/>
    public void Dispose()
    {
        arena.Dispose();
        embedding.Dispose();
        Encoder.Dispose();
    }

    private int FirstKeyOf(int rank) => (int)((long)Length * rank / ops.Collective.Size);

    /// <summary>Normal numbers, each row scaled to unit length: directions without preference.</summary>
    private static void DrawUnitRows(ulong seed, int first, int rows, int columns, float[] values)
    {
        Parallel.For(0, rows, row =>
        {
            Philox random = new(seed, RandomPurpose.Queue, sample: (uint)(first + row));
            Span<float> direction = values.AsSpan(row * columns, columns);
            random.Normals(0, 1, direction);
            double squares = 0;
            foreach (float value in direction) squares += (double)value * value;
            for (int i = 0; i < columns; i++) direction[i] = (float)(direction[i] / Math.Sqrt(squares));
        });
    }
}
