using NegSamples.TensorBoard;
using NegSamples.Training;

namespace NegSamples.Cli;

/// <summary>The events of a training for TensorBoard: a file from the first step of this process on.</summary>
/// <param name="terminal">Where lost events are said.</param>
/// <param name="run">The run folder.</param>
internal sealed class TrainingEventFile(Terminal terminal, string run) : IDisposable
{
    private EventFile? file;

    /// <summary>Adds what a step has measured.</summary>
    /// <param name="progress">The step.</param>
    public void Add(TrainingProgress progress)
    {
        file ??= EventFile.Create(TrainingEvents.FolderOf(run), progress.Step - 1);
        if (progress.Line is { } line) TrainingEvents.Add(file, line);
    }

    /// <summary>Ends the file and says what it lacks.</summary>
    public void Dispose()
    {
        file?.Dispose();
        if (file?.Lost > 0) terminal.Fail($"warning: {Counted.Of(file.Lost, "event")} of {TrainingEvents.FolderOf(run)} could not be written.");
    }
}
