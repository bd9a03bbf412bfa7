using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Study;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Foreign;
using NegSamples.Tests.Study.Embeddings;

namespace NegSamples.Tests.Study.Foreign;

public class ForeignBoundsTests
{
    private const ulong Seed = 11;

    /// <summary>Files of the two views that a run's own measurement embeds have its bounds to the bit, in a file for each view or in one.</summary>
    [Fact]
    public void FilesOfViewsHaveTheBoundsOfTheRun()
    {
        using StudyRig rig = new();
        using CpuOps ops = new(2);
        CancellationToken stop = TestContext.Current.CancellationToken;
        BoundSettings settings = new() { Negatives = [6, 12], Augmentations = 2, Passes = 3, Seed = Seed };
        FeatureFiles.Write(rig.Run, ops, rig.Train, rig.Test, new() { Seed = Seed }, _ => { }, stop);
        IReadOnlyList<BoundReport> run = BoundStudy.Run(rig.Run, ops, rig.Train, rig.Test, settings, _ => { }, stop);
        CollisionReport collision = CollisionStudy.Run(rig.Run, ops, rig.Train, new() { Seed = Seed }, _ => { }, stop);
        foreach (bool isOneFile in new[] { false, true })
        {
            using ForeignPair pair = ForeignPair.Open(Paths(rig, "train", isOneFile), Paths(rig, "val", isOneFile), stop);
            IReadOnlyList<BoundReport> given = ForeignBounds.Measure(pair, ops, run[0].Temperature, settings, _ => { }, stop);
            foreach ((BoundReport expected, BoundReport report) in run.Zip(given, (a, b) => (a, b)))
            {
                Assert.Equal(expected.Quantities, report.Quantities);
                Assert.Equal(expected.Bounds, report.Bounds);
                Assert.Equal((expected.Upsilon, expected.CurlTau, expected.ConflictTerm), (report.Upsilon, report.CurlTau, report.ConflictTerm));
                Assert.Equal((expected.Batches, expected.TrainImages, expected.TestImages, expected.Augmentations), (report.Batches, report.TrainImages, report.TestImages, report.Augmentations));
                Assert.Null(report.TrainViews);

                // The moments of LiDAR are summed in other batches.
                Assert.Equal(expected.Measures!.Select(measure => measure.Name), report.Measures!.Select(measure => measure.Name));
                Assert.All(expected.Measures!.Zip(report.Measures!), both => Assert.Equal(both.First.Value, both.Second.Value, 1e-9 * Math.Max(1, Math.Abs(both.First.Value))));
            }

            CollisionReport same = ForeignCollision.Measure(pair.Train, ops, collision.Temperature, 2, _ => { }, stop);
            Assert.Equal((collision.Delta, collision.PublishedDelta, collision.Images), (same.Delta, same.PublishedDelta, same.Images));
            Assert.Equal(collision.ClassDeltas, same.ClassDeltas);
        }

        // One view of the training split makes class means too, and the report says how many there were.
        string key = Key(rig);
        using ForeignPair fewer = ForeignPair.Open(new($"{key}.feature.train.npy", $"{key}.label.train.npy"), Paths(rig, "val", true), stop);
        BoundReport other = ForeignBounds.Measure(fewer, ops, 0.5, settings, _ => { }, stop)[0];
        Assert.Equal((1, 2), (other.TrainViews, other.Augmentations));
    }

    /// <summary>Six clusters under three labels: parts of the labels are the clusters, and the bounds are those of labels that name the clusters.</summary>
    [Fact]
    public void PartsOfClassesAreTheClustersInThem()
    {
        using GivenFiles files = new();
        using CpuOps ops = new(1);
        CancellationToken stop = TestContext.Current.CancellationToken;
        BoundSettings settings = new() { Negatives = [5], Passes = 2, Seed = Seed };
        using ForeignPair coarse = ForeignPair.Open(Clusters("train", 1, perLabel: 2), Clusters("test", 2, perLabel: 2), stop);
        using ForeignPair fine = ForeignPair.Open(Clusters("train", 1, perLabel: 1), Clusters("test", 2, perLabel: 1), stop);
        BoundReport parts = ForeignBounds.Measure(coarse, ops, 0.5, settings with { Subclasses = 2 }, _ => { }, stop)[0], labels = ForeignBounds.Measure(fine, ops, 0.5, settings, _ => { }, stop)[0];
        Assert.Equal((6, 2), (parts.Classes, parts.Subclasses!.PerClass));
        Assert.Equal(Enumerable.Repeat(8, 6), parts.Subclasses.TestSizes);
        Assert.Equal((labels.Upsilon.Estimate, labels.CurlTau.Estimate), (parts.Upsilon.Estimate, parts.CurlTau.Estimate));
        Assert.All(labels.Quantities.Zip(parts.Quantities), both => Assert.Equal(both.First.Value, both.Second.Value, 1e-9 * Math.Max(1, Math.Abs(both.First.Value))));

        ForeignPaths Clusters(string name, int seed, int perLabel)
        {
            const int Count = 48, Views = 2, Dimension = 6;
            Random random = new(seed);
            float[] values = [.. Enumerable.Range(0, Count * Views * Dimension).Select(i => (float)(0.1 * random.NextDouble()) + (i % Dimension == i / (Views * Dimension) % 6 ? 1 : 0))];
            return new(files.Features($"{name}-{perLabel}.npy", values, Count, Views, Dimension), files.Labels($"{name}-{perLabel}-labels.npy", [.. Enumerable.Range(0, Count).Select(i => (long)(i % 6 / perLabel))]));
        }
    }

    private static string Key(StudyRig rig) => Path.Combine(rig.Run, "features", rig.Checkpoint, "head");

    private static ForeignPaths Paths(StudyRig rig, string split, bool isOneFile)
    {
        string key = Key(rig), first = $"{key}.feature.0.{split}.npy", second = $"{key}.feature.1.{split}.npy", labels = $"{key}.label.{split}.npy";
        if (!isOneFile) return new($"{first},{second}", labels);
        (float[] a, int[] shape) = Npy.ReadFloats(first);
        (float[] b, _) = Npy.ReadFloats(second);
        string both = rig.Tiny.Folder($"{split}.npy");
        Npy.Write(both, [.. a.Chunk(shape[1]).Zip(b.Chunk(shape[1])).SelectMany(rows => rows.First.Concat(rows.Second))], shape[0], 2, shape[1]);
        return new(both, labels);
    }
}
