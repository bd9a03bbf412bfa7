using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.PtxInterpreter;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>CUDA operations on the interpreter: every tensor in an allocation of its own, so that an access beside it is found.</summary>
internal sealed class CudaRig : IDisposable
{
    private readonly List<Arena> arenas = [];
    private readonly Random random = new(7);

    public CudaRig(
        Precision precision = Precision.Float32, bool failOnFindings = true, Func<string, string>? edit = null, int multiprocessors = 4,
        SharedMemoryLimits? limits = null, MatrixKernels kernels = MatrixKernels.Mma, float leastTemperature = 0)
    {
        Device = new InterpretedDevice { FailOnFindings = failOnFindings, Edit = edit, Processors = multiprocessors, Limits = limits ?? SharedMemoryLimits.Hopper };
        Ops = new CudaOps(Device, precision, kernels) { LeastTemperatureInBFloat16 = leastTemperature }; // The kernels of bfloat16 at any, unless a test asks.
    }

    public InterpretedDevice Device { get; }

    public CudaOps Ops { get; }

    /// <summary>A tensor that holds NaN in every element, or all bits as integers, until something writes it.</summary>
    public Tensor Unwritten(ElementType type, params ReadOnlySpan<int> shape) => Place(type, shape, 0xFF);

    public Tensor Unwritten(params ReadOnlySpan<int> shape) => Place(ElementType.Float32, shape, 0xFF);

    public Tensor Zeros(params ReadOnlySpan<int> shape) => Place(ElementType.Float32, shape, 0);

    public Tensor Of(ReadOnlySpan<float> values, ElementType type, params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Place(type, shape, 0);
        Ops.Upload(values, tensor);
        return tensor;
    }

    public Tensor Of(ReadOnlySpan<int> values, params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Place(ElementType.Int32, shape, 0);
        Ops.Upload(values, tensor);
        return tensor;
    }

    /// <summary>A copy of a tensor of another device, in float32 or rounded to bfloat16.</summary>
    public Tensor Like(Tensor host, ElementType type = ElementType.Float32)
    {
        Span<int> shape = [host[0], host[1], host[2], host[3]];
        return Of(host.Floats, type, shape[..host.Rank]);
    }

    /// <summary>Numbers uniform in [-1, 1), rounded to the type.</summary>
    public Tensor Random(ElementType type, params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Place(type, shape, 0);
        float[] values = new float[tensor.Count];
        foreach (ref float value in values.AsSpan()) value = (float)((random.NextDouble() * 2) - 1);
        Ops.Upload<float>(values, tensor);
        return tensor;
    }

    public Tensor Random(params ReadOnlySpan<int> shape) => Random(ElementType.Float32, shape);

    /// <summary>The numbers as the device holds them, exact also for bfloat16.</summary>
    public float[] Floats(Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        Ops.Download<float>(tensor, values);
        return values;
    }

    public double[] Doubles(Tensor tensor) => Array.ConvertAll(Floats(tensor), value => (double)value);

    public int[] Ints(Tensor tensor)
    {
        int[] values = new int[tensor.Count];
        Ops.Download<int>(tensor, values);
        return values;
    }

    public void Dispose()
    {
        foreach (Arena arena in arenas) arena.Dispose();
        Ops.Dispose();
    }

    private Tensor Place(ElementType type, ReadOnlySpan<int> shape, byte fill)
    {
        long count = 1;
        foreach (int axis in shape) count *= axis;
        Arena arena = Arena.OnDevice(Ops, $"tensor {arenas.Count}", Device.Allocate($"tensor {arenas.Count} {type}[{string.Join(", ", shape.ToArray())}]", count * ElementTypes.SizeOf(type), fill));
        arenas.Add(arena);
        return new Tensor(arena, 0, type, shape);
    }
}
