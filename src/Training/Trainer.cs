using System.Globalization;
using NegSamples.Augment;
using NegSamples.Augment.Data;
using NegSamples.Augment.Recipes;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Optimizers;
using NegSamples.Training.Schedules;
using NegSamples.Training.Settings;

namespace NegSamples.Training;

/// <summary>What one training step did.</summary>
/// <param name="Step">The step, from 0.</param>
/// <param name="Epoch">The epoch it belongs to, from 0.</param>
/// <param name="Loss">The mean loss over the anchors, before the update.</param>
/// <param name="LearningRate">The rate of the update.</param>
/// <param name="Temperature">T of the loss.</param>
/// <param name="Bias">b of a loss that has one; 0 otherwise.</param>
public readonly record struct StepResult(long Step, int Epoch, double Loss, float LearningRate, double Temperature, double Bias = 0);

/// <summary>Trains an encoder and its head: everything that stays in memory between steps, and the step itself.</summary>
/// <remarks>
/// A step is a pure function of (settings, data, weights, optimizer state, step number): nothing else is carried over, so a resumed run gives the same bits.
/// </remarks>
public sealed class Trainer : IDisposable
{
    private readonly Ops ops;
    private readonly TrainingSettings settings;
    private readonly BatchProducer producer;
    private readonly ViewMaker viewMaker;
    private readonly WarmRestarts schedule;
    private readonly Arena arena;
    private readonly Tensor views, queryViews, keyViews;
    private readonly PiecewiseEmbedding embedding;
    private readonly BatchLoss? loss;
    private readonly LossOverRanks? lossOverRanks;
    private readonly QueueLossOverRanks? queueLossOverRanks;
    private readonly ClassLoss? classLoss;
    private readonly WholeStep? wholeStep;
    private readonly Action wholeWork;
    private readonly int[] labels, samples;
    private readonly RankShare share;
    private StepNumbers begun;
    private long backwardStep = -1;

    /// <summary>Makes the model, or takes the memory for one that a checkpoint then fills.</summary>
    /// <param name="ops">The device.</param>
    /// <param name="settings">Resolved settings; see <see cref="TrainingSettings.Resolve"/>.</param>
    /// <param name="images">The training images, those that are held out for validation included.</param>
    /// <param name="step">The step to begin with: 0, or where a checkpoint stands.</param>
    /// <exception cref="SettingsException">A setting is out of range, or the images do not fill one batch.</exception>
    /// <exception cref="BadDataException">The loss asks for labels and the images have none.</exception>
    public Trainer(Ops ops, TrainingSettings settings, IImageSet images, long step = 0)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(images);
        settings.Validate();
        images = CheckImages(settings, images);
        this.ops = ops;
        this.settings = settings;
        share = RankShare.Of(settings, ops.Collective);
        labels = new int[share.Samples];
        samples = new int[share.Samples];
        NextStep = step;
        StepsPerEpoch = images.Count / settings.Batch.Size;
        TotalSteps = settings.Optimizer.TotalSteps(StepsPerEpoch);
        schedule = new WarmRestarts(settings.PeakRate, settings.Optimizer, StepsPerEpoch);

        Model = CreateModel(ops, settings, images);
        Optimizer = new Optimizer(Model, settings);
        int views = settings.Loss.ViewsPerSample, rows = views * share.Samples, queries = rows, piece = views * settings.Batch.MicroBatch;
        if (settings.Loss.Queue > 0)
        {
            Queue = new MomentumContrast(ops, settings, Model.Settings);
            (queries, piece) = (share.Samples, settings.Batch.MicroBatch);
        }

        embedding = new PiecewiseEmbedding(Model, queries, piece == 0 ? queries : piece);
        if (settings.Loss.Kind == LossKind.CrossEntropy) classLoss = new ClassLoss(ops, settings);
        else if (share.Size > 1 && Queue is not null) queueLossOverRanks = new QueueLossOverRanks(ops, settings, Queue);
        else if (share.Size > 1 && settings.Loss.Shards == 1) lossOverRanks = new LossOverRanks(ops, settings);
        else loss = new BatchLoss(ops, settings, Queue);
        wholeWork = AskForStep;
        if (StepLoss is { } asked)
            wholeStep = ops.CreateWholeStep(asked.Formula, checked((int)asked.Losses.Count), Model.Segments.Length);
        wholeStep?.Prepare(Model.Parameters);
        if (Queue is not null) wholeStep?.Prepare(Queue.Encoder.Parameters);
        (arena, this.views) = ViewTensor.Create(ops, images, rows, settings.Data.ImageSize);
        queryViews = this.views.Slice(0, queries);
        keyViews = this.views.Slice(queries, rows - queries);
        viewMaker = new ViewMaker(ops, Model.Settings.Pixels);
        IViewRecipe recipe = settings.Views.RecipeOf(images, settings.Data.ImageSize);
        producer = BatchProducer.ForTraining(images, recipe, settings.Run.Seed, settings.Batch.Size, views, step, settings.Loss.Shards, share.Rank, share.Size);
    }

    /// <summary>Refuses images that cannot be trained on, before anything is made for them.</summary>
    /// <param name="settings">Resolved settings.</param>
    /// <param name="images">The training images.</param>
    /// <returns>Those that are trained on: all but the ones held out for validation.</returns>
    /// <exception cref="SettingsException">They do not fill one batch, none would be held out, or they are texts where the encoder is one of images, or the other way round.</exception>
    /// <exception cref="BadDataException">The loss or the held-out part asks for labels and they have none.</exception>
    internal static IImageSet CheckImages(TrainingSettings settings, IImageSet images)
    {
        settings.Loss.CheckLabels(images);
        if (settings.Loss.Kind == LossKind.CrossEntropy && settings.Encoder.EmbeddingDimension != images.ClassNames.Count)
            throw new SettingsException(FormattableString.Invariant(
                $"`embeddingDimension` is {settings.Encoder.EmbeddingDimension}; {images.Name} has {Counted.Of(images.ClassNames.Count, "class")}, and with `loss` cross-entropy there is a logit for each."));
        bool isBag = settings.Encoder.Kind == EncoderKind.EmbeddingBag;
        if (images.Vocabulary is null && isBag) throw new SettingsException($"`encoder` is embedding-bag, which is for texts; {images.Name} has images.");
        if (images.Vocabulary is not null && !isBag)
            throw new SettingsException($"`encoder` is {settings.Encoder.Kind}, which is for images; {images.Name} has texts: expected embedding-bag.");
        if (images.Vocabulary is { Neighbours: null } && settings.Views.ReplacesWords)
            throw new SettingsException("`neighbours` is missing; `textAugmentation` replace needs the file that `words.nearest` writes.");
        if (settings.Data.ValidationShare > 0) images = ValidationSplit.Draw(images, settings.Data.ValidationShare, settings.Run.Seed).Train;
        if (images.Count < settings.Batch.Size)
            throw new SettingsException(FormattableString.Invariant(
                $"`batchSize` is {settings.Batch.Size}; {images.Name} has {Counted.Of(images.Count, SampleNoun.Of(images))}, fewer than one batch. Choose at most {images.Count}."));
        return images;
    }

    /// <summary>The encoder and its head.</summary>
    public Model Model { get; }

    /// <summary>The weight update and its state.</summary>
    internal Optimizer Optimizer { get; }

    /// <summary>The momentum queue that holds the negatives; null when they come from the batch.</summary>
    internal MomentumContrast? Queue { get; }

    /// <summary>T, as it is set or as it has been learned so far.</summary>
    public double Temperature => Model.LogitScale?.Temperature ?? settings.Loss.Temperature;

    /// <summary>b of the next step's loss; 0 where it has none.</summary>
    public double Bias => Model.LogitBias?.Value ?? settings.Loss.Bias;

    /// <summary>The step that <see cref="Step"/> will do next, from 0.</summary>
    public long NextStep { get; private set; }

    /// <summary>Full batches in the training images; the rest of an epoch's order is dropped.</summary>
    public int StepsPerEpoch { get; }

    /// <summary>Steps of the whole run.</summary>
    public long TotalSteps { get; }

    /// <summary>This rank's images of the last batch, by their places among those that are trained on.</summary>
    internal ReadOnlySpan<int> Samples => samples;

    /// <summary>The images of the last batch of all ranks, in its order. Every rank asks for them at once.</summary>
    internal int[] AllSamples()
    {
        double[] all = new double[share.Size * share.Samples];
        ops.Collective.AllGather([.. samples.Select(sample => (double)sample)], all);
        return [.. all.Select(sample => (int)sample)];
    }

    /// <summary>Whether the gradients are those of the step that was begun last and not ended: its loss was finite.</summary>
    internal bool HasGradients => backwardStep == NextStep;

    /// <summary>The learning rate of a step.</summary>
    /// <param name="step">From 0.</param>
    internal float LearningRateAt(long step) => schedule.At(step);

    /// <summary>One batch, from the files to the weight update.</summary>
    /// <exception cref="NonFiniteLossException">The loss or a gradient is NaN or infinite; the weights are as before the step.</exception>
    public StepResult Step()
    {
        RawBatch batch = producer.Next()!;
        double temperature = Temperature, bias = Bias; // Learned ones are read where the device has no work to wait for.
        viewMaker.Make(batch, views);
        batch.Labels.CopyTo(labels);
        batch.Samples.CopyTo(samples);
        producer.Return(batch);

        float learningRate = schedule.At(NextStep);
        double meanLoss = wholeStep is null ? StepInParts(temperature, bias, learningRate) : StepAsAWhole(wholeStep, temperature, bias, learningRate);
        StepResult step = new(NextStep, (int)(NextStep / StepsPerEpoch), meanLoss, learningRate, temperature, bias);
        NextStep++;
        return step;
    }

    private IStepLoss? StepLoss => (IStepLoss?)classLoss ?? loss;

    /// <summary>A step in which the host looks at the loss and at the gradients before it goes on.</summary>
    private double StepInParts(double temperature, double bias, float learningRate)
    {
        Queue?.Embed(keyViews);
        Tensor z = embedding.Forward(queryViews);
        BatchLossResult result = classLoss?.Compute(z, labels) ?? lossOverRanks?.Compute(z, labels, NextStep, (float)temperature, (float)bias)
            ?? queueLossOverRanks?.Compute(z, NextStep, (float)temperature, (float)bias) ?? loss!.Compute(z, labels, NextStep, (float)temperature, (float)bias);
        double meanLoss = Finite(ops.Collective.Sum(result.Loss));

        ops.Zero(Model.Gradients);
        embedding.Backward(result.Dz);
        Model.LogitScale?.SetGradient(result.ByLogitScale);
        Model.LogitBias?.SetGradient(result.ByBias);
        ops.SumOverRanks(Model.Gradients);
        backwardStep = NextStep;
        FiniteGradients.Require(Model, NextStep);
        Optimizer.Step(Model, NextStep, learningRate);
        Model.LogitScale?.Clamp();
        Queue?.Follow(Model);
        return meanLoss;
    }

    /// <summary>The same step where the device looks at them: it has left the weights alone when the host throws.</summary>
    private double StepAsAWhole(WholeStep whole, double temperature, double bias, float learningRate)
    {
        StepLoss!.Put(labels);
        begun = new(
            learningRate, Optimizer.NumbersOf(NextStep, learningRate), settings.FirstDrawAt(NextStep), Queue?.Oldest ?? 0, (float)temperature, (float)bias);
        whole.Run(begun, wholeWork);
        double meanLoss = Finite(StepLoss.MeanOf(whole.Losses));
        backwardStep = NextStep;
        FiniteGradients.Require(Model, NextStep, whole.NotFinite);
        Queue?.Advance();
        return meanLoss;
    }

    /// <summary>Asks for everything of a step. Nothing here may change what the host keeps: see <see cref="WholeStep.Run"/>.</summary>
    private void AskForStep()
    {
        Queue?.Embed(keyViews);
        Tensor z = embedding.Forward(queryViews);
        ops.Zero(Model.Gradients);
        LossSlopes slopes = new(wholeStep!, Model.LogitScale?.Gradient ?? default, Model.LogitBias?.Gradient ?? default);
        embedding.Backward(StepLoss!.Launch(z, NextStep, begun.Temperature, begun.Bias, slopes));
        wholeStep!.StopUnlessFinite(StepLoss.Losses, Model.Gradients, Model.Segments);
        Optimizer.Step(Model, NextStep, schedule.At(NextStep));
        Model.LogitScale?.Clamp(wholeStep);
        Queue?.LaunchFollow(Model);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        producer.Dispose();
        viewMaker.Dispose();
        wholeStep?.Dispose();
        Optimizer.Dispose();
        loss?.Dispose();
        lossOverRanks?.Dispose();
        queueLossOverRanks?.Dispose();
        classLoss?.Dispose();
        embedding.Dispose();
        Queue?.Dispose();
        Model.Dispose();
        arena.Dispose();
    }

    private static Model CreateModel(Ops ops, TrainingSettings settings, IImageSet images)
    {
        try
        {
            return Model.Create(ops, settings.ModelOf(images), settings.Run.Seed);
        }
        catch (ArgumentException exception)
        {
            throw new SettingsException(FormattableString.Invariant(
                $"`encoder` is {settings.Encoder.Kind} with `stem` {settings.Encoder.Stem} and `imageSize` {settings.Data.ImageSize}: {exception.Message}"),
                exception);
        }
    }

    private double Finite(double mean)
    {
        if (!double.IsFinite(mean))
            throw new NonFiniteLossException(string.Create(
                CultureInfo.InvariantCulture, $"The loss of step {NextStep} is {mean}; expected a finite number. "
                + $"Try a lower `learningRate`, a longer `warmupEpochs` or a higher `temperature`."));
        return mean;
    }
}
