namespace NegSamples.Kernels.Cuda;

// Work that is asked for once and done again and again: a CUDA graph of the compute stream.
internal sealed unsafe partial class GpuDevice
{
    private const int ThreadLocal = 1; // CUstreamCaptureMode: other threads go on as they like.

    private readonly List<nint> recordings = [];
    private nint pinned;
    private int pinnedBytes;
    private long reservations;
    private bool isRecording;

    public override bool Records => driver.HasGraphs;

    public override long Reservations => reservations;

    public override nint Record(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        Bind();
        if (!Records || driver.StreamBeginCapture(compute, ThreadLocal) != 0) return 0;
        nint graph = 0, made = 0;
        isRecording = true;
        bool isWhole = false;
        try
        {
            work();
            isWhole = true;
        }
        catch (DeviceException)
        {
            // The same work without a recording tells what is wrong, if anything is.
        }
        finally
        {
            isRecording = false;
            isWhole &= driver.StreamEndCapture(compute, &graph) == 0; // Also after a fault: the stream would take no work any more.
        }

        if (isWhole && graph != 0 && driver.GraphInstantiate(&made, graph, 0) == 0) recordings.Add(made);
        else made = 0;
        if (graph != 0) driver.GraphDestroy(graph);
        return made;
    }

    /// <remarks>Both copies are of pinned memory on the compute stream itself, which is waited for here: the next call finds the memory free.</remarks>
    public override void Repeat(nint recording, ReadOnlySpan<byte> source, nint uploaded, nint downloaded, Span<byte> target)
    {
        Bind();
        int bytes = Math.Max(source.Length, target.Length);
        if (pinnedBytes < bytes) GrowPinned(bytes);
        source.CopyTo(new Span<byte>((void*)pinned, bytes));
        if (!source.IsEmpty) Check(driver.CopyToDevice(uploaded, pinned, (nuint)source.Length, compute), "uploading a step's numbers");
        Check(driver.GraphLaunch(recording, compute), "launching a recorded step");
        Check(driver.CopyToHost(pinned, downloaded, (nuint)target.Length, compute), "downloading a step's results");
        Wait(0, "waiting for a step");
        new ReadOnlySpan<byte>((void*)pinned, target.Length).CopyTo(target);
    }

    public override void Forget(nint recording)
    {
        if (disposed || !recordings.Remove(recording)) return;
        Bind();
        driver.GraphExecDestroy(recording);
    }

    private void GrowPinned(int bytes)
    {
        Settle();
        if (pinned != 0) Check(driver.HostFree(pinned), "freeing pinned memory");
        (pinned, pinnedBytes) = (0, 0);
        nint made;
        Check(driver.HostAllocate(&made, (nuint)bytes, 0), $"reserving {bytes} bytes of pinned memory");
        (pinned, pinnedBytes) = (made, bytes);
    }

    private void FreeRecordings()
    {
        foreach (nint recording in recordings) driver.GraphExecDestroy(recording);
        recordings.Clear();
        if (pinned != 0) driver.HostFree(pinned);
        pinned = 0;
    }

    /// <summary>The driver would refuse it too, and the recording with it, but by a number.</summary>
    private void RefuseWhileRecording(string what)
    {
        if (isRecording) throw new DeviceException($"{Name}: {what} while a step is recorded.");
    }
}
