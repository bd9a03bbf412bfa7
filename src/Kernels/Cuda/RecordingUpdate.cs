namespace NegSamples.Kernels.Cuda;

/// <summary>A graph that was captured, and the launches that became its nodes.</summary>
internal sealed record GpuRecording(nint Graph, List<RecordedLaunch> Launches);

/// <summary>A launch within a recording; its node is 0 where the driver did not tell.</summary>
internal sealed record RecordedLaunch(nint Node, nint Kernel, LaunchExtent Grid, LaunchExtent Threads, int SharedBytes, KernelArgument[] Arguments);

/// <summary>Holds launches beside those of a recording, one by one, and gives its kernels the arguments that have changed.</summary>
internal sealed unsafe class RecordingUpdate(CudaDriver driver, nint recording, List<RecordedLaunch> recorded)
{
    private int next;
    private bool differs;

    /// <summary>Whether the launches so far are all that were recorded, but for arguments that the kernels now have.</summary>
    public bool IsSame => !differs && next == recorded.Count;

    /// <summary>The next launch.</summary>
    public void Launch(nint kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, ReadOnlySpan<KernelArgument> arguments)
    {
        if (differs) return;
        RecordedLaunch? before = next < recorded.Count ? recorded[next++] : null;
        differs = before is null || (before.Kernel, before.Grid, before.Threads, before.SharedBytes) != (kernel, grid, threads, sharedBytes)
            || before.Arguments.Length != arguments.Length;
        if (!differs && !IsEqual(before!.Arguments, arguments)) differs = !Give(before, arguments);
    }

    private bool Give(RecordedLaunch before, ReadOnlySpan<KernelArgument> arguments)
    {
        if (before.Node == 0) return false;
        arguments.CopyTo(before.Arguments);
        fixed (KernelArgument* first = before.Arguments)
        {
            void** places = stackalloc void*[Math.Max(1, arguments.Length)];
            for (int i = 0; i < arguments.Length; i++) places[i] = KernelArgument.PlaceOf(first + i);
            KernelNode node = new()
            {
                Kernel = before.Kernel, GridX = (uint)before.Grid.X, GridY = (uint)before.Grid.Y, GridZ = (uint)before.Grid.Z,
                ThreadsX = (uint)before.Threads.X, ThreadsY = (uint)before.Threads.Y, ThreadsZ = (uint)before.Threads.Z,
                SharedBytes = (uint)before.SharedBytes, Arguments = places,
            };
            return driver.GraphSetKernelNode(recording, before.Node, &node) == 0;
        }
    }

    private static bool IsEqual(ReadOnlySpan<KernelArgument> some, ReadOnlySpan<KernelArgument> others)
    {
        for (int i = 0; i < some.Length; i++)
            if (!some[i].Span.SequenceEqual(others[i].Span)) return false;
        return true;
    }
}
