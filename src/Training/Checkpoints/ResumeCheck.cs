using System.Text.Json.Nodes;
using NegSamples.Augment.Data;
using NegSamples.Files;
using NegSamples.Training.Settings;

namespace NegSamples.Training.Checkpoints;

/// <summary>One way in which a checkpoint is not of the run that is to go on from it.</summary>
/// <param name="Refusal">What a resume ends in.</param>
/// <param name="Difference">The rest of "from step 12 on", for the record of a run that goes on anyway.</param>
internal sealed record ResumeFault(Exception Refusal, string Difference);

/// <summary>Whether a run that goes on from a checkpoint is the run that wrote it.</summary>
internal static class ResumeCheck
{
    /// <summary>All that differs; empty where the steps to come give the bits of a run that was never stopped.</summary>
    public static IEnumerable<ResumeFault> Faults(
        string checkpoint, CheckpointState state, Trainer trainer, TrainingSettings settings, IImageSet images, RunFolder run, Action<string> warn)
    {
        // Format 1 summed these in another order: the same loss, but not the bits of a run that was never stopped.
        bool isOfSingleView = settings.Loss.Kind == LossKind.SingleView && settings.Loss.Queue == 0;
        bool keptLogits = JsonNode.Parse(File.ReadAllText(run.ConfigPath))?[FlatSettings.FormerSetting]?.ToString() == "materialised";
        if (state.FormatVersion < 2 && (isOfSingleView || keptLogits || settings.Loss.Negatives > 0))
        {
            yield return new(new BadDataException(
                $"{checkpoint} was written by version 0.1 (format {state.FormatVersion}), which summed the single-view loss, drawn negatives and stored logits in "
                + "another order: resumed by this version the run would not have the bits of one that was never stopped. Finish it with version 0.1, or train anew; "
                + "it can be evaluated as it is."), "with sums in another order than those of version 0.1");
        }

        if (state.Version is not null && state.Version != RunEnvironment.ProgramVersion)
            warn($"{checkpoint} was written by version {state.Version}; this is {RunEnvironment.ProgramVersion}.");
        if (state.Settings is not null && RunIdentity.Differences(state.Settings, settings) is [_, ..] differences)
        {
            yield return new(
                new SettingsException($"{checkpoint} {RunIdentity.Difference(state, settings, run.ConfigPath)}. A resumed run goes on as it began: put the settings "
                    + "back, train anew, or go on with `resumeAnyway`, which records them."),
                $"with other settings than before: {string.Join("; ", differences)}");
        }
        else if (!FitsSteps(state, trainer, settings))
        {
            string then = FormattableString.Invariant($"seed {state.Seed} and {Counted.Of(state.TotalSteps, "step")}, {state.StepsPerEpoch} an epoch");
            string now = FormattableString.Invariant($"seed {settings.Run.Seed} and {Counted.Of(trainer.TotalSteps, "step")}, {trainer.StepsPerEpoch} an epoch");
            yield return new(new BadDataException($"{checkpoint} is of a run with {then}; these settings and {images.Name} give {now}."), $"with {now}, not {then}");
        }

        int ranks = trainer.Model.Ops.Collective.Size, before = state.Ranks ?? 1;
        if (settings.Batch.MicroBatch > 0 && ranks != before)
        {
            yield return new(
                new SettingsException(FormattableString.Invariant(
                    $"{checkpoint} was trained over {Ranks(before)}, these are {ranks}: with `microBatch` a batch norm sees {Counted.Of(settings.Batch.MicroBatch, "sample")} ")
                    + "of each rank at a time, so that another number of ranks is another run. "
                    + $"Go on over {Ranks(before)}, or with `resumeAnyway`, which records it."),
                FormattableString.Invariant($"over {Ranks(ranks)}, not {before}, with `microBatch` {settings.Batch.MicroBatch}"));
        }

        if (!state.IsOf(images)) yield return new(state.OtherImages(checkpoint, images), $"with other {SampleNoun.Of(images)}s: {images.Fingerprint}, not {state.DataFingerprint}");
    }

    private static string Ranks(int count) => Counted.Of(count, "rank");

    // Of a run that has had more epochs since, the checkpoint's steps end where one of its stages does.
    private static bool FitsSteps(CheckpointState state, Trainer trainer, TrainingSettings settings) =>
        state.Seed == settings.Run.Seed && state.StepsPerEpoch == trainer.StepsPerEpoch
        && (settings.Optimizer.Steps > 0 ? state.TotalSteps == trainer.TotalSteps
            : settings.Optimizer.StageEnds().Any(end => (long)end * trainer.StepsPerEpoch == state.TotalSteps));
}
