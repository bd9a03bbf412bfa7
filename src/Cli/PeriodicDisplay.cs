using System.Diagnostics;

namespace NegSamples.Cli;

/// <summary>Says every few seconds how much of a data set has been read, once that takes long.</summary>
internal sealed class ReadingDisplay(Terminal terminal)
{
    private const double FirstSeconds = 2, SecondsBetween = 5;

    private readonly Lock saying = new();
    private readonly Stopwatch clock = Stopwatch.StartNew();
    private double next = FirstSeconds;

    /// <summary>Is told of the bytes; from any thread.</summary>
    public void Show(long done, long total)
    {
        lock (saying)
        {
            if (clock.Elapsed.TotalSeconds < next) return;
            next = clock.Elapsed.TotalSeconds + SecondsBetween;
            terminal.Error.WriteLine(FormattableString.Invariant($"negsamples: reading the data for their fingerprint, {done / 1e9:F2} of {total / 1e9:F2} GB"));
        }
    }
}
