using System.Globalization;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Study.Embeddings;
using NegSamples.Theory.Bounds;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Foreign;

/// <summary>Measures the collision bound as <see cref="CollisionStudy"/> does, on two views that another program embedded.</summary>
public static class ForeignCollision
{
    private const string Needs = "the collision bound needs";

    /// <summary>Measures Δ over all pairs of samples of a class.</summary>
    /// <param name="train">Two or more views of each sample; the first two are measured.</param>
    /// <param name="ops">The device that scales the rows.</param>
    /// <param name="temperature">t of the loss that the encoder was trained with.</param>
    /// <param name="threads">Threads of the sums; 0 for one per core.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="SettingsException">The temperature is not above 0.</exception>
    /// <exception cref="BadDataException">There is one view, a class has no sample or no class has two.</exception>
    /// <exception cref="DeviceMemoryException">It does not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static CollisionReport Measure(
        ForeignSplit train, Ops ops, double temperature, int threads, Action<EvaluationProgress> status, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(status);
        train.RequireViews(2, Needs);
        ForeignBounds.RequireTemperature(temperature);
        int[] sizes = ForeignPair.Sizes(train, train.Classes, Needs);
        if (sizes.Max() < 2) throw new BadDataException($"{train.Paths.Labels} has one sample of each class; {Needs} two of a class or more.");
        HostMemory.Require(
            "The collision bound", MemoryPlan.From(StudyMemory.OfTwoViews(train.Count, train.Dimension)), "Give fewer samples, or allow more.");
        double[] first = new double[train.Count * train.Dimension], second = new double[first.Length];
        ForeignRows.Stream(train, 2, ops, (start, count, rows) =>
        {
            for (int i = 0; i < count * train.Dimension; i++)
                (first[(start * train.Dimension) + i], second[(start * train.Dimension) + i]) = (rows(0)[i], rows(1)[i]);
        }, status, stop);
        status(new EvaluationProgress(FormattableString.Invariant($"{Counted.Of(sizes.Sum(count => (long)count * (count - 1)), "pair")} of samples of one class"), 0));
        CollisionBound bound = CollisionBound.Measure(new EmbeddedSet(train.Dimension, first, second, first, train.Labels), temperature, threads, stop);
        return new CollisionReport(
            ForeignBounds.Checkpoint, 0, train.Paths.Features, "", train.Count, "train", temperature, bound.Delta, bound.PublishedDelta,
            bound.ClassDeltas.ToArray(), [.. Enumerable.Range(0, sizes.Length).Select(c => c.ToString(CultureInfo.InvariantCulture))])
        {
            Files = ForeignSource.Of(train),
        };
    }
}
