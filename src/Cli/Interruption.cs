using System.Runtime.InteropServices;

namespace NegSamples.Cli;

/// <summary>
/// Turns the first Ctrl-C, SIGTERM or SIGHUP (a dropped line) into a request to stop and lets the second end the process. SIGUSR1 is a request only, however often it
/// comes: a batch system sends it to a launcher and to its ranks.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source;
    private readonly PosixSignalRegistration interrupt;
    private readonly PosixSignalRegistration terminate;
    private readonly PosixSignalRegistration hangUp;
    private readonly PosixSignalRegistration? request;

    /// <summary>Listens to the signals.</summary>
    /// <param name="other">Asks to stop as well.</param>
    public Interruption(CancellationToken other = default)
    {
        source = CancellationTokenSource.CreateLinkedTokenSource(other);
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
        if (!OperatingSystem.IsWindows()) request = PosixSignalRegistration.Create((PosixSignal)(OperatingSystem.IsMacOS() ? 30 : 10), Request);
    }

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        interrupt.Dispose();
        terminate.Dispose();
        hangUp.Dispose();
        request?.Dispose();
        source.Dispose();
    }

    private void Request(PosixSignalContext context)
    {
        context.Cancel = true;
        source.Cancel();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = !source.IsCancellationRequested;
        source.Cancel();
    }
}
