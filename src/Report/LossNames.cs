using NegSamples.Training.Settings;

namespace NegSamples.Report;

/// <summary>A loss in words: its own name, its parameters, and where its negatives come from.</summary>
internal static class LossNames
{
    public static string Of(TrainingSettings settings)
    {
        LossSettings loss = settings.Loss;
        FormattableString name = loss.Kind switch
        {
            LossKind.NtXent => $"NT-Xent",
            LossKind.SingleView => $"the single-view loss",
            LossKind.Decoupled => $"the decoupled loss",
            LossKind.Debiased => $"the debiased loss (τ⁺ = {loss.PositivePrior})",
            LossKind.Hard => $"the hard-negative loss (τ⁺ = {loss.PositivePrior}, β = {loss.Hardness})",
            LossKind.SupCon => $"the supervised contrastive loss",
            LossKind.CrossEntropy => $"cross-entropy of a linear classifier",
            _ => throw new ArgumentOutOfRangeException(nameof(settings), loss.Kind, "The loss has no name."),
        };
        FormattableString temperature = $"{(loss.LearnTemperature ? "temperature learned from" : "temperature")} {loss.Temperature}";
        string queue = loss.Queue > 0 ? FormattableString.Invariant($", negatives from a queue of {loss.Queue} keys (momentum {loss.KeyMomentum})") : "";
        string shards = loss.Shards > 1 ? FormattableString.Invariant($", in {loss.Shards} shards") : "";
        string pieces = settings.Batch.MicroBatch > 0 ? FormattableString.Invariant($", batches embedded in pieces of {settings.Batch.MicroBatch}") : "";
        string warmth = loss.Kind == LossKind.CrossEntropy ? "" : ", " + FormattableString.Invariant(temperature);
        return $"{FormattableString.Invariant(name)}{queue}{shards}{pieces}{warmth}";
    }
}
