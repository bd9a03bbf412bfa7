namespace NegSamples.Tests.Kernels;

/// <summary>Ranks that wait for each other spin, so that tests beside them starve: those that start launchers run one after the other when all others are done.</summary>
[CollectionDefinition("launchers", DisableParallelization = true)]
public sealed class Launchers;
