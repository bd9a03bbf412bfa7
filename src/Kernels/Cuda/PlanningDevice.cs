using System.Reflection;

namespace NegSamples.Kernels.Cuda;

/// <summary>A device that computes nothing and holds nothing: it counts what would be reserved. Every number that it gives back is 0.</summary>
/// <param name="multiprocessors">Of the GPU that it stands for.</param>
/// <param name="sharedMemory">Of the GPU that it stands for.</param>
internal class PlanningDevice(int multiprocessors, SharedMemoryLimits sharedMemory) : KernelDevice
{
    private readonly Dictionary<nint, (string Name, long Bytes)> reserved = [];
    private readonly (nint Address, int Bytes)[] staging = new (nint, int)[2];
    private readonly HashSet<MethodInfo> kernels = [];
    private int nextStaging;
    private nint next = 1 << 20;
    private long bytes, peak;

    /// <summary>Stands for an H100 or H200.</summary>
    public PlanningDevice()
        : this(132, SharedMemoryLimits.Hopper)
    {
    }

    public override string Name => "plan";

    public override (long Total, long Free) Memory => (long.MaxValue, long.MaxValue);

    public override int Multiprocessors => multiprocessors;

    public override SharedMemoryLimits SharedMemory => sharedMemory;

    public override bool HasWarpgroups => Warpgroups;

    /// <summary>What <see cref="HasWarpgroups"/> says.</summary>
    public bool Warpgroups { get; init; }

    public override bool HasTensorMaps => TensorMaps;

    /// <summary>What <see cref="HasTensorMaps"/> says.</summary>
    public bool TensorMaps { get; init; }

    /// <summary>The kernels that would be launched.</summary>
    public IReadOnlyCollection<MethodInfo> Kernels => kernels;

    /// <summary>What was reserved when the most was.</summary>
    public IReadOnlyList<(string Name, long Bytes)> AtPeak { get; private set; } = [];

    public override nint Allocate(string name, long bytes)
    {
        nint address = next;
        next += (nint)(Tiling.RoundUp(bytes, 256) + 256);
        reserved.Add(address, (name, bytes));
        this.bytes += bytes;
        if (this.bytes > peak)
        {
            peak = this.bytes;
            AtPeak = [.. reserved.Values];
        }

        return address;
    }

    public override void Free(nint address)
    {
        if (reserved.Remove(address, out (string Name, long Bytes) place)) bytes -= place.Bytes;
    }

    public override void Clear(nint address, long bytes)
    {
        // Nothing is held.
    }

    public override void CopyOnDevice(nint source, nint target, long bytes)
    {
        // Nothing is held.
    }

    public override void Upload(ReadOnlySpan<byte> source, nint target)
    {
        // As a GPU's uploads: by two staging places in turn, each as large as its largest upload so far.
        ref (nint Address, int Bytes) place = ref staging[nextStaging];
        nextStaging = (nextStaging + 1) % staging.Length;
        if (place.Bytes >= source.Length) return;
        if (place.Bytes > 0) Free(place.Address);
        place = (AllocateWorkspace("uploads", source.Length), source.Length);
    }

    public override void Download(nint source, Span<byte> target) => target.Clear();

    public override void Synchronize()
    {
        // Nothing is under way.
    }

    public override nint Load(MethodInfo kernel)
    {
        kernels.Add(kernel);
        return 1;
    }

    public override void Launch(nint kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, ReadOnlySpan<KernelArgument> arguments)
    {
        // Nothing is computed.
    }

    public override void Dispose()
    {
        // Nothing is held.
    }
}
