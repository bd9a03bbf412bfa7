using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ILGPU;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Bench.Predictions;

/// <summary>A device that computes nothing and adds up how long the kernels that it is given would take at least.</summary>
/// <remarks>
/// A product takes the clocks of its tensor cores or of its shared memory, whichever are more, in whole turns of the multiprocessors, or the second cache's
/// time for the panels. Every other kernel takes memory's time for the tensors that it is given, each once; an output that it is given by its address alone
/// is as large as its largest tensor. Nothing is known of latencies and of what does not overlap: a GPU takes longer.
/// </remarks>
internal sealed class PredictingDevice(GpuModel gpu) : PlanningDevice(gpu.Multiprocessors, gpu.Shared)
{
    private const int DepthOfStep = 64; // places of bfloat16
    private readonly List<MethodInfo> methods = [];

    public override bool HasWarpgroups => gpu.Kernels != MatrixKernels.Mma;

    public override bool HasTensorMaps => gpu.Kernels == MatrixKernels.Tma;

    /// <summary>Launches, and the seconds of products and of everything else.</summary>
    public (int Launches, double Products, double Others) Total { get; private set; }

    /// <summary>Forgets what was launched.</summary>
    public void Reset() => Total = default;

    public override nint Load(MethodInfo kernel)
    {
        base.Load(kernel);
        methods.Add(kernel);
        return methods.Count;
    }

    public override void Launch(nint kernel, LaunchExtent grid, LaunchExtent threads, int sharedBytes, ReadOnlySpan<KernelArgument> arguments)
    {
        (int launches, double products, double others) = Total;
        double seconds = 0, largest = 0;
        bool isProduct = false, hasAddress = false;
        ParameterInfo[] parameters = methods[(int)kernel - 1].GetParameters();
        for (int i = 0; i < arguments.Length; i++)
        {
            ReadOnlySpan<byte> bytes = arguments[i].Span;
            Type type = parameters[i].ParameterType;
            if (type == typeof(ProductShape))
            {
                isProduct = true;
                seconds = Product(MemoryMarshal.Read<ProductShape>(bytes), (double)grid.X * grid.Y * grid.Z);
            }
            else if (type == typeof(long)) hasAddress = true;
            else if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ArrayView<>))
            {
                double size = MemoryMarshal.Read<long>(bytes[sizeof(long)..]) * SizeOf(type.GetGenericArguments()[0]);
                largest = Math.Max(largest, size);
                if (!isProduct) seconds += size / (gpu.Gigabytes * 1e9);
            }
        }

        if (hasAddress && !isProduct) seconds += largest / (gpu.Gigabytes * 1e9);
        Total = isProduct ? (launches + 1, products + seconds, others) : (launches + 1, products, others + seconds);
    }

    private double Product(ProductShape shape, double blocks)
    {
        const double panel = DepthOfStep * DepthOfStep * 2;
        double flops = 2.0 * shape.Down * shape.Across * DepthOfStep * DepthOfStep * DepthOfStep;

        // mma: each warp reads both its panels. wgmma: each group of four warps reads its rows and all columns; of a tile of one column of panels, turned, all rows.
        double read = gpu.Kernels == MatrixKernels.Mma ? 2.0 * shape.Down * shape.Across
            : shape.Across == 1 ? 1 + shape.Down : shape.Down * (1.0 + shape.Across);
        double copied = (shape.Down + shape.Across) * panel, clocks = Math.Max(flops / gpu.FlopsPerClock, ((read * panel) + copied) / GpuModel.SharedBytesPerClock);
        double turns = Math.Ceiling(blocks / gpu.Multiprocessors);
        return Math.Max(gpu.Seconds(turns * shape.StepsPerSplit * clocks), blocks * shape.StepsPerSplit * copied / (gpu.CacheGigabytes * 1e9));
    }

    private static int SizeOf(Type type) =>
        (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;
}
