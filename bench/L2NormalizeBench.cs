using BenchmarkDotNet.Attributes;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Memory-bound: forward 12·N·D bytes, backward 20·N·D (dy and y twice each, dx once). Sizes up to a few MiB stay in the cache and may pass the
/// memory's roof.</summary>
public class L2NormalizeBench : OperationBench
{
    private const int Dimension = 128;
    private Tensor x, y, scale, dy, dx;

    /// <summary>A small and SimCLR's largest batch, two views each; and one beyond the caches.</summary>
    [Params(512, 8192, 131072)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        (x, y, dy, dx) = (Random(Rows, Dimension), Random(Rows, Dimension), Random(Rows, Dimension), Random(Rows, Dimension));
        scale = Zeros(Rows, 1);
        Forward();
    }

    [Benchmark]
    public void Forward() => Ops.L2NormalizeForward(x, y, scale);

    [Benchmark]
    public void Backward() => Ops.L2NormalizeBackward(dy, y, scale, dx);

    public override Floor FloorOf(string method) => new(0, (method == nameof(Forward) ? 12.0 : 20.0) * Rows * Dimension);
}
