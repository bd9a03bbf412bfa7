using BenchmarkDotNet.Attributes;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Memory-bound: forward 8 bytes an element, backward 12.</summary>
public class ReluBench : OperationBench
{
    private const int Columns = 4096;
    private Tensor x, y, dy, dx;

    /// <summary>Rows of 16 KiB: 1 MiB, which a cache holds, and 64 MiB, which it does not.</summary>
    [Params(64, 4096)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Setup() => (x, y, dy, dx) = (Random(Rows, Columns), Random(Rows, Columns), Random(Rows, Columns), Random(Rows, Columns));

    [Benchmark]
    public void Forward() => Ops.ReluForward(x, y);

    [Benchmark]
    public void Backward() => Ops.ReluBackward(dy, y, dx);

    public override Floor FloorOf(string method) => new(0, (method == nameof(Forward) ? 8.0 : 12.0) * Rows * Columns);
}
