using BenchmarkDotNet.Attributes;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Memory-bound: SGD 20 bytes a parameter, LARC 28 (parameters and gradients twice, for the norms), AdamW 28.</summary>
public class OptimizerBench : OperationBench
{
    private const int Count = 11_173_962 / 16 * 16; // about ResNet-18's
    private const int Segments = 62;
    private readonly ParameterSegment[] segments = Enumerable.Range(0, Segments)
        .Select(i => new ParameterSegment(i * (Count / Segments), Count / Segments, i % 3 == 0)).ToArray();
    private Tensor parameters, gradients, first, second;
    private int step;

    [GlobalSetup]
    public void Setup() => (parameters, gradients, first, second) = (Random(Count), Random(Count), Zeros(Count), Zeros(Count));

    [Benchmark]
    public void Sgd() => Ops.SgdStep(parameters, gradients, first, segments, 1e-6f, 0.9f, 1e-4f, false);

    [Benchmark]
    public void Larc() => Ops.LarcStep(parameters, gradients, first, segments, 1e-6f, 0.9f, 1e-4f);

    [Benchmark]
    public void AdamW() => Ops.AdamWStep(parameters, gradients, first, second, segments, ++step, 1e-6f, 1e-4f);

    public override Floor FloorOf(string method) => new(0, (method == nameof(Sgd) ? 20.0 : 28.0) * Count);
}
