using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
        Current.Graphs.Add(*executable, new Graph { IsExecutable = true, Works = [.. found.Works] });
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
    }
}
