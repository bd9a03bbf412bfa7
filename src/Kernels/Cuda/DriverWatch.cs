using System.Diagnostics;
using System.Globalization;

namespace NegSamples.Kernels.Cuda;

/// <summary>Watches the calls that wait for a GPU, and says so where one does not come back.</summary>
/// <remarks>The call itself cannot be ended, so that a request to stop then ends the process: the step that it would wait for does not end.</remarks>
internal sealed class DriverWatch : IDisposable
{
    private readonly GpuRequest request;
    private readonly TimeSpan patience = DriverPatience.Limit / 2;
    private readonly Timer timer;
    private string doing = "", subject = "";
    private long since; // A time stamp; 0 between calls.
    private long told; // The time stamp of the calls that were told of.

    /// <summary>Begins to watch.</summary>
    /// <param name="request">Whom to tell, and who asks to stop.</param>
    public DriverWatch(GpuRequest request)
    {
        this.request = request;
        TimeSpan period = TimeSpan.FromSeconds(Math.Min(1, patience.TotalSeconds / 4));
        timer = new Timer(_ => Look(), null, period, period);
    }

    /// <summary>Calls that may wait begin; they have come back when the result is disposed. Within them others may begin, each with its own time.</summary>
    /// <param name="what">What they are for, "waiting for the GPU", "launching ".</param>
    /// <param name="of">What follows, a kernel's name: a launch makes no words of its own.</param>
    public Calls Begin(string what, string of = "")
    {
        Calls calls = new(this, doing, subject, Volatile.Read(ref since) != 0);
        (doing, subject) = (what, of);
        Volatile.Write(ref since, Stopwatch.GetTimestamp());
        return calls;
    }

    /// <inheritdoc/>
    public void Dispose() => timer.Dispose();

    private void Look()
    {
        long begun = Volatile.Read(ref since);
        if (begun == 0 || Stopwatch.GetElapsedTime(begun) < patience) return;
        if (told != begun)
        {
            told = begun;
            request.Note?.Invoke(string.Create(CultureInfo.InvariantCulture,
                $"The GPU has not answered for {patience.TotalSeconds:0.##} s while {doing}{subject}. Ctrl-C ends the program here, without a checkpoint of what came after the last one."));
        }

        if (request.Stop.IsCancellationRequested) request.Abandon?.Invoke();
    }

    /// <summary>Calls that have begun.</summary>
    /// <param name="watch">Who watches.</param>
    /// <param name="around">What those around them are for.</param>
    /// <param name="subject">What follows that.</param>
    /// <param name="isWithin">Whether there are such.</param>
    public readonly struct Calls(DriverWatch watch, string around, string subject, bool isWithin) : IDisposable
    {
        /// <summary>They have come back.</summary>
        public void Dispose()
        {
            (watch.doing, watch.subject) = (around, subject);
            Volatile.Write(ref watch.since, isWithin ? Stopwatch.GetTimestamp() : 0);
        }
    }
}
