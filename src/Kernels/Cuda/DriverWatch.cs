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
    private string doing = "";
    private long since; // A time stamp; 0 between calls.
    private bool isTold;

    /// <summary>Begins to watch.</summary>
    /// <param name="request">Whom to tell, and who asks to stop.</param>
    public DriverWatch(GpuRequest request)
    {
        this.request = request;
        TimeSpan period = TimeSpan.FromSeconds(Math.Min(1, patience.TotalSeconds / 4));
        timer = new Timer(_ => Look(), null, period, period);
    }

    /// <summary>A call that may wait begins. Calls come one at a time.</summary>
    /// <param name="what">What it is for, "waiting for the GPU".</param>
    public void Begin(string what)
    {
        doing = what;
        Volatile.Write(ref since, Stopwatch.GetTimestamp());
    }

    /// <summary>The call has come back.</summary>
    public void End() => Volatile.Write(ref since, 0);

    /// <inheritdoc/>
    public void Dispose() => timer.Dispose();

    private void Look()
    {
        long begun = Volatile.Read(ref since);
        if (begun == 0)
        {
            isTold = false;
            return;
        }

        if (Stopwatch.GetElapsedTime(begun) < patience) return;
        if (!isTold)
        {
            isTold = true;
            request.Note?.Invoke(string.Create(CultureInfo.InvariantCulture,
                $"The GPU has not answered for {patience.TotalSeconds:0.##} s while {doing}. Ctrl-C ends the program here, without a checkpoint of what came after the last one."));
        }

        if (request.Stop.IsCancellationRequested) request.Abandon?.Invoke();
    }
}
