namespace NegSamples.Tests.Kernels;

/// <summary>Tests that start launchers run one after the other: ranks that wait for each other spin, and those of two launchers would starve each other.</summary>
[CollectionDefinition("launchers")]
public sealed class Launchers;
