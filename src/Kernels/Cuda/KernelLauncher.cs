namespace NegSamples.Kernels.Cuda;

/// <summary>Runs kernels on a device; the first launch of each compiles it.</summary>
internal sealed class KernelLauncher(KernelDevice device)
{
    private readonly Dictionary<Delegate, nint> kernels = new(ReferenceEqualityComparer.Instance);

    /// <summary>Runs a kernel.</summary>
    /// <param name="kernel">A static method whose parameters the arguments fill, one by one.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="sharedBytes">Bytes of dynamic shared memory.</param>
    /// <param name="arguments">Tensors for views, numbers and structs by value.</param>
    public void Launch(Delegate kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, params ReadOnlySpan<KernelArgument> arguments)
    {
        // The C# compiler makes one delegate for each static method that is named in a place, so the reference is a key.
        if (!kernels.TryGetValue(kernel, out nint handle))
        {
            handle = device.Load(kernel.Method);
            kernels.Add(kernel, handle);
        }

        device.Launch(handle, grid, threads, sharedBytes, arguments);
    }
}
