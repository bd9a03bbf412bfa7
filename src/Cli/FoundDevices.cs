namespace NegSamples.Cli;

/// <summary>What can compute on a machine.</summary>
/// <param name="Cpu">The processor.</param>
/// <param name="Gpu">The GPU; null where there is none.</param>
/// <param name="NoGpu">Why there is none; null where there is one.</param>
/// <param name="Automatic">What <c>--device auto</c> takes.</param>
internal sealed record FoundDevices(FoundCpu Cpu, FoundGpu? Gpu, string? NoGpu, string Automatic);

/// <summary>A processor.</summary>
/// <param name="Description">Its threads, instructions and precision.</param>
/// <param name="Processor">Its name.</param>
/// <param name="MemoryBytes">Memory of the machine, or of the limit that this process has.</param>
/// <param name="BFloat16">What it is worth in bfloat16.</param>
internal sealed record FoundCpu(string Description, string Processor, long MemoryBytes, string BFloat16);

/// <summary>A GPU.</summary>
/// <param name="Description">Its name and precision.</param>
/// <param name="FreeBytes">Free memory; null where it is not known.</param>
internal sealed record FoundGpu(string Description, long? FreeBytes);
