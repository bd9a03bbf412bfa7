using NegSamples.Augment.Data;
using NegSamples.Augment.Recipes;
using NegSamples.Kernels;
using NegSamples.Tests.Training;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Evaluation;

namespace NegSamples.Tests.Study.Embeddings;

/// <summary>A tiny trained run, and its embeddings view by view in float64.</summary>
internal sealed class StudyRig : IDisposable
{
    public const int Dimension = 16;

    public StudyRig(int epochs = 1) => Tiny.Train("run", settings: TinyRun.Settings with { Optimizer = TinyRun.Settings.Optimizer with { Epochs = epochs, WarmupEpochs = 0 } });

    public TinyRun Tiny { get; } = new();

    public string Run => Tiny.Folder("run");

    public string Checkpoint => Path.GetFileName(NegSamples.Training.Checkpoints.Checkpoint.Newest(RunFolder.CheckpointsOf(Run))!);

    public IImageSet Train { get; } = TinyRun.Images();

    public IImageSet Test { get; } = TinyRun.Images(train: false);

    public int Classes => Train.ClassNames.Count;

    public static int[] Labels(IImageSet images) => [.. Enumerable.Range(0, images.Count).Select(images.Label)];

    /// <summary>One augmented view of every image, embedded alone: [N][D] after the head.</summary>
    public double[][] View(IImageSet images, uint split, uint view, ulong seed) =>
        Embed(images, new OneView(new SimClrRecipe(16, TinyRun.Settings.Views.Recipe, RandomPurpose.MeasuredView), split, view, seed), (batch, rows) => batch.Head(0).CopyTo(rows), Dimension);

    /// <summary>Features of plain images or of one view, batch by batch as the extractor gives them.</summary>
    public double[][] Embed(IImageSet images, IViewRecipe recipe, Action<FeatureBatch, float[]> copy, int dimension)
    {
        using CpuOps ops = new(1);
        using Model model = Model.Create(ops, TinyRun.Settings.Model, TinyRun.Settings.Run.Seed);
        NegSamples.Training.Checkpoints.Checkpoint.LoadModel(Path.Combine(RunFolder.CheckpointsOf(Run), Checkpoint), model);
        List<double[]> all = [];
        FeatureExtractor.Stream(model, images, recipe, 1, 0, 0, batch =>
        {
            float[] rows = new float[batch.Count * dimension];
            copy(batch, rows);
            all.AddRange(rows.Chunk(dimension).Select(row => row.Select(value => (double)value).ToArray()));
        });
        return [.. all];
    }

    public static double[] Mean(IEnumerable<double[]> rows)
    {
        double[][] all = [.. rows];
        return [.. Enumerable.Range(0, all[0].Length).Select(d => all.Average(row => row[d]))];
    }

    public void Dispose() => Tiny.Dispose();

    private sealed class OneView(IViewRecipe recipe, uint split, uint view, ulong seed) : IViewRecipe
    {
        public ViewRecipe Draw(ulong ignoredSeed, uint epoch, uint sample, uint ignoredView, int height, int width) => recipe.Draw(seed, split, sample, view, height, width);
    }
}
