using BenchmarkDotNet.Attributes;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Memory-bound. Max pooling: x once, y and the winners once; backward: dy and winners once, dx once. Mean over pixels: x or dx once, y
/// once.</summary>
public class PoolBench : OperationBench
{
    private const int Batch = 32, Channels = 64, Side = 112, PooledSide = 56; // the stem for images of 224 x 224
    private const int LastChannels = 2048, LastSide = 7;
    private const double Full = (double)Batch * Side * Side * Channels, Pooled = (double)Batch * PooledSide * PooledSide * Channels;
    private const double Last = (double)Batch * LastSide * LastSide * LastChannels, Mean = (double)Batch * LastChannels;
    private Tensor x, y, winner, dy, dx, last, mean, dlast;

    [GlobalSetup]
    public void Setup()
    {
        (x, dx) = (Random(Batch, Side, Side, Channels), Random(Batch, Side, Side, Channels));
        (y, dy) = (Random(Batch, PooledSide, PooledSide, Channels), Random(Batch, PooledSide, PooledSide, Channels));
        winner = Zeros(ElementType.Int32, Batch, PooledSide, PooledSide, Channels);
        (last, dlast, mean) = (Random(Batch, LastSide, LastSide, LastChannels), Random(Batch, LastSide, LastSide, LastChannels), Random(Batch, LastChannels));
        MaxForward();
    }

    [Benchmark]
    public void MaxForward() => Ops.MaxPoolForward(x, y, winner, 3, 2, 1);

    [Benchmark]
    public void MaxBackward() => Ops.MaxPoolBackward(dy, winner, dx, 3, 2, 1);

    [Benchmark]
    public void MeanForward() => Ops.GlobalAveragePoolForward(last, mean);

    [Benchmark]
    public void MeanBackward() => Ops.GlobalAveragePoolBackward(mean, dlast);

    public override Floor FloorOf(string method) => new(0, 4 * (method.StartsWith("Max", StringComparison.Ordinal) ? Full + (2 * Pooled) : Last + Mean), Batch);
}
