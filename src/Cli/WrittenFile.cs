namespace NegSamples.Cli;

/// <summary>A file or folder that is the result of a command.</summary>
/// <param name="Path">Where it is.</param>
internal sealed record WrittenFile(string Path);
