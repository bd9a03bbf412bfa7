namespace NegSamples.Cli;

/// <summary>A file of the nearest words of each word.</summary>
/// <param name="Path">The file.</param>
/// <param name="PerWord">Nearest words of each.</param>
/// <param name="Found">Words that have a vector.</param>
/// <param name="Words">Words in all.</param>
internal sealed record FoundNeighbours(string Path, int PerWord, int Found, int Words);
