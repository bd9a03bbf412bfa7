using BenchmarkDotNet.Attributes;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Memory-bound: 4 bytes a number.</summary>
public class CountNonFiniteBench : OperationBench
{
    private const int Count = 11_173_962 / 16 * 16; // about ResNet-18's
    private const int Segments = 62;
    private readonly ParameterSegment[] segments = Enumerable.Range(0, Segments)
        .Select(i => new ParameterSegment(i * (Count / Segments), Count / Segments, true)).ToArray();
    private readonly int[] counts = new int[Segments];
    private Tensor gradients;

    [GlobalSetup]
    public void Setup() => gradients = Random(Count);

    [Benchmark]
    public void AllFinite() => Ops.CountNonFinite(gradients, segments, counts);

    public override Floor FloorOf(string method) => new(0, 4.0 * Count);
}
