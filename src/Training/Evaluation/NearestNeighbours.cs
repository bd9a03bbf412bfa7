using System.Globalization;
using NegSamples.Kernels;

namespace NegSamples.Training.Evaluation;

/// <summary>The weighted k-nearest-neighbour classifier.</summary>
/// <remarks>
/// Every feature is scaled to unit length. The k training samples of highest cosine <c>s</c> vote for their classes with weight
/// <c>exp(s / T)</c>. Of training samples with the same cosine the lower index is nearer. Source: Wu, Xiong, Yu and Lin, "Unsupervised
/// feature learning via non-parametric instance discrimination", CVPR 2018, section 3.4, with its k = 200; T = 0.1 is the common value.
/// </remarks>
public static class NearestNeighbours
{
    // Scores of one block: 32 MiB, whatever the sizes of the sets. Tall blocks of training rows keep the heaps' thresholds high.
    private const int TestRows = 1024, TrainRows = 8192;

    // Training rows of at most this size stay on the device; larger ones are brought to it once for every block of test rows.
    private const long HeldBytes = 1L << 30;

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
        Evaluate(ops, train, test, k, temperature, ranks, HeldBytes, stop);

    internal static Accuracy Evaluate(
        Ops ops, FeatureSet train, FeatureSet test, int k, double temperature, Collective? ranks, long heldBytes, CancellationToken stop)
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

        int testRows = Math.Min(TestRows, test.Count), trainRows = Math.Min(TrainRows, train.Count), scaleRows = Math.Max(testRows, trainRows);
        bool isHeld = IsHeld(train.Count, train.Dimension, heldBytes);
        using Arena arena = ops.CreateArena("nearest neighbours", ArenaBytes(train.Count, test.Count, train.Dimension, heldBytes));
        Tensor voters = arena.Take(isHeld ? train.Count : trainRows, train.Dimension), block = arena.Take(testRows, test.Dimension);
        Tensor cosines = arena.Take(testRows * trainRows), scale = arena.Take(scaleRows, 1);
        for (int first = 0; isHeld && first < train.Count; first += TrainRows)
        {
            stop.ThrowIfCancellationRequested();
            int rows = Math.Min(TrainRows, train.Count - first);
            UploadUnitRows(ops, train.Rows(first, rows), voters.Slice(first, rows), scale.Slice(0, rows));
        }

        float[] cosinesOnHost = new float[cosines.Count];
        Neighbours[] neighbours = new Neighbours[testRows];
        for (int i = 0; i < testRows; i++) neighbours[i] = new Neighbours(Math.Min(k, train.Count));
        int[] before = new int[checked(ranks.Size * test.Count)]; // a part of each rank, in which its own blocks are filled
        ParallelOptions parallel = new() { MaxDegreeOfParallelism = ops is CpuOps cpu ? cpu.Threads : -1, CancellationToken = stop };
        for (int firstTest = ranks.Rank * TestRows; firstTest < test.Count; firstTest += ranks.Size * TestRows)
        {
            int rows = Math.Min(TestRows, test.Count - firstTest), start = firstTest, place = (ranks.Rank * test.Count) + firstTest;
            UploadUnitRows(ops, test.Rows(firstTest, rows), block.Slice(0, rows), scale.Slice(0, rows));
            for (int firstTrain = 0; firstTrain < train.Count; firstTrain += TrainRows)
            {
                stop.ThrowIfCancellationRequested();
                int columns = Math.Min(TrainRows, train.Count - firstTrain), offset = firstTrain;
                Tensor product = cosines.Slice(0, rows * columns).Reshape(rows, columns), some = voters.Slice(isHeld ? firstTrain : 0, columns);
                if (!isHeld) UploadUnitRows(ops, train.Rows(firstTrain, columns), some, scale.Slice(0, columns));
                ops.MatMul(block.Slice(0, rows), some, product, transposeB: true);
                ops.Download(product, cosinesOnHost.AsSpan(0, rows * columns));
                Parallel.For(0, rows, parallel, row => neighbours[row].Offer(cosinesOnHost.AsSpan(row * columns, columns), offset));
            }

            Parallel.For(0, rows, parallel, () => new double[train.Classes], (row, _, votes) =>
            {
                neighbours[row].TakeVotes(train.Labels, temperature, votes);
                before[place + row] = Accuracy.Rank<double>(votes, test.Labels[start + row]);
                return votes;
            }, _ => { });
        }

        ranks.AllGather<int>(before);
        return Accuracy.OfRanks([.. Enumerable.Range(0, test.Count).Select(i => before[(i / TestRows % ranks.Size * test.Count) + i])], test);
    }

    /// <summary>Bytes of device memory for sets of these sizes.</summary>
    internal static long ArenaBytes(int train, int test, int dimension, long heldBytes = HeldBytes)
    {
        long testRows = Math.Min(TestRows, test), trainRows = Math.Min(TrainRows, train);
        return Bytes((IsHeld(train, dimension, heldBytes) ? train : trainRows) * dimension) + Bytes(testRows * dimension) + Bytes(testRows * trainRows) + Bytes(Math.Max(testRows, trainRows));
    }

    /// <summary>Bytes of host arrays: the cosines of a block and the neighbours of its rows.</summary>
    internal static long HostBytes(int train, int test, int k = 200)
    {
        long testRows = Math.Min(TestRows, test);
        return (testRows * Math.Min(TrainRows, train) * sizeof(float)) + (testRows * Math.Min(k, train) * (sizeof(float) + sizeof(int)));
    }

    /// <summary>Workspace of a block's product.</summary>
    internal static CpuWorkspace Workspace(int train, int dimension) => CpuWorkspace.OfProduct(Math.Min(TrainRows, train), dimension);

    private static bool IsHeld(int train, int dimension, long heldBytes) => (long)train * dimension * sizeof(float) <= heldBytes;

    private static void UploadUnitRows(Ops ops, ReadOnlySpan<float> rows, Tensor target, Tensor scale)
    {
        ops.Upload(rows, target);
        ops.L2NormalizeForward(target, target, scale);
    }

    private static long Bytes(long floats) => Arena.BytesFor(ElementType.Float32, floats);
}
