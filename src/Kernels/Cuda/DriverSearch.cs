namespace NegSamples.Kernels.Cuda;

/// <summary>What the search for NVIDIA's driver came to.</summary>
/// <param name="Driver">A driver that is started; null where none can be used.</param>
/// <param name="Reason">Why none can be used; empty otherwise.</param>
/// <param name="IsThere">Whether its library lies on this machine, which can then be expected to have a GPU.</param>
internal sealed record DriverSearch(CudaDriver? Driver, string Reason, bool IsThere);
