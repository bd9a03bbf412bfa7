using System.Numerics;
using NegSamples.Kernels;

namespace NegSamples.Similarity;

/// <summary>How often a row's match has the greatest dot product, both ways, from one product of all queries and keys, some queries at a time.</summary>
internal static class TowerRecalls
{
    // Floats of a tile of dot products, and columns that a thread counts at a time.
    private const int TileFloats = 4 << 20, ColumnsAtOnce = 4096, MostRows = 256;

    /// <summary>Bytes of a tile and of the counts.</summary>
    public static long Bytes(int rows) => (2L * RowsOfTile(rows) * rows * sizeof(float)) + (3L * rows * sizeof(float));

    /// <summary>The recall of the queries among the keys, and of the keys among the queries.</summary>
    /// <param name="ops">The device.</param>
    /// <param name="queries">[N, D].</param>
    /// <param name="keys">[N, D].</param>
    /// <param name="threads">Threads that count; 0 for one per core.</param>
    /// <param name="stop">Ends it.</param>
    public static (TowerRecall OfQueries, TowerRecall OfKeys) Of(Ops ops, Tensor queries, Tensor keys, int threads, CancellationToken stop)
    {
        int rows = queries.Rows, perTile = RowsOfTile(rows);
        using Arena arena = ops.CreateArena("dot products", Arena.BytesFor(ElementType.Float32, (long)perTile * rows));
        Tensor whole = arena.Take(perTile * rows);
        float[] tile = new float[perTile * rows], matches = new float[rows];
        int[] ofQueries = new int[rows], ofKeys = new int[rows];
        for (int first = 0; first < rows; first += perTile)
        {
            int count = Math.Min(perTile, rows - first);
            Multiply(first, count, first, count);
            for (int i = 0; i < count; i++) matches[first + i] = tile[(i * count) + i];
        }

        ParallelOptions parallel = new() { CancellationToken = stop, MaxDegreeOfParallelism = threads == 0 ? -1 : threads };
        for (int first = 0; first < rows; first += perTile)
        {
            int count = Math.Min(perTile, rows - first), start = first;
            Multiply(first, count, 0, rows);
            Parallel.For(0, (rows + ColumnsAtOnce - 1) / ColumnsAtOnce, parallel, chunk =>
            {
                int column = chunk * ColumnsAtOnce, columns = Math.Min(ColumnsAtOnce, rows - column);
                for (int i = 0; i < count; i++)
                {
                    int above = Count(
                        tile.AsSpan((i * rows) + column, columns), matches[start + i], matches.AsSpan(column, columns), ofKeys.AsSpan(column, columns));
                    Interlocked.Add(ref ofQueries[start + i], above);
                }
            });

            // The match itself is no rival.
            for (int i = first; i < first + count; i++)
            {
                if (!(tile[((i - first) * rows) + i] >= matches[i])) continue;
                ofQueries[i]--;
                ofKeys[i]--;
            }
        }

        return (Recall(ofQueries), Recall(ofKeys));

        void Multiply(int firstQuery, int queriesOfTile, int firstKey, int keysOfTile)
        {
            stop.ThrowIfCancellationRequested();
            Tensor dots = whole.Slice(0, queriesOfTile * keysOfTile).Reshape(queriesOfTile, keysOfTile);
            ops.MatMul(queries.Slice(firstQuery, queriesOfTile), keys.Slice(firstKey, keysOfTile), dots, transposeB: true);
            ops.Download(dots, tile.AsSpan(0, queriesOfTile * keysOfTile));
        }
    }

    private static int RowsOfTile(int rows) => Math.Clamp(TileFloats / rows, 1, Math.Min(MostRows, rows));

    /// <summary>Counts the dot products that reach the row's own match, and adds to those that reach their column's.</summary>
    private static int Count(ReadOnlySpan<float> dots, float match, ReadOnlySpan<float> ofColumns, Span<int> counts)
    {
        Vector<int> above = Vector<int>.Zero;
        Vector<float> wide = new(match);
        int at = 0;
        for (; at <= dots.Length - Vector<float>.Count; at += Vector<float>.Count)
        {
            Vector<float> values = new(dots[at..]);
            above -= Vector.GreaterThanOrEqual(values, wide);
            (new Vector<int>(counts[at..]) - Vector.GreaterThanOrEqual(values, new Vector<float>(ofColumns[at..]))).CopyTo(counts[at..]);
        }

        int count = Vector.Sum(above);
        for (; at < dots.Length; at++)
        {
            if (dots[at] >= match) count++;
            if (dots[at] >= ofColumns[at]) counts[at]++;
        }

        return count;
    }

    private static TowerRecall Recall(int[] rivals) =>
        new((double)rivals.Count(count => count < 1) / rivals.Length, (double)rivals.Count(count => count < 5) / rivals.Length);
}
