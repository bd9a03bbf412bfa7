using System.Text.Json;
using NegSamples.Augment.Data;
using NegSamples.Augment.Data.Shapes;
using NegSamples.Augment.Data.Text;
using NegSamples.Augment.Recipes;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Tests.Augment.Data.Text;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Training.Evaluation;

/// <summary>The paper's protocol, held against all of it once more in float64. Labels that no encoder can tell make every epoch's accuracy another one.</summary>
public sealed class PaperEvaluatorTests : IDisposable
{
    private const ulong Seed = 11;

    private static readonly LinearSettings Linear = new(Epochs: 6, BatchSize: 32, LearningRate: 2, Seed: Seed);

    private readonly TinyRun tiny = new();

    /// <summary>The views by hand, from the drawn numbers to the means of the word vectors.</summary>
    [Fact]
    public void OfTextsEveryNumberIsTheFormulas()
    {
        using ImageData data = DataSets.Open(TinyTexts.Write(tiny.Folder("texts"), 150, 60));
        TrainingSettings settings = new TrainingSettings
        {
            Encoder = new() { EmbeddingDimension = 16 }, Batch = new() { Size = 8 }, Optimizer = new OptimizerSettings { Epochs = 3, LearningRate = 30 }.Resolve(), Run = new() { Seed = 5 },
        }.Resolve(AgNewsSet.Kind);
        TrainingOutcome outcome = tiny.Train("run", 2, settings: settings, images: data.Train);
        Relabelled train = new(data.Train), test = new(data.Test!);
        using CpuOps ops = new(2);
        EvaluationReport report = PaperEvaluator.Evaluate(tiny.Folder("run"), ops, train, test, Linear, _ => { });
        using Model model = Model.Create(ops, settings.ModelOf(train), 5);
        Checkpoint.LoadModel(outcome.Checkpoint, model);
        Tensor vectors = model.Tensors.Single(tensor => tensor.Name == "embeddings.weight").Value;
        AssertFormulas(report, head: false, train, test, (set, epoch) => [.. Enumerable.Range(0, set.Count).Select(i => Mean(set, i, epoch))]);

        double[] Mean(IImageSet set, int sample, int? epoch)
        {
            byte[] text = [];
            int words = set.Read(sample, ref text).Width;
            Philox random = new(Seed, (RandomPurpose)16, (uint)(epoch ?? 0), (uint)sample);
            int[] kept = [.. Enumerable.Range(0, words).Where(word => epoch is null || random.Uniform((uint)word * 2) >= 0.2)];
            double[] mean = new double[vectors.Columns];
            foreach (int word in kept)
            {
                int id = text[3 * word] | (text[(3 * word) + 1] << 8);
                for (int d = 0; d < mean.Length; d++) mean[d] += (double)vectors.Floats[(id * mean.Length) + d] / kept.Length;
            }

            return mean;
        }
    }

    /// <summary>The views as the recipe of the run draws them for this purpose, and the features as the encoder gives them; the classifiers by hand.</summary>
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(true, 0.3)]
    public void OfImagesEveryNumberIsTheFormulas(bool head, double share)
    {
        (TrainingSettings settings, Relabelled train, Relabelled test) = Images(share);
        TrainingOutcome outcome = tiny.Train("run", stopAfter: 3, settings: settings, images: train);
        using CpuOps ops = new(2);
        EvaluationReport report = PaperEvaluator.Evaluate(tiny.Folder("run"), ops, train, test, Linear, _ => { });
        using Model model = Model.Create(ops, settings.ModelOf(train), 5);
        Checkpoint.LoadModel(outcome.Checkpoint, model);
        AssertFormulas(report, head, train, test, (set, epoch) =>
        {
            IViewRecipe recipe = epoch is null ? new PlainRecipe() : new SimClrRecipe(16, settings.Views.Recipe, (RandomPurpose)16);
            List<double[]> rows = [];
            FeatureExtractor.Stream(model, set, recipe, 1, Seed, (uint)(epoch ?? 0), batch =>
            {
                float[] values = [.. head ? batch.Head(0) : batch.Encoder(0)];
                rows.AddRange(values.Chunk(values.Length / batch.Count).Select(row => row.Select(value => (double)value).ToArray()));
            }, stop: TestContext.Current.CancellationToken);
            return [.. rows];
        }, share);
    }

    [Fact]
    public void TheNumbersDoNotDependOnTheThreadsAndEachProtocolKeepsItsFile()
    {
        (TrainingSettings settings, Relabelled train, Relabelled test) = Images();
        tiny.Train("run", stopAfter: 3, settings: settings, images: train);
        string? first = null;
        foreach (int threads in new[] { 1, 2 })
        {
            using CpuOps ops = new(threads);
            EvaluationReport plain = Evaluator.Evaluate(tiny.Folder("run"), ops, train, test, new LinearSettings(Epochs: 2), _ => { });
            string path = Evaluator.ReportPath(tiny.Folder("run"), plain.Checkpoint), before = File.ReadAllText(path);
            EvaluationReport paper = PaperEvaluator.Evaluate(tiny.Folder("run"), ops, train, test, Linear, _ => { });
            Assert.Equal(before, File.ReadAllText(path));
            foreach (string word in new[] { "protocolName", "selection", "heldOut", "null" }) Assert.DoesNotContain(word, before, StringComparison.Ordinal);
            string text = JsonSerializer.Serialize(paper, SettingsJson.Default.EvaluationReport);
            first ??= text;
            Assert.Equal(first, text);
            Assert.Contains("\"selection\": \"held-out\"", text, StringComparison.Ordinal);
            Assert.Contains("\"protocolName\": \"paper\"", text, StringComparison.Ordinal);
            Assert.Equal(paper.Rows, Evaluator.ReadReport(tiny.Folder("run"), paper.Checkpoint, EvaluationProtocol.Paper)!.Rows);
            Assert.Equal(plain.Rows, Evaluator.ReadReport(tiny.Folder("run"), plain.Checkpoint)!.Rows);
            Assert.Null(paper.Find("linear", head: true));
            Assert.Null(plain.Find("linear", head: true, EvaluationProtocol.Paper, EpochSelection.Last));
            Assert.Equal(8, paper.Rows.Count);
            Assert.All(paper.Rows, row => Assert.Equal(row.Classifier == "mean", row.UntrainedTop1 is not null));
            Assert.All(paper.Rows.Where(row => row.Selection == EpochSelection.Test), row => Assert.Contains("selected on the test samples, optimistic", row.Protocol, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void AFileOfAnEarlierVersionIsRead()
    {
        Directory.CreateDirectory(Path.Combine(tiny.Folder("run"), "eval"));
        File.WriteAllText(Path.Combine(tiny.Folder("run"), "eval", "step-1.json"), """
            {"checkpoint": "step-1", "step": 1, "data": "shapes", "trainImages": 20, "testImages": 10, "classes": 6, "rows": [{"classifier": "mean",
            "head": true, "split": "test", "protocol": "means", "seed": 7, "top1": 0.5, "top5": 1, "untrainedTop1": 0.25, "untrainedTop5": 1}]}
            """);
        EvaluationReport report = Evaluator.ReadReport(tiny.Folder("run"), "step-1")!;
        Assert.Equal(new EvaluationRow("mean", true, "test", "means", 7, 0.5, 1, 0.25, 1), report.Row("mean", head: true));
        Assert.Equal((EvaluationProtocol.Plain, null), (report.Rows[0].ProtocolName, report.Rows[0].Selection));
        Assert.Null(Evaluator.ReadReport(tiny.Folder("run"), "step-1", EvaluationProtocol.Paper));
    }

    [Fact]
    public void AClassWithoutAHeldOutImageIsRefusedBeforeAnythingIsEmbedded()
    {
        tiny.Train("run", stopAfter: 1);
        using CpuOps ops = new(1);
        BadDataException refused = Assert.Throws<BadDataException>(
            () => PaperEvaluator.Evaluate(tiny.Folder("run"), ops, TinyRun.Images(), TinyRun.Images(train: false), Linear, progress => Assert.Fail(progress.Stage)));
        Assert.Matches(@"^Of the \d training samples of class [a-z ]+ a share of 0\.1 holds out none; .* needs a sample of each class in it\.$", refused.Message);
        Assert.False(Directory.Exists(Path.Combine(tiny.Folder("run"), "eval")));
    }

    /// <summary>A supervised run is evaluated too; and views without chance are the same in every epoch.</summary>
    [Fact]
    public void ARunWithCrossEntropyIsEvaluated()
    {
        (TrainingSettings settings, Relabelled train, Relabelled test) = Images();
        settings = settings with { Encoder = settings.Encoder with { EmbeddingDimension = Relabelled.Classes }, Loss = settings.Loss with { Kind = LossKind.CrossEntropy }, Views = settings.Views with { JitterStrength = 0, MinimumCrop = 1 } };
        settings = settings.WithClassesOf(train);
        tiny.Train("run", stopAfter: 3, settings: settings, images: train);
        using CpuOps ops = new(2);
        EvaluationReport report = PaperEvaluator.Evaluate(tiny.Folder("run"), ops, train, test, Linear with { Epochs = 2 }, _ => { });
        Assert.Equal(8, report.Rows.Count);
        Assert.Equal(2, report.Find("linear", head: true, EvaluationProtocol.Paper, EpochSelection.Last)!.Epoch);
    }

    [Fact]
    public void ADivergedClassifierIsNamed()
    {
        (TrainingSettings settings, Relabelled train, Relabelled test) = Images();
        tiny.Train("run", stopAfter: 1, settings: settings, images: train);
        using CpuOps ops = new(2);
        Assert.Throws<NotFiniteNumberException>(() => PaperEvaluator.Evaluate(tiny.Folder("run"), ops, train, test, Linear with { LearningRate = 1e38f, BatchSize = 8 }, _ => { }));
    }

    public void Dispose() => tiny.Dispose();

    private static (TrainingSettings Settings, Relabelled Train, Relabelled Test) Images(double share = 0)
    {
        ShapesSettings shapes = new() { Seed = 1, Size = 16, TrainCount = 150, TestCount = 70 };
        return (TinyRun.Settings with { Data = TinyRun.Settings.Data with { ValidationShare = share } }, new Relabelled(new ShapesSet(shapes, true)), new Relabelled(new ShapesSet(shapes, false)));
    }

    /// <summary>Means and linear classifiers in float64; <paramref name="featuresOf"/> gives those of an epoch's views, and of plain samples without one.</summary>
    private static void AssertFormulas(EvaluationReport report, bool head, IImageSet train, IImageSet test, Func<IImageSet, int?, double[][]> featuresOf, double share = 0)
    {
        double[][] ofTest = featuresOf(test, null), views = [.. featuresOf(train, 0).Select(Unit)];
        double[][] means = [.. Enumerable.Range(0, Relabelled.Classes).Select(c => Mean([.. views.Where((_, i) => train.Label(i) == c)]))];
        Assert.Equal(Right(test, i => [.. means.Select(mean => Dot(mean, Unit(ofTest[i])))]), report.Find("mean", head, EvaluationProtocol.Paper)!.Top1);

        (IImageSet seen, IImageSet heldOut) = share > 0 ? ValidationSplit.Draw(train, share, 5) : ValidationSplit.Draw(train, 0.1, Seed);
        Assert.Equal(heldOut.Count, report.HeldOutImages);
        double[][] ofHeldOut = featuresOf(heldOut, null);
        int dimension = ofTest[0].Length, width = dimension + 1, step = 0;
        double[] w = new double[Relabelled.Classes * width], v = new double[w.Length];
        int[] order = new int[seen.Count];
        List<double> onHeldOut = [], onTest = [];
        for (int epoch = 0; epoch < Linear.Epochs; epoch++)
        {
            double[][] features = featuresOf(seen, epoch + 1);
            double rate = Linear.LearningRate * (1 + Math.Cos(Math.PI * epoch / Linear.Epochs)) / 2;
            new Philox(Seed, RandomPurpose.Evaluation, (uint)epoch).Shuffle(order);
            for (int first = 0; first < order.Length; first += Linear.BatchSize, step++)
            {
                int[] batch = order[first..Math.Min(order.Length, first + Linear.BatchSize)];
                double[] g = new double[w.Length];
                foreach (int sample in batch)
                {
                    double[] scores = Scores(features[sample]), powers = [.. scores.Select(score => Math.Exp(score - scores.Max()))];
                    for (int c = 0; c < Relabelled.Classes; c++)
                    {
                        double slope = ((powers[c] / powers.Sum()) - (seen.Label(sample) == c ? 1 : 0)) / batch.Length;
                        for (int d = 0; d < dimension; d++) g[(c * width) + d] += slope * features[sample][d];
                        g[(c * width) + dimension] += slope;
                    }
                }

                for (int i = 0; i < w.Length; i++)
                {
                    v[i] = (Linear.Momentum * v[i]) + g[i];
                    w[i] -= rate * (g[i] + (Linear.Momentum * v[i]));
                }
            }

            onHeldOut.Add(Right(heldOut, i => Scores(ofHeldOut[i])));
            onTest.Add(Right(test, i => Scores(ofTest[i])));
        }

        Assert.True(onTest.Distinct().Count() > 1, "every epoch is as good: the test says nothing");
        foreach ((EpochSelection selection, int epoch) in new[] { (EpochSelection.Last, Linear.Epochs - 1), (EpochSelection.HeldOut, onHeldOut.IndexOf(onHeldOut.Max())), (EpochSelection.Test, onTest.IndexOf(onTest.Max())) })
        {
            EvaluationRow row = report.Find("linear", head, EvaluationProtocol.Paper, selection)!;
            Assert.Equal((selection, epoch + 1, onTest[epoch]), (selection, row.Epoch, row.Top1));
        }

        double[] Scores(double[] x) => [.. Enumerable.Range(0, Relabelled.Classes).Select(c => Dot(w[(c * width)..((c * width) + dimension)], x) + w[(c * width) + dimension])];
    }

    private static double Right(IImageSet set, Func<int, double[]> scoresOf) =>
        Enumerable.Range(0, set.Count).Count(i => scoresOf(i) is var scores && Array.IndexOf(scores, scores.Max()) == set.Label(i)) / (double)set.Count;

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double[] Unit(double[] x) => [.. x.Select(value => value / Math.Max(Math.Sqrt(Dot(x, x)), 1e-12))];

    private static double[] Mean(double[][] rows) => [.. Enumerable.Range(0, rows[0].Length).Select(d => rows.Average(row => row[d]))];

    /// <summary>The samples of a set under labels that have nothing to do with them.</summary>
    private sealed class Relabelled(IImageSet set) : ImagesOver(set)
    {
        public const int Classes = 3;

        public override IReadOnlyList<string> ClassNames => ["one", "two", "three"];

        public override int Label(int index) => ((index * index) + (index / 3)) % Classes;
    }
}
