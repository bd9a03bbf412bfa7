using System.Runtime.InteropServices;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Optimizers;
using NegSamples.Kernels.Cuda.Pairs;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels;

/// <summary>The operations on a CUDA GPU: kernels written in C#, compiled to PTX by ILGPU, loaded and launched through the driver.</summary>
public sealed partial class CudaOps : Ops
{
    private readonly KernelDevice device;
    private readonly KernelLauncher launcher;
    private readonly DeviceScratch scratch;
    private readonly ProductLauncher products;
    private readonly PairLauncher pairs;
    private readonly SegmentTable segmentTable;

    internal CudaOps(KernelDevice device, Precision precision, MatrixKernels matrixKernels = MatrixKernels.Mma)
    {
        this.device = device;
        Precision = precision;
        MatrixKernels = Available(matrixKernels);
        launcher = new KernelLauncher(device);
        scratch = new DeviceScratch(device);
        products = new ProductLauncher(device, launcher, scratch, precision, MatrixKernels);
        pairs = new PairLauncher(device, launcher, scratch, MatrixKernels);
        segmentTable = new SegmentTable(device, scratch);
    }

    /// <summary>What the matrix-shaped kernels compute with.</summary>
    public Precision Precision { get; }

    /// <summary>The kernels that the GPU has beside <see cref="MatrixKernels.Mma"/>, which are only taken where they are asked for.</summary>
    internal IEnumerable<MatrixKernels> OtherMatrixKernels =>
        Enum.GetValues<MatrixKernels>().Where(kernels => kernels != MatrixKernels.Mma && Available(kernels) == kernels);

    /// <summary>What the matrix-shaped kernels in bfloat16 are made of: what was asked for, where the GPU has it.</summary>
    internal MatrixKernels MatrixKernels { get; }

    /// <summary>The tiles that products are cut into here.</summary>
    internal IReadOnlyList<TileShape> ProductTiles => products.Tiles;

    /// <summary>Cuts all products into one tile, or each into what suits it: a self-test runs every tile on few numbers.</summary>
    internal TileShape? ProductTile
    {
        set => products.Tile = value;
    }

    /// <inheritdoc/>
    public override ElementType ActivationType => Precision == Precision.BFloat16 ? ElementType.BFloat16 : ElementType.Float32;

    /// <inheritdoc/>
    public override string Description =>
        $"{device.Name}, {PrecisionNames.Of(Precision)}{(InWarpgroups(Precision) ? $", {MatrixKernelNames.Of(MatrixKernels)}" : "")}";

    /// <inheritdoc/>
    public override bool HoldsNumbers => device is not PlanningDevice;

    /// <inheritdoc/>
    public override long WorkspaceBytes => scratch.Bytes;

    /// <inheritdoc/>
    public override Arena CreateArena(string name, long bytes) => Arena.OnDevice(this, name, bytes, device);

    /// <inheritdoc/>
    private protected override void UploadCore<T>(ReadOnlySpan<T> source, Tensor target)
    {
        if (typeof(T) == typeof(float) && target.Type == ElementType.BFloat16)
        {
            // Rare: views and activations are made on the device.
            ushort[] rounded = new ushort[source.Length];
            ReadOnlySpan<float> floats = MemoryMarshal.Cast<T, float>(source);
            for (int i = 0; i < rounded.Length; i++) rounded[i] = BFloat16.FromFloat(floats[i]);
            device.Upload(MemoryMarshal.AsBytes<ushort>(rounded), target.DeviceAddress);
            return;
        }

        device.Upload(MemoryMarshal.AsBytes(source), target.DeviceAddress);
    }

    /// <inheritdoc/>
    private protected override void DownloadCore<T>(Tensor source, Span<T> target)
    {
        if (typeof(T) == typeof(float) && source.Type == ElementType.BFloat16)
        {
            ushort[] stored = new ushort[target.Length];
            device.Download(source.DeviceAddress, MemoryMarshal.AsBytes(stored.AsSpan()));
            Span<float> floats = MemoryMarshal.Cast<T, float>(target);
            for (int i = 0; i < stored.Length; i++) floats[i] = BFloat16.ToFloat(stored[i]);
            return;
        }

        device.Download(source.DeviceAddress, MemoryMarshal.AsBytes(target));
    }

    /// <inheritdoc/>
    private protected override void ZeroCore(Tensor x) => device.Clear(x.DeviceAddress, x.Count * ElementTypes.SizeOf(x.Type));

    /// <inheritdoc/>
    private protected override void CopyCore(Tensor x, Tensor y) =>
        device.CopyOnDevice(x.DeviceAddress, y.DeviceAddress, x.Count * ElementTypes.SizeOf(x.Type));

    /// <inheritdoc/>
    public override void Synchronize() => device.Synchronize();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        exchange?.Dispose();
        scratch.Dispose();
        device.Dispose();
    }

    private void Launch(Delegate kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, params ReadOnlySpan<KernelArgument> arguments) =>
        launcher.Launch(kernel, grid, threads, sharedBytes, arguments);

    private MatrixKernels Available(MatrixKernels asked) =>
        !device.HasWarpgroups ? MatrixKernels.Mma : asked == MatrixKernels.Tma && !device.HasTensorMaps ? MatrixKernels.Wgmma : asked;

    private protected override string? Unreachable(Tensor tensor) =>
        tensor.Arena.DeviceAddress == 0 || tensor.Arena.Ops != this ? $"is {tensor} in other memory or disposed; expected memory of {Description}." : null;
}
