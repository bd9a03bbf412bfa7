using BenchmarkDotNet.Attributes;
using NegSamples.Bench.Devices;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Compute-bound: 2·M·N·K FLOPs; 4·(M·K + K·N + M·N) bytes.</summary>
public class MatMulBench : PrecisionsBench
{
    private Tensor a, b, c;

    /// <summary>The cubes that libraries quote; a batch of anchors against a queue of keys; the projection head's layer.</summary>
    public static IEnumerable<Product> Shapes =>
        [.. BenchDevice.IsGpu ? new Product[] { new(8192, 8192, 8192), new(4096, 4096, 4096) } : [], new(2048, 2048, 2048), new(1024, 65536, 128), new(512, 512, 512)];

    [ParamsSource(nameof(Shapes))]
    public Product Shape { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        a = RandomActivations(Shape.M, Shape.K);
        b = RandomActivations(Shape.K, Shape.N);
        c = Activations(Shape.M, Shape.N);
    }

    [Benchmark]
    public void Forward() => Ops.MatMul(a, b, c);

    public override Floor FloorOf(string method) =>
        new(Shape.Flops, ActivationBytes * (((double)Shape.M * Shape.K) + ((double)Shape.K * Shape.N) + ((double)Shape.M * Shape.N)));
}

/// <summary>The sizes of a matrix product.</summary>
public readonly record struct Product(int M, int N, int K)
{
    public double Flops => 2.0 * M * N * K;

    public override string ToString() => $"{M} x {N} x {K}";
}
