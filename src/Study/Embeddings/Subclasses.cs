using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Theory.Bounds;
using NegSamples.Training.Evaluation;

namespace NegSamples.Study.Embeddings;

/// <summary>Classes split by k-means of their training images' augmentation means f̄, as <c>nlp_bound.py</c> of Nozawa and Sato 2021 does: what if the latent
/// classes are finer than the labels? Memory: 8·N·D bytes.</summary>
internal sealed class Subclasses
{
    private readonly int perClass, dimension;
    private readonly int[] trainSizes;
    private int[] labels = [], testSizes = [];

    private Subclasses(int perClass, int dimension, double[] means, int[] trainSizes)
    {
        (this.perClass, this.dimension, Means, this.trainSizes) = (perClass, dimension, means, trainSizes);
    }

    /// <summary>[C·M, D]: the mean of the f̄ of each part's training images.</summary>
    public double[] Means { get; }

    /// <summary>[C·M]: test images of each part.</summary>
    public int[] TestSizes => testSizes;

    /// <summary>Refuses classes with fewer images than parts.</summary>
    /// <param name="samples">A split.</param>
    /// <param name="counts">Images of each class.</param>
    /// <param name="perClass">M.</param>
    /// <exception cref="BadDataException">A class is too small.</exception>
    public static void Check(LabelledSamples samples, int[] counts, int perClass)
    {
        int small = Array.FindIndex(counts, count => count < perClass);
        if (small >= 0)
            throw new BadDataException(FormattableString.Invariant(
                $"The class '{samples.NameOf(small)}' of {samples.Name} has {Counted.Of(counts[small], "sample")}; `subclasses` is {perClass}, which needs as many."));
    }

    /// <summary>Embeds the training images and splits every class.</summary>
    /// <exception cref="BadDataException">A part is empty.</exception>
    public static Subclasses Of(
        LoadedRun run, IImageSet train, int[] counts, BoundSettings settings, Action<EvaluationProgress> status, CancellationToken stop)
    {
        int dimension = run.Model.EmbeddingDimension;
        double[] rows = new double[checked(train.Count * dimension)];
        run.Embed(train, StudySplit.Train, settings.Augmentations, settings.Seed, batch =>
        {
            ViewRows views = batch.Head;
            for (int i = 0; i < batch.Count; i++)
            {
                Span<double> mean = rows.AsSpan((batch.First + i) * dimension, dimension);
                ClassMeans.AddViews(views, batch.Views, i, mean);
                ClassMeans.Divide(mean, settings.Augmentations);
            }
        }, status, stop);
        return Of(LabelledSamples.Of(train), rows, dimension, counts, settings, status, stop);
    }

    /// <summary>Splits every class of what is embedded already.</summary>
    /// <param name="train">The training samples.</param>
    /// <param name="rows">[N, D]: their f̄.</param>
    /// <param name="dimension">D.</param>
    /// <param name="counts">Samples of each class.</param>
    /// <param name="settings">M, the key and the threads.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadDataException">A part is empty.</exception>
    public static Subclasses Of(
        LabelledSamples train, double[] rows, int dimension, int[] counts, BoundSettings settings, Action<EvaluationProgress> status, CancellationToken stop)
    {
        int parts = settings.Subclasses;
        double[] means = new double[counts.Length * parts * dimension];
        status(new EvaluationProgress(FormattableString.Invariant($"splitting {Counted.Of(counts.Length, "class")} into {Counted.Of(parts, "part")} each"), 0));
        int[] sizes = new int[counts.Length * parts];
        List<int>[] members = [.. counts.Select(_ => new List<int>())];
        for (int i = 0; i < train.Labels.Length; i++) members[train.Labels[i]].Add(i);
        int threads = settings.Threads == 0 ? Environment.ProcessorCount : settings.Threads;
        ParallelOptions options = new() { MaxDegreeOfParallelism = threads, CancellationToken = stop };
        Parallel.For(0, counts.Length, options, c =>
        {
            (double[] centres, int[] assigned) = KMeans.Of(rows, dimension, members[c], parts, settings.Seed, (uint)c, stop);
            centres.CopyTo(means.AsSpan(c * centres.Length));
            foreach (int part in assigned) sizes[(c * parts) + part]++;
        });
        RefuseEmpty(train, sizes, parts);
        return new Subclasses(parts, dimension, means, sizes);
    }

    /// <summary>Gives every test image the part of its class whose mean is nearest to its f̄.</summary>
    /// <exception cref="BadDataException">A part is empty.</exception>
    public void Assign(LabelledSamples test, ViewPairs pairs)
    {
        labels = [.. test.Labels.Select((label, i) =>
        {
            int own = label * perClass;
            return own + KMeans.Nearest(pairs.Mean(i), Means.AsSpan(own * dimension, perClass * dimension)).Nearest;
        })];
        testSizes = new int[trainSizes.Length];
        foreach (int label in labels) testSizes[label]++;
        RefuseEmpty(test, testSizes, perClass);
        pairs.Relabel(labels);
    }

    /// <summary>The parts and what a classifier by their means makes of the first two views.</summary>
    public SubclassReport Report(ViewPairs pairs)
    {
        EmbeddedSet set = pairs.Pair(0);
        int right = 0, rightClass = 0;
        double[] sum = new double[dimension];
        for (int i = 0; i < set.Count; i++)
        {
            for (int d = 0; d < dimension; d++) sum[d] = pairs.View(0, i)[d] + (double)pairs.View(1, i)[d];
            int best = 0;
            double most = double.NegativeInfinity;
            for (int part = 0; part < trainSizes.Length; part++)
            {
                double score = System.Numerics.Tensors.TensorPrimitives.Dot<double>(sum, Means.AsSpan(part * dimension, dimension));
                if (score > most) (best, most) = (part, score);
            }

            if (best == labels[i]) right++;
            if (best / perClass == labels[i] / perClass) rightClass++;
        }

        return new SubclassReport(perClass, trainSizes, testSizes, right / (double)set.Count, rightClass / (double)set.Count);
    }

    private static void RefuseEmpty(LabelledSamples samples, int[] sizes, int perClass)
    {
        int empty = Array.IndexOf(sizes, 0);
        if (empty >= 0)
            throw new BadDataException(FormattableString.Invariant(
                $"Part {(empty % perClass) + 1} of {perClass} of the class '{samples.NameOf(empty / perClass)}' has no sample of {samples.Name}. Lower `subclasses`."));
    }
}
