namespace NegSamples.Cli;

/// <summary>What the process returns.</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>A failure while running.</summary>
    public const int Failure = 1;

    /// <summary>A wrong command line or setting.</summary>
    public const int Usage = 2;

    /// <summary>Data or a checkpoint that is not what it should be.</summary>
    public const int BadData = 3;

    /// <summary>The device is missing or out of memory.</summary>
    public const int Device = 4;

    /// <summary>The loss is not finite.</summary>
    public const int NonFiniteLoss = 5;

    /// <summary>Interrupted; the state is saved.</summary>
    public const int Interrupted = 130;

    /// <summary>The table for the help text.</summary>
    public const string Help =
        "Exit codes: 0 ok, 1 failure, 2 usage, 3 bad data or checkpoint, 4 device or memory, 5 loss not finite, 130 interrupted (state saved).";
}
