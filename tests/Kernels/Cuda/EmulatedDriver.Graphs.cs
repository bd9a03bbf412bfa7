using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>Capture of a stream and graphs, as strict as the driver: a graph has the work of its stream in order, and no edge from or to another stream.</summary>
internal static unsafe partial class EmulatedDriver
{
    private const int CaptureUnsupported = 900, CaptureInvalidated = 901, CaptureIsolation = 905, NotSupported = 801;

    /// <summary>Names of the functions that streams and threads were asked by, in order; it is emptied by the reader.</summary>
    public static List<string> Calls => Current.Calls;

    public static int GraphLaunches => devices.Sum(device => device.Calls.Count(call => call == nameof(cuGraphLaunch)));

    /// <summary>Whether the driver refuses to make graphs ready.</summary>
    public static bool RefusesGraphs
    {
        set => devices[0].RefusesGraphs = value;
    }

    [UnmanagedCallersOnly]
    private static int cuStreamBeginCapture_v2(nint stream, int mode) => On(Current.Streams, stream, found =>
    {
        if (mode != 1 || found.Captured is not null) throw new InvalidOperationException("A capture begins once, for its thread alone.");
        found.Captured = new Graph();
    });

    [UnmanagedCallersOnly]
    private static int cuStreamEndCapture(nint stream, nint* graph)
    {
        if (!Current.Streams.TryGetValue(stream, out Stream? found) || found.Captured is not { } captured) return InvalidValue;
        found.Captured = null;
        *graph = 0;
        if (captured.IsInvalid) return CaptureInvalidated;
        *graph = ++Current.Handles;
        Current.Graphs.Add(*graph, captured);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuGraphInstantiateWithFlags(nint* executable, nint graph, ulong flags)
    {
        if (flags != 0 || !Current.Graphs.TryGetValue(graph, out Graph? found)) return InvalidValue;
        if (Current.RefusesGraphs) return NotSupported;
        *executable = ++Current.Handles;
        Current.Graphs.Add(*executable, new Graph { IsExecutable = true, Works = [.. found.Works], Of = found });
        return 0;
    }

    /// <summary>What is captured last is what the next depends on: its node.</summary>
    [UnmanagedCallersOnly]
    private static int cuStreamGetCaptureInfo_v2(nint stream, int* status, ulong* number, nint* graph, nint** dependencies, nuint* count) =>
        On(Current.Streams, stream, found =>
        {
            if (found.Captured is not { } captured) throw new InvalidOperationException("A stream is asked for its capture that is not captured.");
            (*status, *number, *graph, *count) = (1, 1, 0, 1);
            captured.Nodes.Add(*captured.Last = ++Current.Handles, captured.Works.Count - 1);
            *dependencies = captured.Last;
        });

    /// <summary>The node must be of the graph that the executable one was made of, and that graph must still be there; kernel and extents stay.</summary>
    [UnmanagedCallersOnly]
    private static int cuGraphExecKernelNodeSetParams(nint executable, nint node, KernelNode* parameters)
    {
        if (!Current.Graphs.TryGetValue(executable, out Graph? found) || found.Of is null || !Current.Graphs.ContainsValue(found.Of)) return InvalidHandle;
        if (!found.Of.Nodes.TryGetValue(node, out int place) || parameters->Extra != null) return InvalidValue;
        found.Works[place] = WorkOf(
            parameters->Kernel, (parameters->GridX, parameters->GridY, parameters->GridZ), (parameters->ThreadsX, parameters->ThreadsY, parameters->ThreadsZ),
            parameters->SharedBytes, parameters->Arguments);
        Called();
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int cuGraphLaunch(nint executable, nint stream)
    {
        if (!Current.Graphs.TryGetValue(executable, out Graph? found) || !found.IsExecutable) return InvalidHandle;
        return Enqueue(stream, () => found.Works.ForEach(work => work()));
    }

    [UnmanagedCallersOnly]
    private static int cuGraphExecDestroy(nint executable) =>
        Current.Graphs.TryGetValue(executable, out Graph? found) && found.IsExecutable && Current.Graphs.Remove(executable) ? 0 : InvalidHandle;

    [UnmanagedCallersOnly]
    private static int cuGraphDestroy(nint graph) =>
        Current.Graphs.TryGetValue(graph, out Graph? found) && !found.IsExecutable && Current.Graphs.Remove(graph) ? 0 : InvalidHandle;

    private static void Called([CallerMemberName] string function = "") => (bound ?? devices[0]).Calls.Add(function);

    /// <summary>A fault where something is asked for that a capture of the thread's stream does not take; the capture is void.</summary>
    private static bool RefusedByCapture([CallerMemberName] string function = "")
    {
        bool isRefused = false;
        foreach (Graph captured in Current.Streams.Values.Select(stream => stream.Captured).OfType<Graph>())
        {
            captured.IsInvalid = isRefused = true;
            Current.Faults.Add($"{function} while a stream is captured.");
        }

        return isRefused;
    }

    /// <summary>Whether a stream may wait for an event: an edge of a graph has both its ends in it.</summary>
    private static bool IsEdgeAllowed(Stream waiting, Event found)
    {
        if (waiting.Captured == found.Captured) return true;
        Current.Faults.Add("A wait for an event has one end within a captured stream and one without.");
        if (waiting.Captured is { } captured) captured.IsInvalid = true;
        return false;
    }

    private sealed class Graph
    {
        public List<Action> Works { get; init; } = [];
        public bool IsInvalid { get; set; }
        public bool IsExecutable { get; init; }

        /// <summary>What an executable graph was made of.</summary>
        public Graph? Of { get; init; }

        /// <summary>The place of each node among the works.</summary>
        public Dictionary<nint, int> Nodes { get; } = [];

        /// <summary>Where the driver keeps the last node, for whoever asks.</summary>
        public nint* Last { get; } = (nint*)NativeMemory.Alloc((nuint)sizeof(nint));
    }
}
