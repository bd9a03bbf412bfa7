namespace NegSamples.Kernels;

/// <summary>The k rows of highest cosine of each of many queries, exactly: in one call, or of the same keys again and again.</summary>
/// <remarks>
/// Every row is scaled to unit length. Of keys with the same cosine the lower index is nearer. 2·N·K·D FLOPs, in blocks of 1,024 queries and 8,192 keys, so
/// that the cosines never take more than 32 MiB, twice; beside these 8·k bytes for each of 1,024 queries, and the unit keys where they are held.
/// The same bits for any number of threads.
/// </remarks>
public sealed class NearestRows : IDisposable
{
    // Cosines of one block: 32 MiB, whatever the sizes of the sets. Tall blocks of keys keep the heaps' thresholds high.
    private const int QueriesAtOnce = 1024, KeysAtOnce = 8192;

    // Keys of at most this size stay on the device; larger ones are brought to it once for every block of queries.
    private const long LargestHeld = 1L << 30;

    private readonly Ops ops;
    private readonly ReadOnlyMemory<float> keys;
    private readonly Arena arena;
    private readonly Tensor unitKeys, block, cosines, scale;
    private readonly float[] cosinesOnHost;
    private readonly int keyCount, dimension;
    private readonly bool isHeld;
    private NearestHeap[] heaps = [];
    private int neighbours;

    /// <summary>Prepares a search: scales the keys to unit length and keeps them on the device.</summary>
    /// <param name="ops">The device, for this search alone while it runs.</param>
    /// <param name="keys">The rows that are searched, [K, D]; kept, not copied, and not to be changed any more.</param>
    /// <param name="dimension">D.</param>
    /// <param name="queries">How many queries a search has; more are searched 1,024 or this many at a time.</param>
    /// <param name="heldBytes">Unit keys of at most so many bytes are kept on the device; larger ones are scaled anew for each block of queries, to the same
    /// bits. 1 GiB where it is null.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    /// <exception cref="DeviceMemoryException">The device has no room.</exception>
    /// <example>
    /// <code>
    /// float[] keys = [1, 0, 0, 1, 0.8f, 0.6f], query = [1, 0.1f];
    /// int[] indices = new int[2];
    /// float[] cosines = new float[2];
    /// using CpuOps ops = new();
    /// using NearestRows search = new(ops, keys, dimension: 2);
    /// search.Find(query, k: 2, indices, cosines); // rows 0 and 2
    /// </code>
    /// </example>
    public NearestRows(Ops ops, ReadOnlyMemory<float> keys, int dimension, int queries = QueriesAtOnce, long? heldBytes = null)
        : this(ops, SpanCheck.Rows(keys.Span, dimension, nameof(keys)), dimension, queries, heldBytes ?? LargestHeld)
    {
        this.keys = keys;
        for (int first = 0; isHeld && first < keyCount; first += KeysAtOnce)
        {
            int rows = Math.Min(KeysAtOnce, keyCount - first);
            UploadUnitRows(Rows(keys.Span, first, rows), unitKeys.Slice(first, rows));
        }
    }

    private NearestRows(Ops ops, int keyCount, int dimension, int queries, long heldBytes)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentOutOfRangeException.ThrowIfLessThan(queries, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(heldBytes);
        (this.ops, this.keyCount, this.dimension) = (ops, keyCount, dimension);
        isHeld = IsHeld(keyCount, dimension, heldBytes);
        int atOnce = Math.Min(QueriesAtOnce, queries), keyRows = Math.Min(KeysAtOnce, keyCount);
        arena = ops.CreateArena("nearest neighbours", DeviceBytes(keyCount, queries, dimension, heldBytes));
        (unitKeys, block) = (arena.Take(isHeld ? keyCount : keyRows, dimension), arena.Take(atOnce, dimension));
        (cosines, scale) = (arena.Take(atOnce * keyRows), arena.Take(Math.Max(atOnce, keyRows), 1));
        cosinesOnHost = new float[cosines.Count];
    }

    /// <summary>The k nearest keys of each query, in one call.</summary>
    /// <param name="queries">[N, D], of any length each.</param>
    /// <param name="keys">[K, D]; may be the queries themselves, each of which is then the nearest of its own.</param>
    /// <param name="dimension">D.</param>
    /// <param name="k">k, 1 to K.</param>
    /// <param name="indices">Receives the indices of the nearest keys, [N, k], the nearest first.</param>
    /// <param name="similarities">Receives their cosines, [N, k], or none.</param>
    /// <param name="ops">The device; null for the library's CPU (<see cref="DeviceLease"/>).</param>
    /// <remarks>The unit keys are not kept: 64 MiB at most, and 8·k bytes for each of 1,024 queries, whatever N and K.</remarks>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">D or k is out of range.</exception>
    /// <exception cref="DeviceMemoryException">The device has no room.</exception>
    /// <example>
    /// <code>
    /// float[] queries = [1, 0.1f, 0, -1], keys = [1, 0, 0, 1, 0.8f, 0.6f];
    /// int[] nearest = new int[4];
    /// float[] cosines = new float[4];
    /// NearestRows.Of(queries, keys, dimension: 2, k: 2, nearest, cosines); // 0, 2 and 0, 2
    /// </code>
    /// </example>
    public static void Of(
        ReadOnlySpan<float> queries, ReadOnlySpan<float> keys, int dimension, int k, Span<int> indices, Span<float> similarities = default, Ops? ops = null)
    {
        int count = SpanCheck.Rows(queries, dimension), keyCount = SpanCheck.Rows(keys, dimension);
        using DeviceLease lease = new(ops);
        using NearestRows search = new(lease.Ops, keyCount, dimension, count, heldBytes: 0);
        search.Search(queries, keys, k, indices, similarities, CancellationToken.None);
    }

    /// <summary>The k nearest keys of each query.</summary>
    /// <param name="queries">[N, D], of any length each.</param>
    /// <param name="k">k, 1 to K.</param>
    /// <param name="indices">Receives the indices of the nearest keys, [N, k], the nearest first.</param>
    /// <param name="similarities">Receives their cosines, [N, k], or none.</param>
    /// <param name="stop">Ends it between two blocks.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">k is out of range.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public void Find(ReadOnlySpan<float> queries, int k, Span<int> indices, Span<float> similarities = default, CancellationToken stop = default) =>
        Search(queries, keys.Span, k, indices, similarities, stop);

    /// <summary>Bytes of device memory of a search.</summary>
    /// <param name="keys">K.</param>
    /// <param name="queries">N.</param>
    /// <param name="dimension">D.</param>
    /// <param name="heldBytes">As given to the search.</param>
    internal static long DeviceBytes(int keys, int queries, int dimension, long? heldBytes = null)
    {
        long atOnce = Math.Min(QueriesAtOnce, queries), keyRows = Math.Min(KeysAtOnce, keys);
        long held = IsHeld(keys, dimension, heldBytes ?? LargestHeld) ? keys : keyRows;
        return Bytes(held * dimension) + Bytes(atOnce * dimension) + Bytes(atOnce * keyRows) + Bytes(Math.Max(atOnce, keyRows));
    }

    /// <summary>Bytes of host arrays of a search: the cosines of a block and the nearest of its queries.</summary>
    /// <param name="keys">K.</param>
    /// <param name="queries">N.</param>
    /// <param name="k">k.</param>
    internal static long HostBytes(int keys, int queries, int k)
    {
        long atOnce = Math.Min(QueriesAtOnce, queries);
        return (atOnce * Math.Min(KeysAtOnce, keys) * sizeof(float)) + (atOnce * k * (sizeof(float) + sizeof(int)));
    }

    /// <summary>Workspace of a block's product on a CPU.</summary>
    /// <param name="keys">K.</param>
    /// <param name="dimension">D.</param>
    internal static CpuWorkspace Workspace(int keys, int dimension) => CpuWorkspace.OfProduct(Math.Min(KeysAtOnce, keys), dimension);

    /// <summary>Frees the memory; the device is the caller's.</summary>
    public void Dispose() => arena.Dispose();

    private static bool IsHeld(int keys, int dimension, long heldBytes) => (long)keys * dimension * sizeof(float) <= heldBytes;

    private static long Bytes(long floats) => Arena.BytesFor(ElementType.Float32, floats);

    private void Search(ReadOnlySpan<float> queries, ReadOnlySpan<float> among, int k, Span<int> indices, Span<float> similarities, CancellationToken stop)
    {
        int count = SpanCheck.Rows(queries, dimension), atOnce = block[0];
        if (k < 1 || k > keyCount) throw new ArgumentOutOfRangeException(nameof(k), FormattableString.Invariant($"k is {k}; expected 1 to {keyCount}, the number of keys."));
        SpanCheck.Length<int>(indices, (long)count * k, FormattableString.Invariant($"{k} of each query"));
        SpanCheck.Optional<float>(similarities, (long)count * k, FormattableString.Invariant($"{k} of each query"));
        if (neighbours != k) (heaps, neighbours) = ([.. Enumerable.Range(0, Math.Min(atOnce, count)).Select(_ => new NearestHeap(k))], k);
        if (heaps.Length < Math.Min(atOnce, count)) heaps = [.. heaps, .. Enumerable.Range(heaps.Length, Math.Min(atOnce, count) - heaps.Length).Select(_ => new NearestHeap(k))];
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = ops is CpuOps cpu ? cpu.Threads : -1, CancellationToken = stop };
        Span<float> unused = similarities.IsEmpty ? new float[k] : [];
        for (int firstQuery = 0; firstQuery < count; firstQuery += atOnce)
        {
            int rows = Math.Min(atOnce, count - firstQuery);
            foreach (NearestHeap heap in heaps) heap.Clear(); // of a search that was stopped
            UploadUnitRows(Rows(queries, firstQuery, rows), block.Slice(0, rows));
            for (int firstKey = 0; firstKey < keyCount; firstKey += KeysAtOnce)
            {
                stop.ThrowIfCancellationRequested();
                int columns = Math.Min(KeysAtOnce, keyCount - firstKey), offset = firstKey;
                Tensor product = cosines.Slice(0, rows * columns).Reshape(rows, columns), some = unitKeys.Slice(isHeld ? firstKey : 0, columns);
                if (!isHeld) UploadUnitRows(Rows(among, firstKey, columns), some);
                ops.MatMul(block.Slice(0, rows), some, product, transposeB: true);
                ops.Download(product, cosinesOnHost.AsSpan(0, rows * columns));
                Parallel.For(0, rows, parallel, row => heaps[row].Offer(cosinesOnHost.AsSpan(row * columns, columns), offset));
            }

            for (int row = 0; row < rows; row++)
            {
                int place = (firstQuery + row) * k;
                heaps[row].Take(indices.Slice(place, k), similarities.IsEmpty ? unused : similarities.Slice(place, k));
            }
        }
    }

    private ReadOnlySpan<float> Rows(ReadOnlySpan<float> rows, int first, int count) => rows.Slice(checked(first * dimension), checked(count * dimension));

    private void UploadUnitRows(ReadOnlySpan<float> rows, Tensor target)
    {
        ops.Upload(rows, target);
        ops.L2NormalizeForward(target, target, scale.Slice(0, target[0]));
    }
}
