using System.Globalization;
using NegSamples.Kernels;

namespace NegSamples.Training.Evaluation;

/// <summary>The weighted k-nearest-neighbour classifier.</summary>
/// <remarks>
/// Every feature is scaled to unit length. The k training samples of highest cosine <c>s</c> vote for their classes with weight
/// <c>exp(s / T)</c>. Of training samples with the same cosine the lower index is nearer. Source: Wu, Xiong, Yu and Lin, "Unsupervised
/// feature learning via non-parametric instance discrimination", CVPR 2018, section 3.4, with its k = 200; T = 0.1 is the common value.
/// </remarks>
internal static class NearestNeighbours
{
    // The blocks of a search, which the ranks take in turn.
    private const int TestRows = 1024;

    /// <summary>Classifies one set by its neighbours in the other.</summary>
    /// <param name="ops">The device of the cosines.</param>
    /// <param name="train">The samples that vote.</param>
    /// <param name="test">The samples to classify.</param>
    /// <param name="k">How many neighbours vote, at least 1; cut to the number of training samples.</param>
    /// <param name="temperature">T, above 0.</param>
    /// <param name="ranks">Who shares the samples to classify, by blocks; null for this process alone. All have the accuracy then.</param>
    /// <param name="stop">Ends it between two blocks.</param>
    /// <remarks>2·N_test·N_train·D FLOPs; memory for the training features up to 1 GiB, k neighbours of 1024 samples and 32 MiB of cosines twice. Training
    /// features above 1 GiB are not held; they are scaled anew for every 1024 test samples, to the same bits.</remarks>
    /// <exception cref="ArgumentException">The sets do not belong together, or k or T is out of range.</exception>
    /// <exception cref="DeviceMemoryException">The device has no room for the training features.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static Accuracy Evaluate(
        Ops ops, FeatureSet train, FeatureSet test, int k = 200, double temperature = 0.1, Collective? ranks = null, CancellationToken stop = default) =>
        Evaluate(ops, train, test, k, temperature, ranks, heldBytes: null, stop);

    internal static Accuracy Evaluate(
        Ops ops, FeatureSet train, FeatureSet test, int k, double temperature, Collective? ranks, long? heldBytes, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ranks ??= Collective.Alone;
        FeatureSet.CheckPair(train, test);
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        if (!(temperature > 0) || double.IsInfinity(temperature))
        {
            throw new ArgumentOutOfRangeException(
                nameof(temperature), string.Create(CultureInfo.InvariantCulture, $"temperature is {temperature}; expected a finite number above 0."));
        }

        int testRows = Math.Min(TestRows, test.Count), count = Math.Min(k, train.Count);
        stop.ThrowIfCancellationRequested();
        using NearestRows search = new(ops, train.Memory, train.Dimension, testRows, heldBytes);
        int[] nearest = new int[testRows * count];
        float[] cosines = new float[nearest.Length];
        int[] before = new int[checked(ranks.Size * test.Count)]; // a part of each rank, in which its own blocks are filled
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = ops is CpuOps cpu ? cpu.Threads : -1, CancellationToken = stop };
        for (int firstTest = ranks.Rank * TestRows; firstTest < test.Count; firstTest += ranks.Size * TestRows)
        {
            int rows = Math.Min(TestRows, test.Count - firstTest), start = firstTest, place = (ranks.Rank * test.Count) + firstTest;
            search.Find(test.Rows(firstTest, rows), count, nearest.AsSpan(0, rows * count), cosines.AsSpan(0, rows * count), stop);
            Parallel.For(0, rows, parallel, () => new double[train.Classes], (row, _, votes) =>
            {
                Vote(nearest.AsSpan(row * count, count), cosines.AsSpan(row * count, count), train.Labels, temperature, votes);
                before[place + row] = Accuracy.Rank<double>(votes, test.Labels[start + row]);
                return votes;
            }, _ => { });
        }

        ranks.AllGather<int>(before);
        return Accuracy.OfRanks([.. Enumerable.Range(0, test.Count).Select(i => before[(i / TestRows % ranks.Size * test.Count) + i])], test);
    }

    /// <summary>Bytes of device memory for sets of these sizes.</summary>
    internal static long ArenaBytes(int train, int test, int dimension) => NearestRows.DeviceBytes(train, test, dimension);

    /// <summary>Bytes of host arrays: what the search takes, and the neighbours of a block.</summary>
    internal static long HostBytes(int train, int test, int k = 200)
    {
        int count = Math.Min(k, train);
        return NearestRows.HostBytes(train, test, count) + (Math.Min(TestRows, test) * (long)count * (sizeof(float) + sizeof(int)));
    }

    /// <summary>Workspace of a block's product.</summary>
    internal static CpuWorkspace Workspace(int train, int dimension) => NearestRows.Workspace(train, dimension);

    // In the order of the cosines, so that two classes whose neighbours have the same ones get the same sum, to the bit. Weights are relative to the nearest:
    // exp(1 / T) alone is too large for a double from T = 0.0014 down.
    private static void Vote(ReadOnlySpan<int> nearest, ReadOnlySpan<float> cosines, ReadOnlySpan<int> labels, double temperature, Span<double> votes)
    {
        votes.Clear();
        for (int i = 0; i < nearest.Length; i++) votes[labels[nearest[i]]] += Math.Exp(((double)cosines[i] - cosines[0]) / temperature);
    }
}
