using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.PtxInterpreter;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>The way from an operation to the driver's functions, on a driver that is emulated in this process.</summary>
[Collection("emulated driver")] // It has one state.
public class GpuDeviceTests
{
    [Fact]
    public void AnOperationRunsThroughTheDriver()
    {
        float[] x = [.. Enumerable.Range(-500, 1000).Select(i => i * 0.25f)];
        using (CudaOps ops = new(new GpuDevice(EmulatedDriver.Start()), Precision.Float32))
        {
            Assert.Contains("Emulated GPU, compute capability 9.0, driver for CUDA 12.8", ops.Description, StringComparison.Ordinal);
            using Arena arena = ops.CreateArena("test", 1 << 16);
            Tensor from = arena.Take(1000), to = arena.Take(1000), copy = arena.Take(1000);
            float[] zeros = new float[1000], result = new float[1000];
            ops.Download<float>(to, zeros);
            Assert.All(zeros, value => Assert.Equal(0, value)); // Memory starts as zeros.
            ops.Upload<float>(x, from);
            ops.Scale(from, 2, to);
            ops.Copy(to, copy);
            ops.Zero(to);
            ops.Download<float>(copy, result);
            Assert.Equal(x.Select(value => 2 * value), result);
            ops.Download<float>(to, result);
            Assert.Equal(zeros, result);
        }

        Assert.Empty(EmulatedDriver.Faults);
        Assert.Equal(1, EmulatedDriver.Launches);
        Assert.Equal(0, EmulatedDriver.Alive);
    }

    /// <summary>More uploads than slots, growing and shrinking, into a tensor that operations read in between: every operation sees its own upload.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void UploadsNeitherOvertakeNorFallBehindTheOperations(bool copiesAtOnce)
    {
        using CudaOps ops = new(new GpuDevice(EmulatedDriver.Start(copiesAtOnce: copiesAtOnce)), Precision.Float32);
        using Arena arena = ops.CreateArena("test", 1 << 20);
        const int Rounds = 9, Largest = 3000;
        Tensor x = arena.Take(Largest), results = arena.Take(Rounds, Largest);
        for (int round = 0; round < Rounds; round++)
        {
            int count = 1 + (round * 1234 % Largest);
            ops.Upload<float>([.. Enumerable.Repeat((float)round + 1, count)], x.Slice(0, count));
            ops.Scale(x.Slice(0, count), 1, results.Slice(round, 1).Reshape(Largest).Slice(0, count));
        }

        float[] values = new float[Rounds * Largest];
        ops.Download<float>(results, values);
        for (int round = 0; round < Rounds; round++)
            Assert.Equal(1 + (round * 1234 % Largest), values.AsSpan(round * Largest, Largest).Count(round + 1f));
        Assert.Empty(EmulatedDriver.Faults);
    }

    /// <summary>The threads that make the next batch need the cores; a driver that cannot be asked waits as it does.</summary>
    [Theory]
    [InlineData(null, 2)]
    [InlineData("cuDevicePrimaryCtxSetFlags_v2", 0)]
    public void AWaitYieldsItsCore(string? without, uint flags)
    {
        using CudaOps ops = new(new GpuDevice(EmulatedDriver.Start(without: without)), Precision.Float32);
        ops.Synchronize();
        Assert.Equal(flags, EmulatedDriver.ContextFlags);
        Assert.Empty(EmulatedDriver.Faults);
    }

    [Fact]
    public void OutOfMemorySaysWhoAskedForHowMuch()
    {
        using CudaOps ops = new(new GpuDevice(EmulatedDriver.Start(memoryBytes: 1 << 20)), Precision.Float32);
        using Arena small = ops.CreateArena("small", 1000);
        DeviceMemoryException exception = Assert.Throws<DeviceMemoryException>(() => ops.CreateArena("activations", 2 << 20));
        Assert.Contains("'activations' needs 2,097,152 bytes of GPU memory; 1,047,552 of 1,048,576 are free", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnOldGpuAndAnOldDriverAreRefusedInWords()
    {
        Assert.Contains("expected compute capability 8.0", Assert.Throws<DeviceException>(() => new GpuDevice(EmulatedDriver.Start(computeMajor: 7))).Message, StringComparison.Ordinal);
        Assert.Contains("the driver is for CUDA 11.4; expected CUDA 11.8", EmulatedDriver.Start(11040).Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void AModuleThatDoesNotLoadTellsTheAssemblersWords()
    {
        using GpuDevice device = new(EmulatedDriver.Start());
        Assert.Contains("does not load the kernel broken: CUDA_ERROR_EMULATED (218, as asked for)", Assert.Throws<DeviceException>(() => device.Load("nonsense", "broken")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ALaunchOutsideTheLimitsIsToldAtOnce()
    {
        using CudaOps ops = new(new GpuDevice(EmulatedDriver.Start()), Precision.Float32);
        using GpuDevice device = new(EmulatedDriver.Start());
        nint kernel = device.Load(((Action<ILGPU.ArrayView<float>>)OneKernel).Method);
        DeviceSpan span = new(device.Allocate("one", 4), 1);
        Assert.Throws<DeviceException>(() => device.Launch(kernel, 0, 32, 0, [span]));
        Assert.Throws<DeviceException>(() => device.Launch(kernel, 1, 32, 228 * 1024, [span]));
        device.Launch(kernel, 1, 32, 100 * 1024, [span]); // Beyond 48 KiB, which has to be asked for.
        Span<float> one = stackalloc float[1];
        device.Download(span.Address, System.Runtime.InteropServices.MemoryMarshal.AsBytes(one));
        Assert.Equal(1f, one[0]);
    }

    /// <summary>What is assembled for compute capability 9.0 runs on no later GPU either, and older drivers do not read it.</summary>
    [Theory]
    [InlineData(12080, 9, nameof(MatrixKernels.Wgmma))]
    [InlineData(12000, 9, nameof(MatrixKernels.Wgmma))]
    [InlineData(11080, 9, nameof(MatrixKernels.Mma))]
    [InlineData(12080, 8, nameof(MatrixKernels.Mma))]
    [InlineData(13000, 10, nameof(MatrixKernels.Mma))]
    public void WarpgroupsAreTakenWhereTheGpuAndItsDriverHaveThem(int version, int computeMajor, string expected)
    {
        using CudaOps ops = new(new GpuDevice(EmulatedDriver.Start(version, computeMajor)), Precision.BFloat16, MatrixKernels.Wgmma);
        Assert.Equal(expected, ops.MatrixKernels.ToString());
        Assert.EndsWith(expected == nameof(MatrixKernels.Wgmma) ? ", bf16, wgmma" : ", bf16", ops.Description, StringComparison.Ordinal);
    }

    /// <summary>Without the driver's word for matrices the copy engine has nothing to copy.</summary>
    [Theory]
    [InlineData(12080, null, nameof(MatrixKernels.Tma))]
    [InlineData(12080, "cuTensorMapEncodeTiled", nameof(MatrixKernels.Wgmma))]
    [InlineData(12080, "cuTensorMapEncodeIm2col", nameof(MatrixKernels.Wgmma))]
    [InlineData(11080, null, nameof(MatrixKernels.Mma))]
    public void TheCopyEngineIsTakenWhereTheDriverTellsItOfMatrices(int version, string? without, string expected)
    {
        using CudaOps ops = new(new GpuDevice(EmulatedDriver.Start(version, without: without)), Precision.BFloat16, MatrixKernels.Tma);
        Assert.Equal(expected, ops.MatrixKernels.ToString());
        Assert.Equal(expected switch { nameof(MatrixKernels.Tma) => 2, nameof(MatrixKernels.Wgmma) => 1, _ => 0 }, ops.OtherMatrixKernels.Count());
        const int Rows = 120, Columns = 250, Depth = 330; // A tile that is not full, and more steps of the depth than stages.
        ops.ProductTile = ops.ProductTiles.FirstOrDefault(tile => tile.Across == 4 && tile.Down == 2) is { Down: 2 } tile ? tile : null;
        using Arena arena = ops.CreateArena("product", 1 << 20);
        Tensor a = arena.Take(ElementType.BFloat16, Rows, Depth), b = arena.Take(ElementType.BFloat16, Columns, Depth), c = arena.Take(Rows, Columns);
        ops.Upload<float>([.. Enumerable.Range(0, Rows * Depth).Select(i => i % 5f)], a);
        ops.Upload<float>([.. Enumerable.Range(0, Columns * Depth).Select(i => i % 3f)], b);
        ops.MatMul(a, b, c, transposeB: true);
        float[] product = new float[Rows * Columns];
        ops.Download<float>(c, product);
        for (int i = 0; i < product.Length; i++)
            Assert.Equal(Enumerable.Range(0, Depth).Sum(k => ((i / Columns * Depth) + k) % 5f * (((i % Columns * Depth) + k) % 3f)), product[i]); // Whole numbers.
        Assert.Empty(EmulatedDriver.Faults);
    }

    private static void OneKernel(ILGPU.ArrayView<float> y)
    {
        if (ILGPU.Group.IdxX == 0) y[0] = 1f;
    }
}
