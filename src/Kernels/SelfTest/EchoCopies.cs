using NegSamples.Kernels.Cuda;

namespace NegSamples.Kernels.SelfTest;

/// <summary>The exchange of <see cref="EchoRanks"/> on one GPU: copies of its own memory.</summary>
internal sealed class EchoCopies(KernelDevice device) : IDeviceCopies
{
    public string Name => "copies on one GPU";

    public void AllGather(nint all, long bytes) => device.CopyOnDevice(all, all + (nint)bytes, bytes);

    public void Exchange(nint send, nint receive, long bytes)
    {
        device.CopyOnDevice(send, receive, bytes);
        device.CopyOnDevice(send, receive + (nint)bytes, bytes);
    }
}
