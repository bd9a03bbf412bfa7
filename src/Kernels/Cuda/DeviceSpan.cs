namespace NegSamples.Kernels.Cuda;

/// <summary>A run of workspace in device memory.</summary>
/// <param name="Address">Where it starts.</param>
/// <param name="Count">Elements of the type that the kernel reads.</param>
internal readonly record struct DeviceSpan(nint Address, long Count);
