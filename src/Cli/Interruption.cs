using System.Runtime.InteropServices;

namespace NegSamples.Cli;

/// <summary>Turns the first Ctrl-C, SIGTERM or SIGHUP (a dropped line) into a request to stop and lets the second end the process.</summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource source;
    private readonly PosixSignalRegistration interrupt;
    private readonly PosixSignalRegistration terminate;
    private readonly PosixSignalRegistration hangUp;

    /// <summary>Listens to the signals.</summary>
    /// <param name="other">Asks to stop as well.</param>
    public Interruption(CancellationToken other = default)
    {
        source = CancellationTokenSource.CreateLinkedTokenSource(other);
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);
    }

    public CancellationToken Token => source.Token;

    public void Dispose()
    {
        interrupt.Dispose();
        terminate.Dispose();
        hangUp.Dispose();
        source.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = !source.IsCancellationRequested;
        source.Cancel();
    }
}
