using System.Globalization;
using NegSamples.Study.Sweep;
using NegSamples.Training.Settings;

namespace NegSamples.Report;

/// <summary>A loss in words: its own name, its parameters, and where its negatives come from.</summary>
internal static class LossNames
{
    /// <summary>The losses of a sweep: one, or those that it varies; its temperature, or those that it varies.</summary>
    public static string Of(SweepManifest manifest)
    {
        if (manifest.Axis == SweepAxis.Temperature)
            return $"{Named(manifest.Settings)}, temperatures {string.Join(", ", manifest.Temperatures!.Select(value => value.ToString(CultureInfo.InvariantCulture)))}";
        if (manifest.Axis != SweepAxis.Loss) return Of(manifest.Settings);
        TrainingSettings settings = manifest.Settings;
        return string.Join("; ", manifest.Losses!.Select(kind => Of(settings with { Loss = settings.Loss with { Kind = kind } })));
    }

    public static string Of(TrainingSettings settings)
    {
        LossSettings loss = settings.Loss;
        if (loss.Kind == LossKind.CrossEntropy) return Named(settings);
        FormattableString temperature = $"{(loss.LearnTemperature ? "temperature learned from" : "temperature")} {loss.Temperature}";
        return $"{Named(settings)}, {FormattableString.Invariant(temperature)}";
    }

    // Temperatures that a sweep varies have each a bias of their own.
    private static string Bias(LossSettings loss) => loss.SigmoidBias?.ToString(CultureInfo.InvariantCulture) ?? "-1/T";

    private static string Named(TrainingSettings settings)
    {
        LossSettings loss = settings.Loss;
        FormattableString name = loss.Kind switch
        {
            LossKind.NtXent => $"NT-Xent",
            LossKind.SingleView => $"the single-view loss",
            LossKind.Decoupled => $"the decoupled loss",
            LossKind.Debiased => $"the debiased loss (τ⁺ = {loss.PositivePrior})",
            LossKind.Hard => $"the hard-negative loss (τ⁺ = {loss.PositivePrior}, β = {loss.Hardness})",
            LossKind.Sigmoid => $"the sigmoid loss ({(loss.LearnsBias ? "b learned from" : "b =")} {Bias(loss)})",
            LossKind.SupCon => $"the supervised contrastive loss",
            LossKind.CrossEntropy => $"cross-entropy of a linear classifier",
            _ => throw new ArgumentOutOfRangeException(nameof(settings), loss.Kind, "The loss has no name."),
        };
        string views = loss.Views > 2 ? FormattableString.Invariant($" over all pairs of {Counted.Of(loss.Views, "view")}") : "";
        string queue = loss.Queue > 0 ? FormattableString.Invariant($", negatives from a queue of {Counted.Of(loss.Queue, "key")} (momentum {loss.KeyMomentum})") : "";
        string shards = loss.Shards > 1 ? FormattableString.Invariant($", in {Counted.Of(loss.Shards, "shard")}") : "";
        string pieces = settings.Batch.MicroBatch > 0 ? FormattableString.Invariant($", batches embedded in pieces of {settings.Batch.MicroBatch}") : "";
        return $"{FormattableString.Invariant(name)}{views}{queue}{shards}{pieces}";
    }
}
