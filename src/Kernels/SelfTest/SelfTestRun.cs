using NegSamples.Kernels.Cuda.Peak;
using NegSamples.Kernels.Cuda.Products;

namespace NegSamples.Kernels.SelfTest;

/// <summary>One case on one device: hands out inputs, the same numbers on every device, and takes down what the operations wrote.</summary>
internal sealed class SelfTestRun : IDisposable
{
    private readonly ElementType activations;
    private readonly bool filled;
    private readonly List<Arena> arenas = [];
    private readonly List<Tensor> outputs = [];
    private uint inputs;

    /// <summary>Opens a case.</summary>
    /// <param name="ops">The device.</param>
    /// <param name="activations">The type that the device under test holds activations in: the inputs of both are rounded to it.</param>
    /// <param name="filled">False leaves the inputs zero, for a device that only takes down what it is asked for.</param>
    public SelfTestRun(Ops ops, ElementType activations, bool filled = true)
    {
        Ops = ops;
        this.activations = activations;
        this.filled = filled;
    }

    public Ops Ops { get; }

    /// <summary>Activations uniform in [-1, 1), rounded to the type under test, held in the device's own.</summary>
    public Tensor Input(params ReadOnlySpan<int> shape) => Fill(Take(Ops.ActivationType, shape), activations);

    /// <summary>Float32 numbers uniform in [-1, 1).</summary>
    public Tensor Numbers(params ReadOnlySpan<int> shape) => Fill(Take(ElementType.Float32, shape), ElementType.Float32);

    /// <summary>Float32 rows of unit length.</summary>
    public Tensor UnitRows(int rows, int columns)
    {
        Tensor tensor = Take(ElementType.Float32, [rows, columns]);
        if (!filled) return tensor;
        float[] values = Values(tensor);
        for (int row = 0; row < rows; row++)
        {
            Span<float> numbers = values.AsSpan(row * columns, columns);
            double squares = 0;
            foreach (float number in numbers) squares += (double)number * number;
            foreach (ref float number in numbers) number = (float)(number / Math.Sqrt(squares));
        }

        Ops.Upload<float>(values, tensor);
        return tensor;
    }

    /// <summary>Integers 0 to one below the limit.</summary>
    public Tensor Integers(int limit, params ReadOnlySpan<int> shape)
    {
        Tensor tensor = Take(ElementType.Int32, shape);
        if (!filled) return tensor;
        int[] values = new int[tensor.Count];
        Philox random = Stream();
        for (int i = 0; i < values.Length; i++) values[i] = (int)(random.Bits((uint)i) % (uint)limit);
        Ops.Upload<int>(values, tensor);
        return tensor;
    }

    /// <summary>Random bytes.</summary>
    public Tensor Pixels(int count)
    {
        Tensor tensor = Take(ElementType.UInt8, [count]);
        if (!filled) return tensor;
        byte[] values = new byte[count];
        Philox random = Stream();
        for (int i = 0; i < count; i++) values[i] = (byte)random.Bits((uint)i);
        Ops.Upload<byte>(values, tensor);
        return tensor;
    }

    /// <summary>A result in the device's type of activations, compared afterwards.</summary>
    public Tensor Output(params ReadOnlySpan<int> shape) => Compare(Take(Ops.ActivationType, shape));

    /// <summary>A float32 result, compared afterwards.</summary>
    public Tensor Result(params ReadOnlySpan<int> shape) => Compare(Take(ElementType.Float32, shape));

    /// <summary>An integer result, compared afterwards.</summary>
    public Tensor Places(params ReadOnlySpan<int> shape) => Compare(Take(ElementType.Int32, shape));

    /// <summary>Compares a tensor that is an input too, such as weights after a step.</summary>
    public Tensor Compare(Tensor tensor)
    {
        outputs.Add(tensor);
        return tensor;
    }

    /// <summary>Spreads the operations over two ranks, until the result is disposed, of which the other has the same numbers.</summary>
    public IDisposable TwoRanks() => new RanksOfCase(Ops);

    /// <summary>Cuts all products on a GPU into this tile, until the result is disposed.</summary>
    public IDisposable InTile(TileShape tile) => new TileOfCase(Ops as CudaOps, tile);

    /// <summary>Compares what the kernel behind <see cref="CudaOps.MeasurePeak"/> adds up with the number of ones that it was given.</summary>
    public void CompareOnes()
    {
        const int Blocks = 2, Ones = 128 * 64 * 3; // three rounds of warpgroups, and whole rounds of the others
        Tensor sums = Result(Blocks * PeakKernels.Threads);
        if (Ops is CudaOps gpu) gpu.Multiply(sums.DeviceAddress, Blocks, (int)(Ones / gpu.PeakOf(gpu.Precision).Added), gpu.Precision);
        else Ops.Upload<float>([.. Enumerable.Repeat((float)Ones, (int)sums.Count)], sums);
    }

    public Arena Arena(long bytes)
    {
        Arena arena = Ops.CreateArena("self-test", bytes);
        arenas.Add(arena);
        return arena;
    }

    /// <summary>The numbers of a tensor, as they stand now.</summary>
    public float[] NumbersOf(Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        Ops.Download<float>(tensor, values);
        return values;
    }

    /// <summary>Everything to compare, as it stands now.</summary>
    public float[][] Download() => [.. outputs.Select(tensor =>
    {
        if (tensor.Type != ElementType.Int32) return NumbersOf(tensor);
        int[] places = new int[tensor.Count];
        Ops.Download<int>(tensor, places);
        return Array.ConvertAll(places, place => (float)place);
    })];

    public void Dispose()
    {
        foreach (Arena arena in arenas) arena.Dispose();
    }

    private Tensor Take(ElementType type, ReadOnlySpan<int> shape)
    {
        long count = 1;
        foreach (int axis in shape) count *= axis;
        return Arena(NegSamples.Kernels.Arena.BytesFor(type, count)).Take(type, shape);
    }

    private Tensor Fill(Tensor tensor, ElementType rounded)
    {
        if (!filled) return tensor;
        float[] values = Values(tensor);
        if (rounded == ElementType.BFloat16)
            foreach (ref float value in values.AsSpan()) value = BFloat16.ToFloat(BFloat16.FromFloat(value));
        Ops.Upload<float>(values, tensor);
        return tensor;
    }

    private float[] Values(Tensor tensor)
    {
        float[] values = new float[tensor.Count];
        Philox random = Stream();
        Span<uint> draws = stackalloc uint[Philox.DrawsAtOnce];
        for (int start = 0; start < values.Length; start += draws.Length)
        {
            random.Draws((uint)start / 4, draws);
            Span<float> some = values.AsSpan(start, Math.Min(draws.Length, values.Length - start));
            for (int i = 0; i < some.Length; i++) some[i] = (2 * Philox.UniformOf(draws[i])) - 1;
        }

        return values;
    }

    private Philox Stream() => new(1, RandomPurpose.MeasuredRows, 1, inputs++);

    private sealed class TileOfCase : IDisposable
    {
        private readonly CudaOps? gpu;

        public TileOfCase(CudaOps? gpu, TileShape tile)
        {
            this.gpu = gpu;
            if (gpu is not null) gpu.ProductTile = tile;
        }

        public void Dispose()
        {
            if (gpu is not null) gpu.ProductTile = null;
        }
    }

    private sealed class RanksOfCase : IDisposable
    {
        private readonly Ops ops;
        private readonly Collective before;

        public RanksOfCase(Ops ops)
        {
            (this.ops, before) = (ops, ops.Collective);
            if (ops is CudaOps gpu) gpu.JoinEcho();
            else ops.Collective = new EchoRanks();
        }

        public void Dispose()
        {
            ops.Collective.Dispose();
            ops.Collective = before;
        }
    }
}
