using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>Which pairs of queries and keys are positive, negative or neither, by the documented index sets.</summary>
/// <param name="Rows">Queries.</param>
/// <param name="Keys">Keys.</param>
/// <param name="PositiveKey">Which key is the positive of query i; -1 where it is a row of its own, or where labels tell.</param>
/// <param name="Counts">Whether key j stands in query i's sums beside the positive.</param>
/// <param name="SameLabel">Whether key j is a positive of query i by its label.</param>
internal sealed record Pairing(int Rows, int Keys, Func<int, int> PositiveKey, Func<int, int, bool> Counts, Func<int, int, bool> SameLabel)
{
    /// <summary>Whether queries and keys are the same rows.</summary>
    public bool QueriesAreKeys { get; init; }

    /// <summary>All keys of a query's sums, ascending.</summary>
    public int[] Columns(int query) => [.. Enumerable.Range(0, Keys).Where(key => Counts(query, key))];

    /// <summary>Both views of rows/2 samples, every row a query.</summary>
    public static Pairing BothViews(int rows) => new(rows, rows, i => (i + (rows / 2)) % rows, (i, j) => j != i && j != (i + (rows / 2)) % rows, (_, _) => false) { QueriesAreKeys = true };

    /// <summary>Every view of samples a query, the view an offset further on its positive, all rows of other samples its negatives.</summary>
    public static Pairing AtOffset(int samples, int views, int offset) =>
        new(views * samples, views * samples, i => (i + (offset * samples)) % (views * samples), (i, j) => i % samples != j % samples, (_, _) => false) { QueriesAreKeys = true };

    /// <summary>Every row of either view a query, the rows of the other view its keys.</summary>
    public static Pairing Across(int rows) => new(
        rows, rows, i => (i + (rows / 2)) % rows, (i, j) => (i < rows / 2) != (j < rows / 2) && j != (i + (rows / 2)) % rows, (_, _) => false) { QueriesAreKeys = true };

    /// <summary>View 1 the queries, view 2 the keys.</summary>
    public static Pairing OtherView(int samples) => new(samples, samples, i => i, (i, j) => j != i, (_, _) => false);

    /// <summary>Every row a query, the rows of its label its positives.</summary>
    public static Pairing Labelled(int rows, Func<int, int> label) => new(rows, rows, _ => -1, (i, j) => j != i, (i, j) => label(i) == label(j)) { QueriesAreKeys = true };

    /// <summary>A queue: the positives are rows of their own and all keys are negatives.</summary>
    public static Pairing Queue(int rows, int keys) => new(rows, keys, _ => -1, (_, _) => true, (_, _) => false);

    /// <summary>The same with K of each query's negatives: Floyd's algorithm over the ascending places, draw by draw. Positives by their label stay.</summary>
    public Pairing Drawn(NegativeSample sample)
    {
        if (sample.Negatives == 0) return this;
        HashSet<int>[] kept = [.. Enumerable.Range(0, Rows).Select(query => Draw(sample, query))];
        return this with { Counts = (i, j) => kept[i].Contains(j) };
    }

    private HashSet<int> Draw(NegativeSample sample, int query)
    {
        int[] all = [.. Columns(query).Where(key => !SameLabel(query, key))];
        int k = Math.Min(sample.Negatives, all.Length);
        Philox random = new(sample.Seed, RandomPurpose.Negatives, sample.Step, (uint)query);
        bool leaveOut = k > all.Length / 2;
        int count = leaveOut ? all.Length - k : k;
        HashSet<int> places = [];
        for (int t = 0; t < count; t++)
        {
            int last = all.Length - count + t;
            if (!places.Add((int)random.Below((uint)t, (uint)last + 1))) places.Add(last);
        }

        return [.. all.Where((_, place) => places.Contains(place) != leaveOut), .. Columns(query).Where(key => SameLabel(query, key))];
    }
}
