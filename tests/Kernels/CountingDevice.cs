using NegSamples.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

/// <summary>A device that runs nothing and counts what it is asked for.</summary>
internal sealed class CountingDevice : KernelDevice
{
    private nint next = 256;

    public int Uploads { get; private set; }

    public int Launches { get; private set; }

    public override string Name => "counter";

    public override (long Total, long Free) Memory => (1L << 40, 1L << 40);

    public override int Multiprocessors => 4;

    public override nint Allocate(string name, long bytes) => next += (nint)((bytes + 255) / 256 * 256);

    public override void Free(nint address)
    {
        // Addresses are never used again.
    }

    public override void Clear(nint address, long bytes)
    {
        // There is nothing behind the address.
    }

    public override void CopyOnDevice(nint source, nint target, long bytes)
    {
        // There is nothing behind the addresses.
    }

    public override void Upload(ReadOnlySpan<byte> source, nint target) => Uploads++;

    public override void Download(nint source, Span<byte> target) => target.Clear();

    public override void Synchronize()
    {
        // Nothing runs.
    }

    public override nint Load(System.Reflection.MethodInfo kernel) => 1;

    public override void Launch(nint kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, ReadOnlySpan<KernelArgument> arguments) => Launches++;

    public override void Dispose()
    {
        // Nothing is held.
    }
}
