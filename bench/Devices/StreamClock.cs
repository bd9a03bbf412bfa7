using System.Diagnostics;
using NegSamples.Kernels;
using Perfolizer.Horology;

namespace NegSamples.Bench.Devices;

/// <summary>
/// The time of a GPU: each look at it waits for all that was launched, so that an iteration is a row of launches and one wait, timed by events on the stream.
/// </summary>
internal sealed class StreamClock : IClock
{
    private long now, looked;
    private bool isRunning;

    public string Title => "events of a CUDA stream";

    public bool IsAvailable => true;

    public Frequency Frequency => Frequency.FromGHz(1);

    /// <summary>The GPU of the benchmark that runs; null between benchmarks.</summary>
    public static CudaOps? Gpu { get; set; }

    /// <summary>Milliseconds of all intervals since <see cref="Restart"/>: until the host's calls had returned, and on the GPU.</summary>
    public (double Host, double Device) Spent { get; private set; }

    /// <summary>Forgets what was spent. The next look begins an interval.</summary>
    public void Restart() => (Spent, isRunning) = (default, false);

    /// <summary>Nanoseconds. Looks begin and end intervals in turn.</summary>
    public long GetTimestamp()
    {
        double host = Stopwatch.GetElapsedTime(looked).TotalMilliseconds, device = Gpu?.Lap() ?? host;
        if (isRunning) Spent = (Spent.Host + host, Spent.Device + device);
        isRunning = !isRunning;
        now += (long)(device * 1e6);
        looked = Stopwatch.GetTimestamp();
        return now;
    }
}
