namespace NegSamples.Cli;

/// <summary>How a training ended.</summary>
/// <param name="Run">The run folder.</param>
/// <param name="Steps">Steps done, those before a resume included.</param>
/// <param name="Completed">Whether they are all.</param>
/// <param name="Loss">The loss of the last step; null where there was none.</param>
/// <param name="Seconds">Seconds of training in this process.</param>
/// <param name="Weights">The newest checkpoint's weights.</param>
internal sealed record TrainedRun(string Run, long Steps, bool Completed, double? Loss, double Seconds, string Weights);
