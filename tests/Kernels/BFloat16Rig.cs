using NegSamples.Kernels;

namespace NegSamples.Tests.Kernels;

/// <summary>A CPU device of bfloat16 and random tensors whose numbers, rounded as the device rounds them, are known in float64.</summary>
internal sealed class BFloat16Rig : IDisposable
{
    private readonly Random random;
    private readonly HostArena memory;

    public BFloat16Rig(long numbers, int threads = 2, int seed = 7)
    {
        random = new Random(seed);
        Ops = new CpuOps(threads, Precision.BFloat16);
        memory = new HostArena(Ops, (numbers * sizeof(float)) + 65536);
    }

    public CpuOps Ops { get; }

    public Arena Arena => memory.Arena;

    public Tensor Take(ElementType type, params ReadOnlySpan<int> shape) => Arena.Take(type, shape);

    /// <summary>Numbers uniform in [-1, 1), rounded to the type.</summary>
    public Tensor Random(ElementType type, params ReadOnlySpan<int> shape) => Known(type, shape).Tensor;

    /// <summary>The same, and what is left of them in bfloat16.</summary>
    public (Tensor Tensor, double[] Rounded) Known(ElementType type, params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Arena.Take(type, shape);
        float[] numbers = [.. Enumerable.Range(0, (int)tensor.Count).Select(_ => (float)((random.NextDouble() * 2) - 1))];
        Ops.Upload<float>(numbers, tensor);
        return (tensor, [.. numbers.Select(number => (double)BFloat16.ToFloat(BFloat16.FromFloat(number)))]);
    }

    /// <summary>What a tensor holds.</summary>
    public float[] Floats(Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        Ops.Download<float>(tensor, values);
        return values;
    }

    public void Dispose()
    {
        memory.Dispose();
        Ops.Dispose();
    }
}
