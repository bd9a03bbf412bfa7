using NegSamples.Kernels.Cuda;

namespace NegSamples.Tests.PtxInterpreter;

/// <summary>A device that changes the text of kernels before another runs them: a check that does not fail on it checks nothing.</summary>
internal sealed class BrokenDevice(InterpretedDevice device, Func<string, string> breakKernel) : KernelDevice
{
    public override string Name => device.Name;

    public override (long Total, long Free) Memory => device.Memory;

    public override int Multiprocessors => device.Multiprocessors;

    public override nint Allocate(string name, long bytes) => device.Allocate(name, bytes);

    public override void Free(nint address) => device.Free(address);

    public override void Clear(nint address, long bytes) => device.Clear(address, bytes);

    public override void CopyOnDevice(nint source, nint target, long bytes) => device.CopyOnDevice(source, target, bytes);

    public override void Upload(ReadOnlySpan<byte> source, nint target) => device.Upload(source, target);

    public override void Download(nint source, Span<byte> target) => device.Download(source, target);

    public override void Synchronize() => device.Synchronize();

    public override nint Load(string ptx, string entry) => device.Load(breakKernel(ptx), entry);

    public override void Launch(nint kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, ReadOnlySpan<KernelArgument> arguments) =>
        device.Launch(kernel, grid, threads, sharedBytes, arguments);

    public override void Dispose() => device.Dispose();
}
