using NegSamples.Augment.Data;
using NegSamples.Kernels;
using NegSamples.Training;
using NegSamples.Training.Settings;

namespace NegSamples.Cli;

/// <summary>What a training is about to do, in words.</summary>
internal static class TrainingPlan
{
    // The place of a memory plan that holds a float32 of each parameter.
    private const string Parameters = "parameters";

    /// <summary>The line.</summary>
    /// <param name="settings">Resolved settings.</param>
    /// <param name="images">The training images.</param>
    /// <param name="memory">What the run takes on its device.</param>
    public static FormattableString Line(TrainingSettings settings, IImageSet images, MemoryPlan memory)
    {
        int trained = ImagesTrainedOn(settings, images), perEpoch = trained / settings.Batch.Size;
        long steps = settings.Optimizer.TotalSteps(perEpoch);
        long parameters = memory.Places.Where(place => place.Name == Parameters).Sum(place => place.Bytes) / sizeof(float);
        string classes = images.ClassNames.Count > 0 ? FormattableString.Invariant($"{Counted.Of(images.ClassNames.Count, "class", "N0")}, ") : "";
        string network = parameters > 0 ? FormattableString.Invariant($"{parameters / 1e6:F2} M parameters; ") : "";
        return $"plan: {classes}{network}{Negatives(settings)}; {Counted.Of(perEpoch, "step", "N0")} an epoch, {steps:N0} in all{LeftOut(trained % settings.Batch.Size, steps, perEpoch, images)}; peak rate {settings.PeakRate:G4} by {settings.Optimizer.Kind.ToString().ToLowerInvariant()}; about {Amount(memory.Bytes)} of memory";
    }

    /// <summary>Training images without those that are held out.</summary>
    public static int ImagesTrainedOn(TrainingSettings settings, IImageSet images) => settings.Data.ValidationShare == 0 ? images.Count
        : ValidationSplit.Draw(images, settings.Data.ValidationShare, settings.Run.Seed).Train.Count;

    /// <summary>Bytes as a person reads them.</summary>
    public static string Amount(long bytes) => bytes >= 1e9 ? FormattableString.Invariant($"{bytes / 1e9:F1} GB") : FormattableString.Invariant($"{bytes / 1e6:F0} MB");

    /// <summary>What does not fill a batch at an epoch's end; the order of every epoch is drawn anew. Empty where all do, or where no epoch ends.</summary>
    private static string LeftOut(int left, long steps, int perEpoch, IImageSet images) => left == 0 || steps < perEpoch ? ""
        : FormattableString.Invariant($"; {Counted.Of(left, SampleNoun.Of(images), "N0")} {(left == 1 ? "is" : "are")} left out{(steps == perEpoch ? "" : $" of each epoch, {(left == 1 ? "another" : "others")} in each")}, too few for a batch");

    private static string Negatives(TrainingSettings settings)
    {
        if (settings.Loss.Kind == LossKind.CrossEntropy) return "no negatives";
        int negatives = settings.Loss.Negatives > 0 ? settings.Loss.Negatives : settings.Loss.Available(settings.ShardSize);

        // Of rows that are all alike. Other losses weigh their negatives, or have another number of them in each row.
        string guess = settings.Loss.Kind is LossKind.NtXent or LossKind.SingleView ? FormattableString.Invariant($", a guess has the loss ln(K + 1) = {Math.Log(negatives + 1.0):F2}") : "";
        return FormattableString.Invariant($"K = {negatives:N0}{guess}");
    }
}
