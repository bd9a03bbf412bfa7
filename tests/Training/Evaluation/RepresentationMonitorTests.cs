using System.Numerics.Tensors;
using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Augment.Recipes;
using NegSamples.Kernels;
using NegSamples.Theory.Measures;
using NegSamples.Training;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training.Evaluation;

public class RepresentationMonitorTests
{
    private static readonly TrainingSettings Monitored = TinyRun.Settings with { Run = TinyRun.Settings.Run with { MonitorEvery = 2, LogEvery = 2 } };

    [Fact]
    public void MeasuringChangesNoBitAndIsTheSameForAnyThreadsAndAfterAResume()
    {
        using TinyRun tiny = new();
        TrainingOutcome plain = tiny.Train("plain"), one = tiny.Train("one", settings: Monitored);
        tiny.Train("two", threads: 2, settings: Monitored);
        tiny.Train("parts", stopAfter: 4, settings: Monitored);
        TrainingOutcome parts = tiny.Train("parts", settings: Monitored);
        foreach (string file in new[] { "model.safetensors", "optimizer.safetensors" })
        {
            Assert.Equal(TinyRun.Bytes(plain, file), TinyRun.Bytes(one, file));
            Assert.Equal(TinyRun.Bytes(plain, file), TinyRun.Bytes(parts, file));
        }

        // 3 steps in each of 3 epochs: measured after the second and after the last, beside the lines of every second step.
        Metrics[] lines = Lines("one");
        Assert.Equal([2, 4, 6, 8, 9], lines.Select(line => line.Step));
        Assert.Equal([6, 9], lines.Where(line => line.Representation is not null).Select(line => line.Step));
        foreach (string other in new[] { "two", "parts" }) Assert.Equal(lines.Select(line => line.Representation), Lines(other).Select(line => line.Representation));
        Assert.All(MetricsLog.Read(Path.Combine(tiny.Folder("plain"), "metrics.jsonl")), line => Assert.Null(line.Representation));

        Metrics[] Lines(string run) => [.. MetricsLog.Read(Path.Combine(tiny.Folder(run), "metrics.jsonl"))];
    }

    [Fact]
    public void NumbersAreTheirDefinitions()
    {
        ShapesSet images = TinyRun.Images();
        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, TinyRun.Settings.ModelOf(images), 3);
        using RepresentationMonitor monitor = new(ops, TinyRun.Settings, images);
        Representation measured = monitor.Measure(model)!;
        Features all = FeatureExtractor.Extract(model, images);

        // Of 27 images every fifth is asked: 4, 9, 14, 19, 24; the other 22 all vote, with weights of their cosines.
        int[] asked = [.. Enumerable.Range(0, 27).Where(i => i % 5 == 4)], voters = [.. Enumerable.Range(0, 27).Except(asked)];
        int right = asked.Count(i => Enumerable.Range(0, images.ClassNames.Count).MaxBy(c => voters.Where(j => images.Label(j) == c).Sum(j =>
            Math.Exp(TensorPrimitives.CosineSimilarity(all.Encoder.Row(i), all.Encoder.Row(j)) / 0.1))) == images.Label(i));
        Assert.Equal(right / 5.0, measured.Knn);

        int dimension = model.EmbeddingDimension;
        double deviation = Enumerable.Range(0, dimension).Average(d =>
        {
            double mean = asked.Average(i => (double)all.Head.Row(i)[d]);
            return Math.Sqrt(asked.Average(i => (all.Head.Row(i)[d] - mean) * (all.Head.Row(i)[d] - mean)));
        });
        Assert.Equal(deviation * Math.Sqrt(dimension), measured.Deviation, 1e-9);
        Assert.InRange(measured.RankMe, 1, 5);
        Assert.InRange(measured.RankMeHead, 1, 5);

        float[][][] views = [new float[5][], new float[5][]];
        IViewRecipe recipe = TinyRun.Settings.Views.RecipeOf(images, 16);
        FeatureExtractor.Stream(model, new ImageSubset(images, asked, "asked"), recipe, 2, TinyRun.Settings.Run.Seed, 0, batch =>
        {
            for (int i = 0; i < batch.Count; i++)
                for (int view = 0; view < 2; view++) views[view][batch.First + i] = batch.Head(view).Slice(i * dimension, dimension).ToArray();
        });
        Assert.Equal(Enumerable.Range(0, 5).Average(i => Distance(views[0][i], views[1][i])), measured.Alignment, 1e-5);
        double uniformity = (from i in Enumerable.Range(0, 5) from j in Enumerable.Range(i + 1, 4 - i) select Math.Exp(-2 * Distance(views[0][i], views[0][j]))).Average();
        Assert.Equal(Math.Log(uniformity), measured.Uniformity, 1e-5);

        static double Distance(float[] a, float[] b) => a.Zip(b, (x, y) => ((double)x - y) * ((double)x - y)).Sum();
    }

    [Fact]
    public void ImagesWithoutLabelsHaveNoNeighbours()
    {
        NoLabels images = new(TinyRun.Images());
        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, TinyRun.Settings.ModelOf(images), 3);
        using RepresentationMonitor monitor = new(ops, TinyRun.Settings, images);
        Representation measured = monitor.Measure(model)!;
        Assert.Null(measured.Knn);
        Assert.True(measured.RankMe > 1);
    }

    [Fact]
    public void WeightsThatMapAllImagesToOnePointAreWarnedOfOnce()
    {
        using TinyRun tiny = new();
        List<string> warnings = [];

        // Images of one colour, which augmentation alone tells apart: plain, all embeddings are the same.
        TrainingSettings settings = TinyRun.Settings with
        {
            Run = TinyRun.Settings.Run with { MonitorEvery = 1 }, Optimizer = TinyRun.Settings.Optimizer with { Epochs = 19 },
        };
        tiny.Train("run", settings: settings, images: new OneColour(TinyRun.Images()), warn: warnings.Add);
        Assert.Contains("step 51: the representation has collapsed: the embeddings of different samples hardly differ", Assert.Single(warnings), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0.9, 2.5, 128, 0.02, 1.4, null)]
    [InlineData(0.9, 1.5, 128, 0.02, 1.4, null)] // near a line from the beginning
    [InlineData(0.9, 1.3, 128, 0.02, 1.4, "lie on a line")]
    [InlineData(0.9, 1.1, 2, 0.5, 2, null)] // two classes of a classifier, opposite to each other
    [InlineData(0.02, 30, 128, 0.03, 20, null)]
    [InlineData(0.02, 30, 128, 0.3, 20, "hardly differ")]
    [InlineData(0.0005, 30, 128, 0.0005, 20, "hardly differ")]
    public void CollapseIsOneDirectionOrNoSpreadWhereThereWasMore(
        double deviation, double rank, int dimension, double untrainedDeviation, double untrainedRank, string? words)
    {
        string? collapse = Of(deviation, rank).Collapse(dimension, Of(untrainedDeviation, untrainedRank));
        if (words is null) Assert.Null(collapse);
        else Assert.Contains(words, collapse, StringComparison.Ordinal);

        static Representation Of(double deviation, double rank) => new(null, 10, rank, deviation, 0.1, -1);
    }

    [Theory]
    [InlineData(40, 7)]
    [InlineData(9, 33)]
    [InlineData(16, 16)]
    public void TheRankFromTheSmallerSideIsThatOfTheLarger(int count, int dimension)
    {
        float[] rows = [.. Enumerable.Range(0, count * dimension).Select(i => (float)new Philox(5, RandomPurpose.Evaluation, sample: (uint)i).Normal(0))];
        SecondMoments moments = new(dimension);
        moments.Add(rows);

        // Each of the D − n directions without length adds 10⁻⁷·ln 10⁷ to the entropy of the larger side.
        Assert.Equal(Spectrum.Of(moments).RankMe, Spectrum.RankOf(rows, dimension), dimension * 2e-6 * Math.Max(0, dimension - count) + 1e-9);
    }

    private sealed class NoLabels(IImageSet images) : ImagesOver(images)
    {
        public override IReadOnlyList<string> ClassNames => [];

        public override int Label(int index) => -1;
    }

    private sealed class OneColour(IImageSet images) : ImagesOver(images)
    {
        public override (int Height, int Width) Read(int index, ref byte[] pixels)
        {
            (int, int) size = base.Read(index, ref pixels);
            Array.Fill(pixels, (byte)90);
            return size;
        }
    }
}
