using System.Diagnostics;

namespace NegSamples.Cli;

/// <summary>Says every few seconds how far work has come, once it takes long.</summary>
/// <param name="terminal">Where it is said: on standard error.</param>
/// <param name="say">What is done, and all, in words.</param>
internal sealed class PeriodicDisplay(Terminal terminal, Func<long, long, FormattableString> say)
{
    private const double FirstSeconds = 2, SecondsBetween = 5;

    private readonly Lock saying = new();
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private double next = FirstSeconds;

    /// <summary>Is told what is done, and of how much; from any thread.</summary>
    public void Show(long done, long total)
    {
        lock (saying)
        {
            if (clock.Elapsed.TotalSeconds < next) return;
            next = clock.Elapsed.TotalSeconds + SecondsBetween;
            terminal.Note(FormattableString.Invariant(say(done, total)));
        }
    }
}
