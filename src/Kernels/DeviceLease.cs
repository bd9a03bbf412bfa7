namespace NegSamples.Kernels;

/// <summary>A device for the length of one call: the caller's own or, where there is none, the CPU that the library keeps. Other calls that want it wait.</summary>
/// <remarks>
/// The library's CPU is made by the first call, with one thread per core in float32, and stays for the life of the process: its threads sleep between calls,
/// and its workspace is that of the largest call so far. So calls from several threads take turns, each with all cores. Who wants calls beside each other, or
/// the workspace back, gives each thread a <see cref="CpuOps"/> of its own and disposes it.
/// </remarks>
internal readonly ref struct DeviceLease : IDisposable
{
    private static readonly Lazy<CpuOps> Shared = new(static () => new CpuOps());

    /// <summary>Waits for the device.</summary>
    /// <param name="ops">The caller's; null for the library's CPU.</param>
    /// <exception cref="InvalidOperationException">The call is made in the middle of an operation of that device, as by a loss of one's own.</exception>
    public DeviceLease(Ops? ops)
    {
        Ops = ops ?? Shared.Value;
        if (Ops is CpuOps { Workers.IsHere: true })
            throw new InvalidOperationException("The CPU device is in the middle of an operation, which makes this call; expected another device for it, as a CpuOps of its own.");
        Monitor.Enter(Ops);
    }

    /// <summary>The device, for this thread alone; not to be disposed where it is the library's.</summary>
    public Ops Ops { get; }

    /// <summary>Lets others have the device.</summary>
    public void Dispose() => Monitor.Exit(Ops);
}
