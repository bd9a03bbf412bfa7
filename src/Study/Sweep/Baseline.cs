using NegSamples.Files;
using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Evaluation;
using NegSamples.Training.Settings;

namespace NegSamples.Study.Sweep;

/// <summary>A run that a sweep is compared with, such as the supervised baseline of Nozawa and Sato 2021 (arXiv:2102.06866): same images, another loss.</summary>
/// <param name="Folder">The run folder.</param>
/// <param name="Settings">Its settings.</param>
/// <param name="State">The position of its last checkpoint.</param>
/// <param name="Evaluation">What classifiers read out of it.</param>
internal sealed record Baseline(string Folder, TrainingSettings Settings, CheckpointState State, EvaluationReport Evaluation)
{
    /// <summary>Reads a run whose training is done and which was evaluated.</summary>
    /// <param name="folder">The run folder.</param>
    /// <param name="sweep">The sweep's runs, whose images it must have seen.</param>
    /// <exception cref="BadDataException">It is not finished, not evaluated, or of other images.</exception>
    internal static Baseline Load(string folder, IReadOnlyList<RunData> sweep)
    {
        TrainingSettings settings = RunFolder.ReadSettings(folder);
        if (SweepFolder.FinishedCheckpoint(folder) is not { } checkpoint)
            throw new BadDataException($"{folder} is not finished; continue it with: `training.resume` {ShellWord.OfPath(folder)}");
        CheckpointState state = Checkpoint.ReadState(Path.Combine(RunFolder.CheckpointsOf(folder), checkpoint));
        if (state.DataFingerprint != sweep[0].State.DataFingerprint)
        {
            throw new BadDataException(
                $"{folder} was trained on other samples than {sweep[0].Folder}: their fingerprints are {ShortHash.In(state.DataFingerprint)} and {ShortHash.In(sweep[0].State.DataFingerprint)}.");
        }

        EvaluationReport evaluation = Evaluator.ReadReport(folder, checkpoint)
            ?? throw new BadDataException($"{folder} was not evaluated; its accuracies are missing. Evaluate it with: `evaluation` {ShellWord.OfPath(folder)}");
        return new Baseline(folder, settings, state, evaluation);
    }
}
