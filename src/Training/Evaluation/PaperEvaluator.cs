using System.Diagnostics;
using System.Globalization;
using NegSamples.Augment.Data;
using NegSamples.Augment.Recipes;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Settings;

namespace NegSamples.Training.Evaluation;

/// <summary>Evaluates the newest checkpoint of a run as the paper does: classifiers from augmented views.</summary>
/// <remarks>
/// The class means are of the unit features of one augmented view of each training image, and are not normalised again. The linear classifiers, before and
/// after the head, train in each epoch on a new view of each image but a held-out part; their learning rate falls from epoch to epoch. Views are drawn as the
/// run's own, from random numbers that nothing else uses. Held-out and test images are plain. The paper reports the epoch that is best on the test images, which
/// is an optimistic number; it is given beside the last epoch and the best by the held-out part. Source: Nozawa and Sato, arXiv:2102.06866, appendix and
/// <c>linear_eval.py</c>, <c>centroid_eval.py</c> of its code.
/// </remarks>
public static class PaperEvaluator
{
    /// <summary>The share of each class that is held out where the run holds out none itself.</summary>
    internal const double HeldOutShare = 0.1;

    private static readonly bool[] Heads = [false, true];

    /// <summary>Images that an evaluation embeds: each training image once, and again in each epoch unless it is held out, and so on.</summary>
    /// <param name="settings">The run's settings.</param>
    /// <param name="train">Training images.</param>
    /// <param name="test">Test images.</param>
    /// <param name="linear">The linear classifiers' settings.</param>
    /// <exception cref="BadDataException">A class would have no held-out image.</exception>
    internal static long ImagesToEmbed(TrainingSettings settings, IImageSet train, IImageSet test, LinearSettings linear)
    {
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(linear);
        (IImageSet seen, IImageSet heldOut) = Split(settings, train, linear.Seed);
        const int Encoders = 2; // trained and untrained
        return (Encoders * ((long)train.Count + test.Count)) + heldOut.Count + ((long)linear.Epochs * seen.Count);
    }

    /// <summary>Embeds, makes every classifier, and writes <c>eval/CHECKPOINT-paper.json</c>.</summary>
    /// <remarks>Where the device has several ranks, this is the first's part, and <see cref="Assist"/> that of each other. The report has the bits of one
    /// process's.</remarks>
    /// <param name="run">The run folder.</param>
    /// <param name="ops">The device.</param>
    /// <param name="train">Training images with labels.</param>
    /// <param name="test">Test images with the same classes.</param>
    /// <param name="linear">The linear classifiers' settings; the learning rate falls with every epoch whatever they say. The seed is also that of the views
    /// and of the held-out part.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="dataPath">Where the images were read, for the record; null where the run's settings say.</param>
    /// <param name="stop">Ends the evaluation; nothing is written then.</param>
    /// <exception cref="BadDataException">There is no checkpoint, it was trained on other images, it does not fit, the images have no labels, or a class
    /// would have no held-out image.</exception>
    /// <exception cref="DeviceMemoryException">The features or the model do not fit into memory; nothing was taken.</exception>
    /// <exception cref="NotFiniteNumberException">A linear classifier diverged.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static EvaluationReport Evaluate(
        string run, Ops ops, IImageSet train, IImageSet test, LinearSettings linear, Action<EvaluationProgress> status, string? dataPath = null,
        CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(linear);
        linear = linear with { Schedule = LinearSchedule.EveryEpoch };
        linear.Check();
        TrainingSettings settings = RunFolder.ReadSettings(run);
        Evaluator.CheckClasses(train, test);
        (IImageSet seen, IImageSet heldOut) = Split(settings, train, linear.Seed);
        HostMemory.Require("The evaluation", EvaluationMemory.OfEvaluation(settings, train, test, linear, ops, EvaluationProtocol.Paper),
            "Evaluate with fewer samples, or allow more.");
        using LoadedCheckpoint checkpoint = LoadedCheckpoint.Open(run, settings, ops, train);
        Work work = new(ops, linear, RecipeOf(settings, train), status, stop);

        Accuracy[] untrained = UntrainedMeans(), means = work.Means(checkpoint.Model, train, test, "trained encoder");
        GC.Collect();
        IReadOnlyList<EpochChoice>[] choices = work.Linear(checkpoint.Model, seen, heldOut, test);
        string meanProtocol = "class means of the unit features of one augmented view of each training sample, not normalised again, plain test samples";
        List<EvaluationRow> rows = [];
        foreach (bool head in Heads)
        {
            Accuracy mean = means[At(head)], before = untrained[At(head)];
            rows.Add(new EvaluationRow("mean", head, "test", meanProtocol, linear.Seed, mean.Top1, mean.Top5, before.Top1, before.Top5, mean.Balanced,
                before.Balanced, EvaluationProtocol.Paper));
            rows.AddRange(choices[At(head)].Select(choice => new EvaluationRow(
                "linear", head, "test", LinearProtocol(linear, head, choice, seen.Count, heldOut.Count), linear.Seed, choice.Test.Top1, choice.Test.Top5, null, null,
                choice.Test.Balanced, null, EvaluationProtocol.Paper, choice.Selection, choice.Epoch)));
        }

        return Evaluator.Write(run, new EvaluationReport(
            checkpoint.Name, checkpoint.State.Step, dataPath ?? settings.Data.Path, train.Count, test.Count, train.ClassNames.Count, rows, train.Fingerprint,
            Evaluator.CommonestShare(test), HeldOutImages: heldOut.Count), EvaluationProtocol.Paper);

        Accuracy[] UntrainedMeans()
        {
            using Model initial = Model.Create(ops, settings.ModelOf(train), settings.Run.Seed);
            Accuracy[] accuracies = work.Means(initial, train, test, "untrained encoder");
            GC.Collect(); // Its features, large arrays that only a full collection frees, make room for the next.
            return accuracies;
        }
    }

    /// <summary>What the other ranks do while the first evaluates: each embeds its part of the images.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="ops">The device with its ranks.</param>
    /// <param name="train">Training images with labels.</param>
    /// <param name="test">Test images with the same classes.</param>
    /// <param name="linear">The linear classifiers' settings.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadDataException">As of <see cref="Evaluate"/>.</exception>
    /// <exception cref="DeviceMemoryException">The model does not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal static void Assist(string run, Ops ops, IImageSet train, IImageSet test, LinearSettings linear, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(linear);
        TrainingSettings settings = RunFolder.ReadSettings(run);
        (IImageSet seen, IImageSet heldOut) = Split(settings, train, linear.Seed);
        HostMemory.Require("The evaluation", EvaluationMemory.OfEmbedding(settings, train, ops, models: 2), "Allow more.");
        using LoadedCheckpoint checkpoint = LoadedCheckpoint.Open(run, settings, ops, train);
        IViewRecipe recipe = RecipeOf(settings, train);
        using (Model initial = Model.Create(ops, settings.ModelOf(train), settings.Run.Seed)) Means(initial);
        Means(checkpoint.Model);
        Embed(checkpoint.Model, heldOut, new PlainRecipe());
        Embed(checkpoint.Model, test, new PlainRecipe());
        for (int epoch = 1; epoch <= linear.Epochs; epoch++) Embed(checkpoint.Model, seen, recipe, (uint)epoch);

        void Means(Model model)
        {
            Embed(model, train, recipe);
            Embed(model, test, new PlainRecipe());
        }

        void Embed(Model model, IImageSet images, IViewRecipe views, uint epoch = 0) =>
            FeatureExtractor.Stream(model, images, views, viewsPerSample: 1, linear.Seed, epoch, _ => { }, ops.Collective, stop);
    }

    private static IViewRecipe RecipeOf(TrainingSettings settings, IImageSet train) =>
        settings.Views.RecipeOf(train, settings.Data.ImageSize, RandomPurpose.ClassifierView);

    private static int At(bool head) => head ? 1 : 0;

    /// <summary>What the linear classifiers train on, and the held-out part: the run's where it has one, so that the encoder has not seen it either.</summary>
    private static (IImageSet Seen, IImageSet HeldOut) Split(TrainingSettings settings, IImageSet train, ulong seed)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(train);
        if (train.ClassNames.Count == 0) throw new BadDataException($"{train.Name} has no labels; an evaluation needs them.");
        (double share, ulong key) = settings.Data.ValidationShare > 0 ? (settings.Data.ValidationShare, settings.Run.Seed) : (HeldOutShare, seed);
        int[] labels = [.. Enumerable.Range(0, train.Count).Select(train.Label)], sizes = ClassSizes.Of(labels, train.ClassNames.Count);
        bool[] isHeldOut = ClassShares.Draw(labels, share, least: 0, key, RandomPurpose.Validation);
        int empty = Array.IndexOf(ClassSizes.Of([.. labels.Where((_, i) => isHeldOut[i])], sizes.Length), 0);
        if (empty >= 0)
            throw new BadDataException(FormattableString.Invariant(
                $"Of the {Counted.Of(sizes[empty], "training sample")} of class {train.ClassNames[empty]} a share of {share} holds out none; the paper's protocol chooses an epoch ")
                + "on a held-out part and needs a sample of each class in it.");
        return ValidationSplit.Draw(train, share, key);
    }

    private static string LinearProtocol(LinearSettings linear, bool head, EpochChoice choice, int samples, int heldOut)
    {
        string epoch = choice.Selection switch
        {
            EpochSelection.Last => "last epoch",
            EpochSelection.HeldOut => FormattableString.Invariant($"epoch {choice.Epoch}, best by {Counted.Of(heldOut, "held-out training sample")}"),
            _ => FormattableString.Invariant($"epoch {choice.Epoch}, best test epoch: selected on the test samples, optimistic"),
        };
        return string.Create(
            CultureInfo.InvariantCulture,
            $"SGD Nesterov {linear.Momentum}, lr {linear.LearningRate}, cosine per epoch, {Counted.Of(linear.Epochs, "epoch")}, batch {linear.BatchOf(samples)}, "
            + $"weight decay {linear.WeightDecay}, {(head ? "unit" : "raw")} features of new augmented views in each epoch, plain test samples, {epoch}");
    }

    /// <summary>What embeds and classifies, and says so.</summary>
    private sealed class Work(Ops ops, LinearSettings linear, IViewRecipe recipe, Action<EvaluationProgress> status, CancellationToken stop)
    {
        /// <summary>The mean classifiers, before the head and after it. Their views are those of epoch 0; the linear classifiers' begin with epoch 1.</summary>
        public Accuracy[] Means(Model model, IImageSet train, IImageSet test, string which)
        {
            Features views = Embed(model, train, recipe, $"{which}: embedding a view of each sample of {train.Name}"), ofTest = EmbedPlain(model, test, which);
            return [.. Heads.Select(head =>
            {
                Begin($"{which}: mean classifier {(head ? "after" : "before")} the head");
                return MeanClassifier.EvaluateAtUnitLength(Of(views, head), Of(ofTest, head), stop);
            })];
        }

        /// <summary>The linear classifiers, before the head and after it, from the same views: one forward pass an epoch.</summary>
        public IReadOnlyList<EpochChoice>[] Linear(Model model, IImageSet seen, IImageSet heldOut, IImageSet test)
        {
            Features ofHeldOut = EmbedPlain(model, heldOut, "trained encoder"), ofTest = EmbedPlain(model, test, "trained encoder");
            FeatureBuffer buffer = new(model, seen, ops.Collective);
            int classes = seen.ClassNames.Count;
            using LinearTraining before = new(ops, seen.Count, model.FeatureDimension, classes, linear);
            using LinearTraining after = new(ops, seen.Count, model.EmbeddingDimension, classes, linear);
            List<Accuracy>[] onHeldOut = [[], []], onTest = [[], []];
            Stopwatch clock = Stopwatch.StartNew();
            for (int epoch = 1; epoch <= linear.Epochs; epoch++)
            {
                string left = epoch == 1 ? "" : ", " + RemainingTime.Text(clock.Elapsed / (epoch - 1) * (linear.Epochs - epoch + 1)) + " left";
                string stage = FormattableString.Invariant($"linear classifiers on new views, epoch {epoch}/{linear.Epochs}{left}");
                Begin(stage);
                Features views = buffer.Fill(recipe, linear.Seed, (uint)epoch, done => Begin(stage, done), stop);
                foreach (bool head in Heads)
                {
                    LinearTraining training = head ? after : before;
                    training.Epoch(Of(views, head), stop);
                    (Accuracy accuracy, double loss) = training.Evaluate(Of(ofHeldOut, head), stop);
                    training.RequireFinite(loss);
                    onHeldOut[At(head)].Add(accuracy);
                    onTest[At(head)].Add(training.Evaluate(Of(ofTest, head), stop).Accuracy);
                }
            }

            return [.. Heads.Select(head => EpochChoice.Of(onHeldOut[At(head)], onTest[At(head)]))];
        }

        private Features EmbedPlain(Model model, IImageSet images, string which) =>
            Embed(model, images, new PlainRecipe(), $"{which}: embedding {images.Name}");

        private Features Embed(Model model, IImageSet images, IViewRecipe views, string stage)
        {
            Begin(stage);
            return new FeatureBuffer(model, images, ops.Collective).Fill(views, linear.Seed, epoch: 0, done => Begin(stage, done), stop);
        }

        private void Begin(string stage, int imagesDone = 0)
        {
            stop.ThrowIfCancellationRequested();
            status(new EvaluationProgress(stage, imagesDone));
        }

        private static FeatureSet Of(Features features, bool head) => head ? features.Head : features.Encoder;
    }
}
