using System.Text.Json.Nodes;
using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Study;
using NegSamples.Study.Embeddings;
using NegSamples.Study.Sweep;
using NegSamples.Tests.Training;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Coverage;
using NegSamples.Theory.Measures;

namespace NegSamples.Tests.Study.Embeddings;

public class BoundStudyTests
{
    // float32 embeddings of unit length after a few layers; logits are up to 1/t = 2 of them.
    private const double Tolerance = 1e-5;

    [Fact]
    public void MeansAreThoseOfTheViewsOneByOne()
    {
        using StudyRig rig = new();
        using CpuOps ops = new(2);
        BoundSettings settings = new() { Augmentations = 5, Passes = 3, Seed = 11 };
        using LoadedRun loaded = LoadedRun.Open(rig.Run, ops, rig.Train);
        int[] counts = ClassCheck.Counts(rig.Train, "this needs");
        double[] means = ClassMeans.Of(loaded, rig.Train, counts, settings, _ => { }, default);
        ViewPairs pairs = ViewPairs.Of(loaded, rig.Test, settings, _ => { }, default);
        Assert.Equal(2, pairs.Count);

        double[][][] train = Views(rig, rig.Train, 0, settings), test = Views(rig, rig.Test, 1, settings);
        int[] labels = StudyRig.Labels(rig.Train);
        for (int c = 0; c < rig.Classes; c++)
        {
            double[] expected = StudyRig.Mean(train.SelectMany(view => view.Where((_, i) => labels[i] == c)));
            Near(expected, means.AsSpan(c * StudyRig.Dimension, StudyRig.Dimension));
        }

        for (int pair = 0; pair < 2; pair++)
        {
            EmbeddedSet set = pairs.Pair(pair);
            Assert.Equal(StudyRig.Labels(rig.Test), set.Labels);
            for (int i = 0; i < rig.Test.Count; i++)
            {
                Near(test[2 * pair][i], set.FirstView.AsSpan(i * StudyRig.Dimension, StudyRig.Dimension));
                Near(test[(2 * pair) + 1][i], set.SecondView.AsSpan(i * StudyRig.Dimension, StudyRig.Dimension));
                Near(StudyRig.Mean(test.Select(view => view[i])), set.AugmentationMeans.AsSpan(i * StudyRig.Dimension, StudyRig.Dimension));
            }
        }
    }

    [Fact]
    public void TheReportIsTheEstimatorOverShuffledBatches()
    {
        using StudyRig rig = new();
        using CpuOps ops = new(2);
        BoundSettings settings = new() { Negatives = [6, 12], Augmentations = 4, Passes = 3, Seed = 3 };
        IReadOnlyList<BoundReport> reports = BoundStudy.Run(rig.Run, ops, rig.Train, rig.Test, settings, _ => { }, TestContext.Current.CancellationToken);
        double[][][] train = Views(rig, rig.Train, 0, settings), test = Views(rig, rig.Test, 1, settings);
        int[] labels = StudyRig.Labels(rig.Train), testLabels = StudyRig.Labels(rig.Test);
        double[] means = [.. Enumerable.Range(0, rig.Classes).SelectMany(c => StudyRig.Mean(train.SelectMany(view => view.Where((_, i) => labels[i] == c))))];
        double[] average = [.. Enumerable.Range(0, rig.Test.Count).SelectMany(i => StudyRig.Mean(test.Select(view => view[i])))];
        ClassCounts counts = ClassCounts.Of([.. Enumerable.Range(0, rig.Classes).Select(c => testLabels.Count(label => label == c))]);
        foreach ((BoundReport report, int k) in reports.Zip(settings.Negatives))
        {
            BoundEstimator estimator = new(ClassDistribution.Proportional([.. Enumerable.Range(0, rig.Classes).Select(c => (double)testLabels.Count(label => label == c))]), StudyRig.Dimension, 0.5, means);
            foreach (int pass in new[] { 0, 1, 2 })
            {
                double[][] first = test[2 * (pass % 2)], second = test[(2 * (pass % 2)) + 1];
                EmbeddedSet set = new(StudyRig.Dimension, [.. first.SelectMany(row => row)], [.. second.SelectMany(row => row)], average, testLabels);
                int[] order = new int[rig.Test.Count];
                new Philox(3, RandomPurpose.MeasuredOrder, (uint)pass).Shuffle(order);
                foreach (int[] batch in order.Chunk(k + 1).Where(batch => batch.Length == k + 1)) estimator.AddBatch(set, batch);
            }

            BoundMeasurement expected = estimator.Measure();
            foreach ((QuantityName name, double value) in expected.Named())
                Assert.True(name == QuantityName.CentroidAccuracy || Math.Abs(value - report.Quantity(name)) <= Tolerance * Math.Max(1, Math.Abs(value)), $"{name} is {report.Quantity(name):R}; expected {value:R}");
            Assert.Equal((k, 3L * (20 / (k + 1)), 27, 20), (report.Negatives, report.Batches, report.TrainImages, report.TestImages));
            Assert.Equal(expected.Upsilon.Successes, report.Upsilon.Successes);
            Assert.Equal(CouponCollector.Probability(counts, k + 1), report.Upsilon.ExactWithoutReplacement);
            Assert.Equal(Collision.Probability(counts, k), report.CurlTau.ExactWithoutReplacement);
            Assert.Equal(Collision.ExpectedLog(counts, k), report.ConflictTerm.ExactWithoutReplacement);
            Assert.Equal(BoundComparison.Compare(expected).Select(bound => bound.Name), report.Bounds.Select(bound => bound.Name));
            Assert.All(report.Bounds, bound => Assert.Equal(bound.Value is null, bound.Vacuous is not null));

            string path = SweepFolder.BoundPath(rig.Run, rig.Checkpoint, k);
            BoundReport read = StudyJson.Read<BoundReport>(path, "bounds");
            Assert.Equal(report.Quantities, read.Quantities);
            Assert.Equal(report.Bounds, read.Bounds);
            Assert.Equal(report.Upsilon, read.Upsilon);
            Assert.Equal(report.Measures, read.Measures);
            double Measure(MeasureName name) => report.Measures!.Single(measure => measure.Name == name).Value;
            Assert.Equal(report.Quantity(QuantityName.ContrastiveLoss) - Math.Log(k), Measure(MeasureName.CentredLoss), 12);
            Assert.Equal(Measure(MeasureName.CentredLoss) - Measure(MeasureName.LimitLoss), Measure(MeasureName.LimitGap), 12);
            double alignment = test[0].Zip(test[1], (a, b) => a.Zip(b, (x, y) => (x - y) * (x - y)).Sum()).Average();
            Assert.Equal(alignment, Measure(MeasureName.Alignment), Tolerance);
            Assert.InRange(Measure(MeasureName.Lidar), 1, StudyRig.Dimension);

            // A file of an earlier version has no measures.
            JsonObject earlier = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            Assert.True(earlier.Remove("measures"));
            string old = rig.Tiny.Folder(FormattableString.Invariant($"old-{k}.json"));
            File.WriteAllText(old, earlier.ToJsonString());
            Assert.Null(StudyJson.Read<BoundReport>(old, "bounds").Measures);
            JsonObject paper = JsonNode.Parse(File.ReadAllText(Path.ChangeExtension(path, ".bounds.json")))!["training-validation"]!.AsObject();
            string[] names =
            [
                "SimCLR_loss", "Original_SimCLR_loss", "upsilon", "conflict_term", "sup_loss", "partial_sup_loss", "bound", "curl_tau", "curl_sup_loss",
                "curl_partial_sup_loss", "curl_bound", "assumption_value", "centroid_accuracy",
            ];
            Assert.Equal(names, paper.Select(pair => pair.Key));
            Assert.Equal(report.Quantity(QuantityName.Bound), (double)paper["bound"]!);
        }
    }

    [Fact]
    public void ThreadsDoNotChangeAByte()
    {
        using StudyRig rig = new();
        BoundSettings settings = new() { Augmentations = 2, Passes = 2 };
        byte[][] files = [.. new[] { 1, 3 }.Select(threads =>
        {
            using CpuOps ops = new(threads);
            BoundStudy.Run(rig.Run, ops, rig.Train, rig.Test, settings with { Threads = threads }, _ => { }, TestContext.Current.CancellationToken);
            return File.ReadAllBytes(SweepFolder.BoundPath(rig.Run, rig.Checkpoint, 7)); // N − 1
        })];
        Assert.Equal(files[0], files[1]);
    }

    [Fact]
    public void AStoppedMeasurementWritesNothing()
    {
        using StudyRig rig = new();
        using CpuOps ops = new(1);
        foreach (string stage in new[] { "embedding", "batches" })
        {
            using CancellationTokenSource stop = new();
            Assert.ThrowsAny<OperationCanceledException>(() => BoundStudy.Run(
                rig.Run, ops, rig.Train, rig.Test, new(), progress => { if (progress.Stage.StartsWith(stage, StringComparison.Ordinal)) stop.Cancel(); }, stop.Token));
            Assert.False(Directory.Exists(Path.Combine(rig.Run, "bound")));
        }
    }

    [Fact]
    public void TheCollisionBoundIsThatOfTheTwoViews()
    {
        using StudyRig rig = new();
        double[][] first = rig.View(rig.Train, 0, 0, 5), second = rig.View(rig.Train, 0, 1, 5);
        int[] labels = StudyRig.Labels(rig.Train);
        double delta = 0;
        for (int i = 0; i < labels.Length; i++)
        {
            int[] others = [.. Enumerable.Range(0, labels.Length).Where(j => j != i && labels[j] == labels[i])];
            delta += others.Average(j => Math.Abs(first[i].Zip(second[j].Zip(second[i], (a, b) => a - b), (a, b) => a * b).Sum())) / labels.Length;
        }

        byte[][] files = [.. new[] { 1, 2 }.Select(threads =>
        {
            using CpuOps ops = new(threads);
            CollisionReport report = CollisionStudy.Run(rig.Run, ops, rig.Train, new() { Seed = 5, Threads = threads }, _ => { }, TestContext.Current.CancellationToken);
            Assert.Equal(delta, report.Delta, Tolerance);
            Assert.Equal((rig.Classes, "train", 27), (report.ClassDeltas.Count, report.Split, report.Images));
            return File.ReadAllBytes(SweepFolder.CollisionPath(rig.Run, rig.Checkpoint));
        })];
        Assert.Equal(files[0], files[1]);
    }

    private static double[][][] Views(StudyRig rig, IImageSet images, uint split, BoundSettings settings) =>
        [.. Enumerable.Range(0, settings.Augmentations).Select(view => rig.View(images, split, (uint)view, settings.Seed))];

    private static void Near(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual)
    {
        for (int d = 0; d < expected.Length; d++) Assert.Equal(expected[d], actual[d], Tolerance);
    }
}
