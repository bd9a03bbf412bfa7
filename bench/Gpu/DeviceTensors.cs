using System.Runtime.InteropServices;
using NegSamples.Kernels;

namespace NegSamples.Bench.Gpu;

/// <summary>A device with the tensors of one case; disposing gives all of it back.</summary>
internal sealed class DeviceTensors(Ops ops) : IDisposable
{
    private readonly List<Arena> arenas = [];
    private readonly List<IDisposable> owned = [];
    private readonly Random random = new(1);
    private long ownedBytes;

    public Ops Ops { get; } = ops;

    /// <summary>Bytes of the tensors and of the operations' workspace.</summary>
    public long Bytes => arenas.Sum(arena => arena.Capacity) + ownedBytes + Ops.WorkspaceBytes;

    public Tensor Zeros(ElementType type, params ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int axis in shape) count *= axis;
        Arena arena = Ops.CreateArena("benchmark", Arena.BytesFor(type, count));
        arenas.Add(arena);
        return arena.Take(type, shape);
    }

    public Tensor Zeros(params ReadOnlySpan<int> shape) => Zeros(ElementType.Float32, shape);

    /// <summary>Activations without values yet.</summary>
    public Tensor Activations(params ReadOnlySpan<int> shape) => Zeros(Ops.ActivationType, shape);

    /// <summary>Numbers spread evenly over −1 to 1: zeros would let a GPU clock higher than work does.</summary>
    public Tensor Random(ElementType type, params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Zeros(type, shape);
        float[] values = new float[tensor.Count];
        foreach (ref float value in values.AsSpan()) value = (2 * random.NextSingle()) - 1;
        Ops.Upload<float>(values, tensor);
        return tensor;
    }

    public Tensor Random(params ReadOnlySpan<int> shape) => Random(ElementType.Float32, shape);

    /// <summary>Rows of length 1.</summary>
    public Tensor Units(int rows, int dimension)
    {
        Tensor z = Random(rows, dimension), result = Zeros(rows, dimension);
        Ops.L2NormalizeForward(z, result, Zeros(rows, 1));
        return result;
    }

    /// <summary>0, 1, 2, ... as int32.</summary>
    public Tensor Counting(int count)
    {
        Tensor tensor = Zeros(ElementType.Int32, count);
        Ops.Upload<int>(CollectionsMarshal.AsSpan(Enumerable.Range(0, count).ToList()), tensor);
        return tensor;
    }

    /// <summary>The indices of two views of so many samples.</summary>
    public TwoViews Views(int samples)
    {
        Arena arena = Ops.CreateArena("indices", TwoViews.BytesFor(samples));
        arenas.Add(arena);
        return new TwoViews(arena, samples);
    }

    /// <summary>Takes charge of something that holds device memory.</summary>
    public void Own(IDisposable what, long bytes)
    {
        owned.Add(what);
        ownedBytes += bytes;
    }

    public void Dispose()
    {
        foreach (IDisposable what in owned) what.Dispose();
        foreach (Arena arena in arenas) arena.Dispose();
        Ops.Dispose();
    }
}
