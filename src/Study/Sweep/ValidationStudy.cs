using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Sweep;

/// <summary>Measures a run on the held-out part of its training images. The test split has no part in it.</summary>
internal static class ValidationStudy
{
    /// <summary>Classifies the held-out part by the class means of the rest, after the head, and writes <c>validation.json</c>.</summary>
    /// <param name="run">The run folder; its training is done.</param>
    /// <param name="ops">The device.</param>
    /// <param name="train">All training images.</param>
    /// <param name="status">Is told what is being done.</param>
    /// <param name="stop">Ends it; nothing is written then.</param>
    public static ValidationReport Run(string run, Ops ops, IImageSet train, Action<EvaluationProgress> status, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(status);
        TrainingSettings settings = RunFolder.ReadSettings(run);
        (IImageSet seen, IImageSet heldOut) = ValidationSplit.Draw(train, settings.Data.ValidationShare, settings.Run.Seed);
        using LoadedCheckpoint checkpoint = LoadedCheckpoint.Open(run, settings, ops, train);
        Accuracy accuracy = MeanClassifier.Evaluate(Embed(seen), Embed(heldOut), stop);
        ValidationReport report = Report(settings, seen, heldOut) with { Checkpoint = checkpoint.Name, Top1 = accuracy.Top1 };
        StudyJson.Write(SweepFolder.ValidationPath(run), report);
        return report;

        FeatureSet Embed(IImageSet images)
        {
            string stage = $"held-out part: embedding {images.Name}";
            status(new EvaluationProgress(stage, 0));
            return FeatureExtractor.Extract(checkpoint.Model, images, done => status(new EvaluationProgress(stage, done)), stop: stop).Head.ToUnitLength();
        }
    }

    /// <summary>Writes down that a run's training diverged: its rate is none to choose.</summary>
    /// <param name="run">The run folder.</param>
    /// <param name="train">All training images.</param>
    /// <param name="fault">Why.</param>
    public static void WriteDiverged(string run, IImageSet train, string fault)
    {
        TrainingSettings settings = RunFolder.ReadSettings(run);
        (IImageSet seen, IImageSet heldOut) = ValidationSplit.Draw(train, settings.Data.ValidationShare, settings.Run.Seed);
        StudyJson.Write(SweepFolder.ValidationPath(run), Report(settings, seen, heldOut) with { Diverged = fault });
    }

    private static ValidationReport Report(TrainingSettings settings, IImageSet seen, IImageSet heldOut) =>
        new(null, seen.Fingerprint, settings.Data.ValidationShare, settings.Run.Seed, seen.Count, heldOut.Count, null);
}
