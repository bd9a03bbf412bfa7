namespace NegSamples.Kernels.Cuda;

/// <summary>
/// Counts what is asked for by name, arenas, and leaves out what only a GPU's kernels take: arenas are the same on every device of a precision.
/// </summary>
internal sealed class ArenaCountingDevice : PlanningDevice
{
    private nint workspace = nint.MinValue;

    public override nint AllocateWorkspace(string name, long bytes) => workspace += 256;

    public override void Upload(ReadOnlySpan<byte> source, nint target)
    {
        // The host copies straight into the arena.
    }
}
