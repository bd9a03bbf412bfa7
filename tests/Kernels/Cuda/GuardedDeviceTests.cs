using System.Runtime.InteropServices;
using ILGPU;
using NegSamples.Kernels.Cuda;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>Guarded zones find what is written beside a tensor, and NaN what is read there.</summary>
public class GuardedDeviceTests
{
    [Fact]
    public void AWriteBesideAPlaceIsToldOnce()
    {
        using GuardedDevice device = new(new InterpretedDevice());
        nint place = device.Allocate("place", 1000);
        Assert.Null(device.TakeFaults());
        device.Upload(new byte[4], place + 1000);
        device.Upload(new byte[4], place - 8);
        Assert.Equal("byte -8 of 'place' was written, which is none of its own; byte 1000 of 'place' was written, which is none of its own", device.TakeFaults());
        Assert.Null(device.TakeFaults());
        device.Upload(new byte[1], place + 1000 + 4096);
        device.Free(place);
        Assert.Contains("byte 5096 of 'place'", device.TakeFaults(), StringComparison.Ordinal);
    }

    /// <summary>Kernels that go one element too far, which the interpreter cannot see: the zone belongs to the same allocation.</summary>
    [Fact]
    public void AKernelThatGoesTooFarIsFound()
    {
        using GuardedDevice device = new(new InterpretedDevice());
        KernelLauncher launcher = new(device);
        nint from = device.AllocateWorkspace("from", 64 * sizeof(float)), to = device.Allocate("to", 64 * sizeof(float));
        device.Clear(from, 64 * sizeof(float));
        foreach ((int count, bool poisoned, bool told) in new[] { (64, false, false), (65, true, true) })
        {
            launcher.Launch(ShiftKernel, 1, 96, 0, new DeviceSpan(from, 64), new DeviceSpan(to, 64), count);
            Assert.Equal(told, device.TakeFaults() is not null);
            float[] values = new float[64];
            device.Download(to, MemoryMarshal.AsBytes(values.AsSpan()));
            Assert.Equal(poisoned, float.IsNaN(values[0])); // The last element, or the one behind it, in the first place.
        }
    }

    private static void ShiftKernel(ArrayView<float> from, ArrayView<float> to, int count)
    {
        int i = Group.IdxX;
        if (i > 0 && i < count) to[i] = 0;
        if (i == count - 1) to[0] = from[i];
    }
}
