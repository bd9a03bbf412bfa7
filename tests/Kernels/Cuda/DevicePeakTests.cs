using NegSamples.Kernels;
using NegSamples.Kernels.Cuda.Peak;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>The roofs that doctor and similarity print come from the device's own work.</summary>
public class DevicePeakTests
{
    [Theory]
    [InlineData(Precision.BFloat16, "BFloat16Kernel", 4096)]
    [InlineData(Precision.TensorFloat32, "TensorFloat32Kernel", 2048)]
    [InlineData(Precision.Float32, "Float32Kernel", 64)]
    public void ThePeakIsWhatTheDeviceMultiplies(Precision precision, string kernel, int flopsOfInstruction)
    {
        using CudaRig rig = new(precision, multiprocessors: 1);
        DevicePeak peak = rig.Ops.MeasurePeak(leastSeconds: 0, copiedBytes: 1 << 20);
        Assert.InRange(peak.Gflops, 1e-9, 1e6);
        Assert.InRange(peak.GigabytesPerSecond, 1e-9, 1e6);
        Assert.All(rig.Device.Launches, launch => Assert.Equal(kernel, launch.Kernel.Name));

        // The FLOPs that are counted are those of the text's own instructions.
        string name = precision == Precision.Float32 ? "fma.rn.f32" : "mma.sync";
        long lanes = rig.Device.Reports[^1].Lines.Where(line => line.Text.StartsWith(name, StringComparison.Ordinal)).Sum(line => line.Threads);
        const int Rounds = 16, Threads = 4 * PeakKernels.Threads;
        Assert.Equal(lanes / 32.0 * flopsOfInstruction, PeakKernels.Of(precision).Flops * Rounds * Threads);
    }

    /// <summary>A warpgroup's instruction is 64 x 256 x 16 products, of which a thread has a 128th.</summary>
    [Fact]
    public void ThePeakOfWarpgroupsIsWhatTheyMultiply()
    {
        using CudaRig rig = new(Precision.BFloat16, multiprocessors: 1, kernels: MatrixKernels.Wgmma);
        Assert.InRange(rig.Ops.MeasurePeak(leastSeconds: 0, copiedBytes: 1 << 20).Gflops, 1e-9, 1e6);
        Assert.All(rig.Device.Launches, launch => Assert.Equal("WarpgroupKernel", launch.Kernel.Name));
        long lanes = rig.Device.Reports[^1].Lines.Where(line => line.Text.StartsWith("wgmma.mma_async", StringComparison.Ordinal)).Sum(line => line.Threads);
        const int Rounds = 16, Threads = 4 * PeakKernels.Threads;
        Assert.Equal(lanes / 128.0 * 2 * 64 * 256 * 16, PeakKernels.OfWarpgroups.Flops * Rounds * Threads);

        Tensor sums = rig.Unwritten(PeakKernels.Threads);
        rig.Ops.Multiply(sums.DeviceAddress, 1, 3, Precision.BFloat16);
        float[] stored = new float[PeakKernels.Threads];
        rig.Ops.Download<float>(sums, stored);
        Assert.All(stored, sum => Assert.Equal(3 * PeakKernels.OfWarpgroups.Added, sum)); // Ones times ones.
    }
}
