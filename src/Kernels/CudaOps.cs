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

    internal CudaOps(KernelDevice device, Precision precision)
    {
        this.device = device;
        Precision = precision;
        launcher = new KernelLauncher(device);
        scratch = new DeviceScratch(device);
        products = new ProductLauncher(device, launcher, scratch, precision);
        pairs = new PairLauncher(launcher, scratch, precision);
        segmentTable = new SegmentTable(device, scratch);
    }

    /// <summary>What the matrix-shaped kernels compute with.</summary>
    public Precision Precision { get; }

    /// <inheritdoc/>
    public override ElementType ActivationType => Precision == Precision.BFloat16 ? ElementType.BFloat16 : ElementType.Float32;

    /// <inheritdoc/>
    public override string Description => $"{device.Name}, {PrecisionNames.Of(Precision)}";

    /// <inheritdoc/>
    public override long WorkspaceBytes => scratch.Bytes;

    /// <inheritdoc/>
    public override Arena CreateArena(string name, long bytes) => Arena.OnDevice(this, name, bytes, device);

    /// <inheritdoc/>
    public override void Upload<T>(ReadOnlySpan<T> source, Tensor target)
    {
        if (typeof(T) == typeof(float) && target.Type == ElementType.BFloat16)
        {
            // Rare: views and activations are made on the device.
            ushort[] rounded = new ushort[source.Length];
            ReadOnlySpan<float> floats = MemoryMarshal.Cast<T, float>(source);
            for (int i = 0; i < rounded.Length; i++) rounded[i] = BFloat16.FromFloat(floats[i]);
            CheckHost(target, source.Length, ElementType.BFloat16);
            device.Upload(MemoryMarshal.AsBytes<ushort>(rounded), target.DeviceAddress);
            return;
        }

        CheckHost(target, source.Length, ElementTypes.Of<T>());
        device.Upload(MemoryMarshal.AsBytes(source), target.DeviceAddress);
    }

    /// <inheritdoc/>
    public override void Download<T>(Tensor source, Span<T> target)
    {
        if (typeof(T) == typeof(float) && source.Type == ElementType.BFloat16)
        {
            CheckHost(source, target.Length, ElementType.BFloat16);
            ushort[] stored = new ushort[target.Length];
            device.Download(source.DeviceAddress, MemoryMarshal.AsBytes(stored.AsSpan()));
            Span<float> floats = MemoryMarshal.Cast<T, float>(target);
            for (int i = 0; i < stored.Length; i++) floats[i] = BFloat16.ToFloat(stored[i]);
            return;
        }

        CheckHost(source, target.Length, ElementTypes.Of<T>());
        device.Download(source.DeviceAddress, MemoryMarshal.AsBytes(target));
    }

    /// <inheritdoc/>
    public override void Zero(Tensor x)
    {
        device.Clear(x.DeviceAddress, x.Count * ElementTypes.SizeOf(x.Type));
    }

    /// <inheritdoc/>
    public override void Copy(Tensor x, Tensor y)
    {
        Check.SameShape(x, y);
        device.CopyOnDevice(x.DeviceAddress, y.DeviceAddress, x.Count * ElementTypes.SizeOf(x.Type));
    }

    /// <inheritdoc/>
    public override void Synchronize() => device.Synchronize();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing) return;
        scratch.Dispose();
        device.Dispose();
    }

    private void Launch(Delegate kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, params ReadOnlySpan<KernelArgument> arguments) =>
        launcher.Launch(kernel, grid, threads, sharedBytes, arguments);

    private static void CheckHost(Tensor tensor, int length, ElementType type)
    {
        Check.Type(tensor, type);
        if (tensor.Count != length) throw new ArgumentException($"The host side has {length} elements; expected {tensor.Count} as in {tensor}.");
    }
}
