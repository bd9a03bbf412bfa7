using System.Text.Json;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Kernels;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.InitialWeights;
using NegSamples.Training.Settings;

namespace NegSamples.Training.Evaluation;

/// <summary>What an evaluation is doing.</summary>
/// <param name="Stage">The stage in words: "trained encoder: embedding cifar10 test".</param>
/// <param name="ImagesDone">Images embedded so far in this stage; 0 at its beginning and where it does not count images.</param>
public readonly record struct EvaluationProgress(string Stage, int ImagesDone);

/// <summary>Evaluates the newest checkpoint of a run, beside the same encoder at initialisation.</summary>
public static class Evaluator
{
    /// <summary>Embeds both splits with both encoders, makes every classifier, and writes <c>eval/CHECKPOINT.json</c>.</summary>
    /// <remarks>Where the device has several ranks, this is the first's part, and <see cref="Assist"/> that of each other. The report has the bits of one
    /// process's.</remarks>
    /// <param name="run">The run folder.</param>
    /// <param name="ops">The device.</param>
    /// <param name="train">Training images with labels.</param>
    /// <param name="test">Test images with the same classes.</param>
    /// <param name="linear">The linear classifier's settings.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="sameInitialisation">An evaluation of another run with the same seed, model, data and linear classifier; its numbers of the untrained
    /// encoder, which depend on nothing else, are taken over.</param>
    /// <param name="dataPath">Where the images were read, for the record; null where the run's settings say.</param>
    /// <param name="stop">Ends the evaluation; nothing is written then.</param>
    /// <exception cref="BadDataException">There is no checkpoint, it was trained on other images, it does not fit, or the images have no labels.</exception>
    /// <exception cref="DeviceMemoryException">The features or the model do not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static EvaluationReport Evaluate(
        string run, Ops ops, IImageSet train, IImageSet test, LinearSettings linear, Action<EvaluationProgress> status,
        EvaluationReport? sameInitialisation = null, string? dataPath = null, CancellationToken stop = default)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(test);
        ArgumentNullException.ThrowIfNull(linear);
        ArgumentNullException.ThrowIfNull(status);
        TrainingSettings settings = RunFolder.ReadSettings(run);
        CheckClasses(train, test);
        HostMemory.Require("The evaluation", EvaluationMemory.OfEvaluation(settings, train, test, linear, ops), "Evaluate with fewer samples, or allow more.");

        // Loaded before anything is measured: a damaged file is found before the untrained encoder has taken its minutes.
        using LoadedCheckpoint checkpoint = LoadedCheckpoint.Open(run, settings, ops, train);

        return Write(run, Report(
            settings, checkpoint.Model, checkpoint.Name, checkpoint.State.Step, ops, train, test, linear, status, sameInitialisation, dataPath, hasHead: true, stop), EvaluationProtocol.Plain);
    }

    /// <summary>Evaluates the weights of a file that no run has made, beside the same encoder as the seed draws it. Writes nothing.</summary>
    /// <remarks>Where the device has several ranks, this is the first's part, and <see cref="AssistWeights"/> that of each other.</remarks>
    /// <param name="settings">Resolved settings, with the file and what it was trained for.</param>
    /// <param name="ops">The device.</param>
    /// <param name="train">Training images with labels.</param>
    /// <param name="test">Test images with the same classes.</param>
    /// <param name="linear">The linear classifier's settings.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends the evaluation.</param>
    /// <exception cref="BadDataException">The file does not have the encoder, or the images have no labels.</exception>
    /// <exception cref="DeviceMemoryException">The features or the model do not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal static EvaluationReport EvaluateWeights(
        TrainingSettings settings, Ops ops, IImageSet train, IImageSet test, LinearSettings linear, Action<EvaluationProgress> status, CancellationToken stop = default)
    {
        (Model model, bool hasHead) = LoadWeights(settings, ops, train, test, linear);
        using Model owned = model;
        return Report(settings, model, settings.Encoder.Init!, 0, ops, train, test, linear, status, null, null, hasHead, stop) with { WeightsSha256 = settings.Encoder.InitSha256 };
    }

    private static EvaluationReport Report(
        TrainingSettings settings, Model model, string name, long step, Ops ops, IImageSet train, IImageSet test, LinearSettings linear,
        Action<EvaluationProgress> status, EvaluationReport? sameInitialisation, string? dataPath, bool hasHead, CancellationToken stop)
    {
        // A pure function of the seed: the encoder that this very run began with, but for a run that began with the weights of a file.
        IReadOnlyList<Accuracy> untrained = sameInitialisation is { } same && same.Rows.All(row => row.UntrainedTop1 is not null && (row.UntrainedTop5 is null) == (row.Top5 is null))
            ? [.. same.Rows.Select(row => new Accuracy(row.UntrainedTop1!.Value, row.UntrainedTop5 ?? 1, row.UntrainedBalanced))]
            : ClassifyUntrained();
        List<EvaluationMeasure> measures = [];
        List<(string Classifier, bool Head, string Protocol, Accuracy Accuracy)> trained = Classify(model, "trained encoder", measures);
        return new(
            name, step, dataPath ?? settings.Data.Path, train.Count, test.Count, train.ClassNames.Count,
            [.. trained.Zip(untrained, (row, before) => new EvaluationRow(
                row.Classifier, row.Head, "test", row.Protocol, linear.Seed, row.Accuracy.Top1, row.Accuracy.Top5, before.Top1,
                before.Top5, row.Accuracy.Balanced, row.Accuracy.Balanced is null ? null : before.Balanced))], train.Fingerprint,
            CommonestShare(test), measures, LinearEpochs: linear.Epochs);

        Accuracy[] ClassifyUntrained()
        {
            using Model initial = Model.Create(ops, settings.ModelOf(train), settings.Run.Seed);
            Accuracy[] rows = [.. Classify(initial, "untrained encoder").Select(row => row.Accuracy)];

            // Its features, large arrays that only a full collection frees, make room for those of the trained encoder.
            GC.Collect();
            return rows;
        }

        List<(string Classifier, bool Head, string Protocol, Accuracy Accuracy)> Classify(Model encoder, string which, List<EvaluationMeasure>? measures = null)
        {
            Features ofTrain = Extract(encoder, train, which), ofTest = Extract(encoder, test, which);
            List<(string, bool, string, Accuracy)> rows = [];
            foreach (bool head in hasHead ? new[] { false, true } : [false])
            {
                FeatureSet from = head ? ofTrain.Head : ofTrain.Encoder, on = head ? ofTest.Head : ofTest.Encoder;
                if (measures is not null)
                {
                    Begin($"{which}: spectrum and classes of the features {(head ? "after the head" : "before the head")}");
                    measures.AddRange(EvaluationMeasures.Of(on, head));
                }

                string where = head ? "after the head" : "before the head";
                if (head && encoder.Settings.IsClassifier)
                    rows.Add(("softmax", head, "the classifier that was trained with the encoder, last step, plain samples", Largest(on)));
                rows.AddRange(FeatureClassifiers.Of(ops, from, on, new(linear, "plain samples", IsUnit: head), stage => Begin($"{which}: {stage} {where}"), stop)
                    .Select(row => (row.Classifier, head, row.Protocol, row.Accuracy)));
            }

            return rows;
        }

        Features Extract(Model encoder, IImageSet images, string which)
        {
            string stage = $"{which}: embedding {images.Name}";
            Begin(stage);
            return FeatureExtractor.Extract(encoder, images, done => Begin(stage, done), ops.Collective, stop);
        }

        void Begin(string stage, int imagesDone = 0)
        {
            stop.ThrowIfCancellationRequested();
            status(new EvaluationProgress(stage, imagesDone));
        }
    }

    /// <summary>What the other ranks do while the first evaluates: each embeds its part of the images and classifies its part by neighbours.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="ops">The device with its ranks.</param>
    /// <param name="train">Training images with labels.</param>
    /// <param name="test">Test images with the same classes.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadDataException">As of <see cref="Evaluate"/>.</exception>
    /// <exception cref="DeviceMemoryException">The features or the model do not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal static void Assist(string run, Ops ops, IImageSet train, IImageSet test, CancellationToken stop = default)
    {
        TrainingSettings settings = RunFolder.ReadSettings(run);
        HostMemory.Require("The evaluation", EvaluationMemory.OfEvaluation(settings, train, test, new LinearSettings(), ops),
            "Evaluate with fewer samples, or allow more.");
        using LoadedCheckpoint checkpoint = LoadedCheckpoint.Open(run, settings, ops, train);
        AssistWith(settings, checkpoint.Model, ops, train, test, hasHead: true, stop);
    }

    /// <summary>What the other ranks do while the first evaluates a file, see <see cref="EvaluateWeights"/>.</summary>
    /// <param name="settings">Resolved settings, with the file and what it was trained for.</param>
    /// <param name="ops">The device with its ranks.</param>
    /// <param name="train">Training images with labels.</param>
    /// <param name="test">Test images with the same classes.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="BadDataException">As of <see cref="EvaluateWeights"/>.</exception>
    /// <exception cref="DeviceMemoryException">The features or the model do not fit into memory; nothing was taken.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    internal static void AssistWeights(TrainingSettings settings, Ops ops, IImageSet train, IImageSet test, CancellationToken stop = default)
    {
        (Model model, bool hasHead) = LoadWeights(settings, ops, train, test, new LinearSettings());
        using Model owned = model;
        AssistWith(settings, model, ops, train, test, hasHead, stop);
    }

    private static (Model Model, bool HasHead) LoadWeights(TrainingSettings settings, Ops ops, IImageSet train, IImageSet test, LinearSettings linear)
    {
        ArgumentNullException.ThrowIfNull(settings);
        CheckClasses(train, test);
        HostMemory.Require("The evaluation", EvaluationMemory.OfEvaluation(settings, train, test, linear, ops), "Evaluate with fewer samples, or allow more.");
        RankAgreement.Require(ops, settings, train, settings.Encoder.InitSha256);
        Model model = Model.Create(ops, settings.ModelOf(train), settings.Run.Seed);
        try
        {
            return (model, WeightSource.Load(settings, model).HasHead);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    private static void AssistWith(TrainingSettings settings, Model model, Ops ops, IImageSet train, IImageSet test, bool hasHead, CancellationToken stop)
    {
        using (Model initial = Model.Create(ops, settings.ModelOf(train), settings.Run.Seed)) Classify(initial);
        GC.Collect(); // as above
        Classify(model);

        void Classify(Model encoder)
        {
            Features ofTrain = FeatureExtractor.Extract(encoder, train, null, ops.Collective, stop);
            Features ofTest = FeatureExtractor.Extract(encoder, test, null, ops.Collective, stop);
            FeatureClassifiers.Neighbours(ops, ofTrain.Encoder, ofTest.Encoder, stop);
            if (hasHead) FeatureClassifiers.Neighbours(ops, ofTrain.Head, ofTest.Head, stop);
        }
    }

    /// <summary>Reads the evaluation of a checkpoint; null when there is none.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="checkpoint">The checkpoint's folder name.</param>
    /// <param name="protocol">The protocol; each has a file of its own, so that neither takes the other's place.</param>
    /// <exception cref="BadDataException">The file holds something else.</exception>
    public static EvaluationReport? ReadReport(string run, string checkpoint, EvaluationProtocol protocol = EvaluationProtocol.Plain)
    {
        ArgumentNullException.ThrowIfNull(run);
        ArgumentNullException.ThrowIfNull(checkpoint);
        string path = ReportPath(run, checkpoint, protocol);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllText(path), SettingsJson.Default.EvaluationReport);
        }
        catch (JsonException exception)
        {
            throw new BadDataException($"{path} does not hold an evaluation: {exception.Message}", exception);
        }
    }

    /// <summary>The class of the largest number of each row.</summary>
    private static Accuracy Largest(FeatureSet logits)
    {
        int[] ranks = new int[logits.Count];
        for (int i = 0; i < ranks.Length; i++) ranks[i] = Accuracy.Rank<float>(logits.Row(i), logits.Labels[i]);
        return Accuracy.OfRanks(ranks, logits);
    }

    /// <summary>The file of a checkpoint's evaluation.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="checkpoint">The checkpoint's folder name.</param>
    /// <param name="protocol">The protocol.</param>
    internal static string ReportPath(string run, string checkpoint, EvaluationProtocol protocol = EvaluationProtocol.Plain) =>
        Path.Combine(RunFolder.EvaluationsOf(run), checkpoint + (protocol == EvaluationProtocol.Paper ? "-paper.json" : ".json"));

    internal static EvaluationReport Write(string run, EvaluationReport report, EvaluationProtocol protocol)
    {
        Disk.CreateFolder(RunFolder.EvaluationsOf(run));
        AtomicFile.WriteText(ReportPath(run, report.Checkpoint, protocol), JsonSerializer.Serialize(report, SettingsJson.Default.EvaluationReport));
        return report;
    }

    internal static void CheckClasses(IImageSet train, IImageSet test)
    {
        if (train.ClassNames.SequenceEqual(test.ClassNames)) return;
        throw new BadDataException(
            $"{train.Name} has the classes {string.Join(", ", train.ClassNames)}; {test.Name} has {string.Join(", ", test.ClassNames)}.");
    }

    internal static double? CommonestShare(IImageSet test) =>
        ClassSizes.CommonestShare([.. Enumerable.Range(0, test.Count).Select(test.Label)], test.ClassNames.Count);
}
