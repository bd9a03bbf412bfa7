using NegSamples.Training;
using NegSamples.Training.Checkpoints;
using NegSamples.Training.Evaluation;

namespace NegSamples.Study.Sweep;

/// <summary>A run of a sweep whose training is done, with what was measured on its last checkpoint.</summary>
/// <param name="Run">Its place in the sweep.</param>
/// <param name="Folder">The run folder.</param>
/// <param name="Checkpoint">The folder name of its last checkpoint.</param>
/// <param name="State">That checkpoint's position.</param>
/// <param name="Environment">Where it was trained; null where the file is missing.</param>
/// <param name="Metrics">The lines of its training, maybe none.</param>
/// <param name="Evaluation">The classifiers; null where they were not measured.</param>
/// <param name="Bound">The bounds; null where they were not measured.</param>
/// <param name="Collision">The collision bound; null where it was not measured.</param>
/// <param name="PaperEvaluation">The classifiers under the paper's protocol; null where they were not measured.</param>
internal sealed record RunData(
    SweepRun Run, string Folder, string Checkpoint, CheckpointState State, RunEnvironment? Environment, IReadOnlyList<Metrics> Metrics,
    EvaluationReport? Evaluation, BoundReport? Bound, CollisionReport? Collision, EvaluationReport? PaperEvaluation = null)
{
    /// <summary>Seconds of training, those before a resume included.</summary>
    public double TrainingSeconds => MetricsLog.Seconds(Metrics);

    /// <summary>One accuracy of the plain protocol; null where it was not measured.</summary>
    /// <param name="classifier">"mean", "linear" or "knn".</param>
    /// <param name="head">After the head or before it.</param>
    public EvaluationRow? Accuracy(string classifier, bool head) => Evaluation?.Find(classifier, head);

    /// <summary>One accuracy of the paper's protocol; null where it was not measured.</summary>
    /// <param name="classifier">"mean" or "linear".</param>
    /// <param name="head">After the head or before it.</param>
    /// <param name="selection">The choice of the linear classifier's epoch; null for the mean classifier.</param>
    public EvaluationRow? PaperAccuracy(string classifier, bool head, EpochSelection? selection) =>
        PaperEvaluation?.Find(classifier, head, EvaluationProtocol.Paper, selection);
}
