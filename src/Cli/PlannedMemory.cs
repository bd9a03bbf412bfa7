using NegSamples.Kernels;

namespace NegSamples.Cli;

/// <summary>The memory that a run would take.</summary>
/// <param name="Device">"cpu" for the host's memory, "cuda" for a GPU's.</param>
/// <param name="Bytes">All of it.</param>
/// <param name="Places">Place by place.</param>
internal sealed record PlannedMemory(string Device, long Bytes, IReadOnlyList<MemoryPlace> Places);
