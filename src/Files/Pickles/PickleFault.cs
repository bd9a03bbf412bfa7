namespace NegSamples.Files.Pickles;

/// <summary>What is wrong with a pickle, before the name of its file is put to it.</summary>
/// <param name="how">The rest of "it cannot be read as a pickle".</param>
internal sealed class PickleFault(string how) : Exception(how);
