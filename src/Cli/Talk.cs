namespace NegSamples.Cli;

/// <summary>How much a command says beside its result and its errors.</summary>
public enum Talk
{
    /// <summary>Results, warnings and errors.</summary>
    Quiet,

    /// <summary>Also what is about to be done, how far it is, and notes.</summary>
    Usual,

    /// <summary>Also how long each stage took, what memory it plans for and where it writes, on standard error.</summary>
    Verbose,
}
