using NegSamples.Tests.Theory.Coverage;
using NegSamples.Theory.Bounds;
using NegSamples.Theory.Coverage;

namespace NegSamples.Tests.Theory.Bounds;

public class BoundEstimatorTests
{
    private const double Tolerance = 1e-10;

    /// <summary>Two collapsed classes at (1, 0) and (−1, 0), temperature 1: every term is a logarithm that can be written down.</summary>
    [Fact]
    public void CollapsedClassesGiveTheValuesOfTheHand()
    {
        double[] views = [1, 0, 1, 0, -1, 0, -1, 0];
        EmbeddedSet set = new(2, views, views, views, [0, 0, 1, 1]);
        BoundEstimator estimator = new(ClassDistribution.Uniform(2), 2, 1, [1, 0, -1, 0]);
        estimator.AddBatch(set, [0, 1, 2]);
        estimator.AddBatch(set, [0, 2, 3]);
        BoundMeasurement covered = estimator.Measure();

        double e = Math.Exp(-2), pair = Math.Log(2 + e), single = Math.Log(1 + (2 * e)), supervised = Math.Log(1 + e);
        Assert.Equal(((2 * pair) + single) / 3, covered.ContrastiveLoss, Tolerance);
        Assert.Equal(((2 * Math.Log(3 + (2 * e))) + Math.Log(1 + (4 * e))) / 3, covered.OriginalContrastiveLoss, Tolerance);
        Assert.Equal(1, covered.Upsilon.Estimate);
        Assert.Equal(supervised, covered.SupervisedLoss, Tolerance);
        Assert.Equal(0, covered.PartialSupervisedLoss);
        Assert.Equal(2 * Math.Log(2) / 3, covered.ConflictTerm, Tolerance);
        Assert.Equal(4, covered.CurlTau.Successes);
        Assert.Equal(6, covered.CurlTau.Draws);
        Assert.Equal(supervised / 3, covered.CurlSupervisedLoss, Tolerance);
        Assert.Equal(supervised / 3, covered.CurlPartialSupervisedLoss, Tolerance);
        Assert.Equal(0, covered.AssumptionValue);
        Assert.Equal(1, covered.CentroidAccuracy);
        Assert.Equal(covered.ContrastiveLoss, covered.JensenLoss, Tolerance);
        Assert.Equal(2 * Math.Log(2) / 3, covered.CollisionLoss, Tolerance);

        BoundEstimator other = new(ClassDistribution.Uniform(2), 2, 1, [1, 0, -1, 0]);
        other.AddBatch(set, [0, 1]);
        BoundMeasurement missed = other.Measure();
        Assert.Equal(0, missed.Upsilon.Successes);
        Assert.Equal(1, missed.CurlTau.Estimate);
        Assert.Equal(Math.Log(2), missed.ContrastiveLoss, Tolerance);
        Assert.Equal(0.5 * Math.Log(2), missed.Bound, Tolerance);
        Assert.Equal(Math.Log(2), missed.CurlBound, Tolerance);
        Assert.Equal(0, missed.SupervisedLoss);
        Assert.Equal(supervised, missed.MeanClassifierLoss, Tolerance);
        Assert.All(BoundComparison.Compare(missed).Where(row => row.Name.Status == BoundStatus.PaperAsPublished), row => Assert.True(row.Value.IsVacuous));
    }

    /// <summary>Samples, dimension, classes, batch: batches that cover all classes, some or none of them; temperatures down to the smallest in use.</summary>
    [Theory]
    [InlineData(24, 5, 3, 6, 0.5)]
    [InlineData(30, 17, 7, 10, 0.1)]
    [InlineData(20, 8, 9, 4, 0.5)]
    [InlineData(12, 3, 1, 4, 1.0)]
    [InlineData(15, 9, 4, 1, 0.5)]
    [InlineData(24, 6, 3, 6, 0.001)]
    public void EveryQuantityEqualsItsPlainDefinition(int samples, int dimension, int classes, int batch, double temperature)
    {
        Problem p = new(11, samples, dimension, classes);
        BoundEstimator estimator = new(ClassDistribution.Uniform(classes), dimension, temperature, p.Means);
        Truth truth = new(p, temperature);
        for (int first = 0; first + batch <= samples; first += batch)
        {
            int[] indices = [.. Enumerable.Range(first, batch)];
            estimator.AddBatch(p.Set, indices);
            truth.Add(indices);
        }

        BoundMeasurement measured = estimator.Measure();
        Dictionary<string, double> expected = truth.Means();
        double[] norms = [.. p.Means.Chunk(dimension).Select(mean => Math.Sqrt(mean.Sum(x => x * x)))];
        double shift = norms.Max() / temperature; // e^1000 is no double
        expected["norm_ceiling"] = shift + Math.Log(norms.Sum(norm => Math.Exp((norm / temperature) - shift))) - norms.Sum(norm => norm * norm / (classes * temperature));
        Assert.Equal(expected.Keys.Order(), measured.Named().Select(pair => pair.Key.Key).Order());
        foreach ((QuantityName name, double value) in measured.Named())
            Assert.True(Math.Abs(value - expected[name.Key]) <= Tolerance * Math.Max(1, Math.Abs(expected[name.Key])), $"{name} is {value:R}; expected {expected[name.Key]:R}");

        // On every batch, not only in expectation.
        Assert.True(measured.JensenLoss >= Math.Max(measured.Bound, measured.CurlBound) - Tolerance);
        Assert.True(measured.AssumptionValue <= Math.Min(0, measured.LinearAssumptionValue));
        Assert.True(measured.CurlSupervisedLoss <= measured.CurlPartialSupervisedLoss + Tolerance);
    }

    [Theory]
    [InlineData(1), InlineData(2), InlineData(5)]
    public void ThreadsDoNotChangeABit(int threads)
    {
        Problem p = new(17, 50, 9, 4);
        int[] order = [.. Enumerable.Range(0, 50)];
        new Random(2).Shuffle(order);
        BoundEstimator together = new(ClassDistribution.Uniform(4), 9, 0.5, p.Means), one = new(ClassDistribution.Uniform(4), 9, 0.5, p.Means);
        together.AddBatches(p.Set, order, 7, threads);
        for (int first = 0; first + 7 <= 50; first += 7) one.AddBatch(p.Set, order.AsSpan(first, 7));
        Assert.Equal(one.Measure(), together.Measure());
        CollisionBound alone = CollisionBound.Measure(p.Set, 0.5), shared = CollisionBound.Measure(p.Set, 0.5, threads);
        Assert.Equal((alone.Delta, alone.PublishedDelta), (shared.Delta, shared.PublishedDelta));
        Assert.Equal(alone.ClassDeltas, shared.ClassDeltas);
    }

    [Fact]
    public void ThePapersTwelveQuantitiesHaveItsNames()
    {
        Problem p = new(3, 12, 4, 2);
        BoundEstimator estimator = new(ClassDistribution.Uniform(2), 4, 0.5, p.Means);
        estimator.AddBatch(p.Set, [0, 1, 2, 3]);
        string[] names =
        [
            "SimCLR_loss", "Original_SimCLR_loss", "upsilon", "conflict_term", "sup_loss", "partial_sup_loss", "bound", "curl_tau", "curl_sup_loss",
            "curl_partial_sup_loss", "curl_bound", "assumption_value", "centroid_accuracy",
        ];
        Assert.Equal(names, estimator.Measure().Named().Select(pair => pair.Key.Key).Take(names.Length));
        Assert.Equal(names, QuantityName.All.Where(name => name.IsOfPaper).Select(name => name.Key));
    }

    [Fact]
    public void WrongInputsAreNamed()
    {
        Problem p = new(3, 12, 4, 2);
        BoundEstimator estimator = new(ClassDistribution.Uniform(2), 4, 0.5, p.Means);
        Assert.Throws<InvalidOperationException>(() => estimator.Measure());
        estimator.AddBatch(p.Set, [0, 1, 2]);
        Assert.Contains("indices has 2 samples; expected 3", Assert.Throws<ArgumentException>(() => estimator.AddBatch(p.Set, [0, 1])).Message, StringComparison.Ordinal);
        Assert.Contains("indices[1] is 12", Assert.Throws<ArgumentException>(() => estimator.AddBatch(p.Set, [0, 12, 1])).Message, StringComparison.Ordinal);
        Assert.Contains("means", Assert.Throws<ArgumentException>(() => new BoundEstimator(ClassDistribution.Uniform(3), 4, 0.5, p.Means)).Message, StringComparison.OrdinalIgnoreCase);
        Assert.Throws<ArgumentOutOfRangeException>(() => new BoundEstimator(ClassDistribution.Uniform(2), 4, 0, p.Means));
        Assert.Throws<ArgumentException>(() => new EmbeddedSet(2, [1, double.NaN], [1, 0], [1, 0], [0]));
        Assert.Throws<ArgumentException>(() => new EmbeddedSet(2, [1, 0], [1, 0], [1, 0], [-1]));
    }

    [Fact]
    public void ShuffledBatchesHaveTheExactExpectations()
    {
        Problem p = new(5, 7, 3, 3);
        int[] counts = new int[3];
        foreach (int label in p.Labels) counts[label]++;
        ClassCounts set = ClassCounts.Of(counts);
        BoundEstimator estimator = new(ClassDistribution.Uniform(3), 3, 0.5, p.Means);
        for (int subset = 0; subset < 1 << 7; subset++)
        {
            int[] indices = [.. Enumerable.Range(0, 7).Where(i => (subset >> i & 1) == 1)];
            if (indices.Length == 4) estimator.AddBatch(p.Set, indices);
        }

        BoundMeasurement all = estimator.Measure();
        Exact.Near(all.Upsilon.Estimate, CouponCollector.Probability(set, 4), 1e-12);
        Exact.Near(all.CurlTau.Estimate, Collision.Probability(set, 3), 1e-12);
        Exact.Near(all.ConflictTerm, Collision.ExpectedLog(set, 3), 1e-12);

        // Over all subsets the collision loss keeps its upper bound, each class with its own Δ; on single batches it need not.
        CollisionBound bound = CollisionBound.Measure(p.Set, 0.5);
        double upper = 0;
        for (int subset = 0; subset < 1 << 7; subset++)
        {
            int[] indices = [.. Enumerable.Range(0, 7).Where(i => (subset >> i & 1) == 1)];
            if (indices.Length != 4) continue;
            foreach (int i in indices)
            {
                int same = indices.Count(j => p.Labels[j] == p.Labels[i]) - 1;
                upper += same == 0 ? 0 : bound.UpperBound(same, p.Labels[i]) / all.CurlTau.Draws;
            }
        }

        Assert.InRange(all.CollisionLoss, 0, upper + Tolerance);
    }

    [Fact]
    public void CollisionDeltaIsItsDefinitionInBothOrientations()
    {
        Problem p = new(8, 13, 4, 3);
        double delta = 0, published = 0;
        int anchors = 0;
        for (int i = 0; i < 13; i++)
        {
            int[] others = [.. Enumerable.Range(0, 13).Where(j => j != i && p.Labels[j] == p.Labels[i])];
            if (others.Length == 0) continue;
            anchors++;
            delta += others.Average(j => Math.Abs(p.Similarity(i, j) - p.Similarity(i, i)));
            published += others.Average(j => Math.Abs(p.Similarity(j, i) - p.Similarity(i, i)));
        }

        CollisionBound bound = CollisionBound.Measure(p.Set, 0.5);
        Exact.Near(delta / anchors, bound.Delta, 1e-12);
        Exact.Near(published / anchors, bound.PublishedDelta, 1e-12);
        Exact.Near(Math.Log(4) + (6 * bound.Delta), bound.UpperBound(3), 1e-12);
    }

    [Fact]
    public void ClassGeometryIsItsDefinition()
    {
        Problem p = new(4, 20, 6, 3);
        double variance = 0;
        for (int c = 0; c < 3; c++)
        {
            double[][] members = [.. Enumerable.Range(0, 20).Where(i => p.Labels[i] == c).Select(i => p.Average[i])];
            for (int d = 0; d < 6; d++)
            {
                double mean = members.Average(row => row[d]);
                variance += members.Sum(row => (row[d] - mean) * (row[d] - mean)) / 20;
            }
        }

        Exact.Near(variance, ClassGeometry.WithinClassVariance(p.Set), 1e-12);
        double half = Math.Sqrt(3) / 2;
        Exact.Near(-0.5, ClassGeometry.MeanOffDiagonalCosine([2, 0, -0.5, half, -0.25, -half / 2], 2), 1e-12);
    }

    [Fact]
    public void ProportionsCarryAWilsonInterval()
    {
        // The interval's ends solve (p̂ − p)² = z² p(1 − p)/n.
        Proportion proportion = Proportion.Of(17, 90);
        foreach (double end in new[] { proportion.Lower, proportion.Upper })
            Exact.Near(Math.Pow(proportion.Estimate - end, 2), 3.841458820694124 * end * (1 - end) / 90, 1e-9);
        Assert.Equal(0, Proportion.Of(0, 90).Lower);
        Exact.Near(3.841458820694124 / (90 + 3.841458820694124), Proportion.Of(0, 90).Upper, 1e-12);
        Assert.Equal(1, Proportion.Of(90, 90).Upper);

        // Batches that agree within themselves count as one draw each; alternating ones as independent draws at most.
        Proportion alike = Proportion.OfBatches(400, 800, 8, 4 * 100.0 * 100), mixed = Proportion.OfBatches(400, 800, 8, 8 * 50.0 * 50);
        Assert.InRange(alike.Upper - alike.Lower, 0.5, 0.8);
        Exact.Near(Proportion.Of(400, 800).Upper, mixed.Upper, 1e-12);
        Assert.Throws<ArgumentOutOfRangeException>(() => Proportion.Of(3, 2));
    }

    /// <summary>Random embeddings (views not of unit length, so that normalisation is part of the test) and means shorter than 1.</summary>
    private sealed class Problem
    {
        public Problem(int seed, int samples, int dimension, int classes)
        {
            Random random = new(seed);
            Labels = [.. Enumerable.Range(0, samples).Select(i => i < classes ? i : random.Next(classes))];
            random.Shuffle(Labels);
            First = [.. Enumerable.Range(0, samples).Select(_ => Population.Unit(random, dimension))];
            Second = [.. Enumerable.Range(0, samples).Select(_ => Population.Unit(random, dimension))];
            Average = [.. Enumerable.Range(0, samples).Select(_ => Population.Unit(random, dimension).Select(x => 0.7 * x).ToArray())];
            ClassMeans = [.. Enumerable.Range(0, classes).Select(_ => Population.Unit(random, dimension).Select(x => 0.5 * x).ToArray())];
            double scale = 0.5 + random.NextDouble();
            Set = new(dimension, [.. First.SelectMany(row => row.Select(x => scale * x))], [.. Second.SelectMany(row => row)], [.. Average.SelectMany(row => row)], Labels);
        }

        public int[] Labels { get; }

        public double[][] First { get; }

        public double[][] Second { get; }

        public double[][] Average { get; }

        public double[][] ClassMeans { get; }

        public double[] Means => [.. ClassMeans.SelectMany(row => row)];

        public EmbeddedSet Set { get; }

        public double Similarity(int first, int second) => Population.Dot(First[first], Second[second]);
    }

    private sealed class Truth(Problem p, double temperature)
    {
        private readonly Dictionary<string, double> sums = [];
        private int batches, samples;

        public void Add(int[] batch)
        {
            int classes = p.ClassMeans.Length;
            bool covers = Enumerable.Range(0, classes).All(c => batch.Any(i => p.Labels[i] == c));
            batches++;
            samples += batch.Length;
            Sum("upsilon", covers ? 1 : 0);
            int[] present = [.. batch.Select(i => p.Labels[i]).Distinct()];
            foreach (int i in batch)
            {
                int own = p.Labels[i], count = batch.Count(j => p.Labels[j] == own);
                double positive = p.Similarity(i, i) / temperature;
                Sum("SimCLR_loss", LogSum(batch.Select(j => p.Similarity(i, j) / temperature)) - positive);
                Sum("Original_SimCLR_loss", (NtXent(batch, p.First, p.Second, i) + NtXent(batch, p.Second, p.First, i)) / 2);
                Sum("conflict_term", Math.Log(count));
                double Supervised(IEnumerable<int> set) => LogSum(set.Select(c => Logit(i, c))) - Logit(i, own);
                double full = Supervised(Enumerable.Range(0, classes)), partial = Supervised(present);
                Sum("sup_loss", covers ? full : 0);
                Sum("partial_sup_loss", covers ? 0 : partial);
                Sum("curl_tau", count > 1 ? 1 : 0);
                Sum("curl_sup_loss", covers && count == 1 ? full : 0);
                Sum("curl_partial_sup_loss", count == 1 ? partial : 0);
                double delta = Logit(i, own) - (Population.Dot(p.First[i], p.Average[i]) / temperature);
                Sum("assumption_value", Math.Min(0, delta));
                Sum("linear_assumption_value", delta);
                Sum("jensen_loss", Supervised(batch.Select(j => p.Labels[j])));
                Sum("mean_classifier_loss", full);
                Sum("collision_loss", LogSum(batch.Where(j => p.Labels[j] == own).Select(j => p.Similarity(i, j) / temperature)) - positive);
                double Score(int c) => Population.Dot([.. p.First[i].Zip(p.Second[i], (x, y) => (x + y) / 2)], p.ClassMeans[c]);
                Sum("centroid_accuracy", Enumerable.Range(0, classes).MaxBy(Score) == own ? 1 : 0);
            }
        }

        public Dictionary<string, double> Means()
        {
            Dictionary<string, double> means = sums.ToDictionary(pair => pair.Key, pair => pair.Value / (pair.Key == "upsilon" ? batches : samples));
            means["bound"] = (means["sup_loss"] + means["partial_sup_loss"] + means["conflict_term"]) / 2;
            means["curl_bound"] = means["curl_partial_sup_loss"] + means["conflict_term"];
            return means;
        }

        private static double LogSum(IEnumerable<double> values)
        {
            double[] all = [.. values];
            return all.Max() + Math.Log(all.Sum(value => Math.Exp(value - all.Max())));
        }

        private double NtXent(int[] batch, double[][] own, double[][] other, int i)
        {
            IEnumerable<double> candidates = batch.Where(j => j != i).Select(j => Population.Dot(own[i], own[j])).Concat(batch.Select(j => Population.Dot(own[i], other[j])));
            return LogSum(candidates.Select(similarity => similarity / temperature)) - (Population.Dot(own[i], other[i]) / temperature);
        }

        private double Logit(int i, int c) => Population.Dot(p.First[i], p.ClassMeans[c]) / temperature;

        private void Sum(string name, double value) => sums[name] = sums.GetValueOrDefault(name) + value;
    }
}
