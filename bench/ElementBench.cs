using BenchmarkDotNet.Attributes;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Memory-bound: the product with a number 8 bytes an element, the moving average 12.</summary>
public class ElementBench : OperationBench
{
    private Tensor x, y;

    /// <summary>256 KiB, which a cache holds, and about ResNet-18's parameters, which it does not.</summary>
    [Params(1 << 16, 11_173_962)]
    public int Count { get; set; }

    [GlobalSetup]
    public void Setup() => (x, y) = (Random(Count), Random(Count));

    [Benchmark]
    public void Scale() => Ops.Scale(x, 0.3f, y);

    [Benchmark]
    public void MovingAverage() => Ops.MovingAverage(x, 0.001f, y);

    public override Floor FloorOf(string method) => new(0, (method == nameof(Scale) ? 8.0 : 12.0) * Count);
}
