namespace NegSamples.Kernels.Cuda;

/// <summary>What a kernel promises of its launches, so that the assembler can share out the registers.</summary>
/// <param name="threads">The most threads of a block.</param>
/// <param name="blocks">Blocks that should fit on one multiprocessor at a time; 0 leaves it open.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LaunchBoundsAttribute(int threads, int blocks = 0) : Attribute
{
    public int Threads { get; } = threads;

    public int Blocks { get; } = blocks;
}
