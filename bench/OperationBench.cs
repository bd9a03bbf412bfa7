using BenchmarkDotNet.Attributes;
using NegSamples.Bench.Devices;
using NegSamples.Kernels;
using NegSamples.Kernels.Cpu;

namespace NegSamples.Bench;

/// <summary>One operation's benchmark: its device, its tensors and the floor of each of its methods.</summary>
public abstract class OperationBench
{
    /// <summary>The category of benchmarks that run only where they are asked for.</summary>
    public const string Explicit = "explicit";

    private readonly List<Arena> arenas = [];
    private readonly Random random = new(1);
    private Ops? ops;

    /// <summary>The benchmark that has its device open; null between two.</summary>
    internal static OperationBench? Running { get; private set; }

    /// <summary>Bytes of the tensors and of the operations' workspace.</summary>
    internal virtual long DeviceBytes => arenas.Sum(arena => arena.Capacity) + (ops?.WorkspaceBytes ?? 0);

    /// <summary>The device that the run has chosen.</summary>
    protected Ops Ops
    {
        get
        {
            if (ops is not null) return ops;
            (ops, Running) = (BenchDevice.Open(Precision), this);
            StreamClock.Gpu = ops as CudaOps;
            return ops;
        }
    }

    /// <summary>What the device computes in.</summary>
    public virtual Precision Precision { get; set; } = Precision.Float32;

    /// <summary>The least that one call of a benchmark method must do. Called on an instance whose parameters are set, without its set-up.</summary>
    public abstract Floor FloorOf(string method);

    /// <summary>Frees the device and all tensors, and looks at a CPU's peak once more.</summary>
    [GlobalCleanup]
    public virtual void Free()
    {
        foreach (Arena arena in arenas) arena.Dispose();
        arenas.Clear();
        (StreamClock.Gpu, Running) = (null, null);
        ops?.Dispose();
        ops = null;
        if (!BenchDevice.IsGpu) MachinePeak.Refresh();
    }

    /// <summary>A tensor of numbers spread evenly over −1 to 1, the same in every run.</summary>
    protected Tensor Random(params ReadOnlySpan<int> shape) => Random(ElementType.Float32, shape);

    /// <summary>Such numbers in the type that the device holds activations in.</summary>
    protected Tensor RandomActivations(params ReadOnlySpan<int> shape) => Random(Ops.ActivationType, shape);

    /// <summary>A tensor of indices.</summary>
    protected Tensor Indices(ReadOnlySpan<int> values, params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Zeros(ElementType.Int32, shape);
        Ops.Upload(values, tensor);
        return tensor;
    }

    /// <summary>Zeros in the type that the device holds activations in.</summary>
    protected Tensor Activations(params ReadOnlySpan<int> shape) => Zeros(Ops.ActivationType, shape);

    /// <summary>The indices of two views of so many samples.</summary>
    protected TwoViews TwoViewsOf(int samples)
    {
        Arena arena = Ops.CreateArena("indices", TwoViews.BytesFor(samples));
        arenas.Add(arena);
        return new TwoViews(arena, samples);
    }

    /// <summary>The indices of several views of so many samples.</summary>
    protected ManyViews ManyViewsOf(int samples, int views)
    {
        Arena arena = Ops.CreateArena("indices", ManyViews.BytesFor(samples, views));
        arenas.Add(arena);
        return new ManyViews(arena, samples, views);
    }

    /// <summary>A float32 tensor of zeros.</summary>
    protected Tensor Zeros(params ReadOnlySpan<int> shape) => Zeros(ElementType.Float32, shape);

    /// <summary>A tensor of zeros.</summary>
    protected Tensor Zeros(ElementType type, params ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int axis in shape) count *= axis;
        Arena arena = Ops.CreateArena("benchmark", Arena.BytesFor(type, count));
        arenas.Add(arena);
        return arena.Take(type, shape);
    }

    private Tensor Random(ElementType type, ReadOnlySpan<int> shape)
    {
        Tensor tensor = Zeros(type, shape);
        float[] values = new float[tensor.Count];
        foreach (ref float value in values.AsSpan()) value = (2 * random.NextSingle()) - 1;
        Ops.Upload<float>(values, tensor);
        return tensor;
    }
}

/// <summary>The benchmark of an operation that is run in every precision of the device.</summary>
public abstract class PrecisionsBench : OperationBench
{
    /// <summary>Those of the device.</summary>
    public IEnumerable<Precision> Precisions => BenchDevice.Precisions;

    /// <inheritdoc/>
    [ParamsSource(nameof(Precisions))]
    public override Precision Precision { get; set; }

    /// <summary>Bytes of an activation.</summary>
    protected double ActivationBytes => Precision == Precision.BFloat16 ? sizeof(ushort) : sizeof(float);
}
