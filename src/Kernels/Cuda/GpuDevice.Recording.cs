namespace NegSamples.Kernels.Cuda;

// Work that is asked for once and done again and again: a CUDA graph of the compute stream.
internal sealed unsafe partial class GpuDevice
{
    private const int ThreadLocal = 1; // CUstreamCaptureMode: other threads go on as they like.

    private readonly Dictionary<nint, GpuRecording> recordings = [];
    private nint pinned;
    private int pinnedBytes;
    private long reservations;
    private int recordingThread; // Other threads go on as they like.
    private List<RecordedLaunch>? launched;
    private RecordingUpdate? update;

    public override bool Records => driver.HasGraphs;

    public override long Reservations => reservations;

    public override nint Record(Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        using DriverWatch.Calls? calls = Calling("recording a step");
        if (!Records || driver.StreamBeginCapture(compute, ThreadLocal) != 0) return 0;
        nint graph = 0, made = 0;
        recordingThread = Environment.CurrentManagedThreadId;
        List<RecordedLaunch> launches = [];
        launched = driver.AdaptsGraphs ? launches : null;
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
            (recordingThread, launched) = (0, null);
            isWhole &= driver.StreamEndCapture(compute, &graph) == 0; // Also after a fault: the stream would take no work any more.
        }

        if (isWhole && graph != 0 && driver.GraphInstantiate(&made, graph, 0) == 0) recordings.Add(made, new(graph, launches));
        else made = 0;
        if (made == 0 && graph != 0) driver.GraphDestroy(graph);
        return made;
    }

    /// <remarks>The driver is told of those kernels alone whose arguments are others; the nodes are those of the graph that was captured, which therefore stays.</remarks>
    public override bool Adapt(nint recording, Action work)
    {
        ArgumentNullException.ThrowIfNull(work);
        if (!driver.AdaptsGraphs || !recordings.TryGetValue(recording, out GpuRecording? found)) return false;
        using DriverWatch.Calls? calls = Calling("changing a recorded step");
        recordingThread = Environment.CurrentManagedThreadId;
        update = new RecordingUpdate(driver, recording, found.Launches);
        try
        {
            work();
            return update.IsSame;
        }
        catch (DeviceException)
        {
            return false; // A kernel or a place that the recording did without.
        }
        finally
        {
            (recordingThread, update) = (0, null);
        }
    }

    /// <summary>Keeps which node of the graph the last launch became.</summary>
    private void KeepNode(nint kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, ReadOnlySpan<KernelArgument> arguments)
    {
        int status;
        ulong number;
        nint graph;
        nint* last;
        nuint count;
        bool isTold = driver.StreamGetCapture(compute, &status, &number, &graph, &last, &count) == 0 && count == 1;
        launched!.Add(new(isTold ? *last : 0, kernel, grid, threads, sharedBytes, arguments.ToArray()));
    }

    /// <remarks>Both copies are of pinned memory on the compute stream itself, which is waited for here: the next call finds the memory free.</remarks>
    public override void Repeat(nint recording, ReadOnlySpan<byte> source, nint uploaded, nint downloaded, Span<byte> target)
    {
        using DriverWatch.Calls? calls = Calling("repeating a step");
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
        if (disposed || !recordings.Remove(recording, out GpuRecording? found)) return;
        using DriverWatch.Calls? calls = Calling("freeing a recorded step");
        Destroy(recording, found);
    }

    private void GrowPinned(int bytes)
    {
        Settle();
        nint made = pinned;
        (pinned, pinnedBytes) = (0, 0);
        if (made != 0) Check(driver.HostFree(made), "freeing pinned memory");
        Check(driver.HostAllocate(&made, (nuint)bytes, 0), $"reserving {Counted.Of(bytes, "byte")} of pinned memory");
        (pinned, pinnedBytes) = (made, bytes);
    }

    private void FreeRecordings()
    {
        foreach ((nint recording, GpuRecording found) in recordings) Destroy(recording, found);
        recordings.Clear();
        if (pinned != 0) driver.HostFree(pinned);
        pinned = 0;
    }

    private void Destroy(nint recording, GpuRecording found)
    {
        driver.GraphExecDestroy(recording);
        driver.GraphDestroy(found.Graph);
    }

    /// <summary>The driver would refuse it too, and the recording with it, but by a number.</summary>
    private void RefuseWhileRecording(string what)
    {
        if (recordingThread == Environment.CurrentManagedThreadId) throw new DeviceException($"{Name}: {what} while a step is recorded.");
    }
}
