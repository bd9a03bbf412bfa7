using BenchmarkDotNet.Attributes;
using NegSamples.Bench.Devices;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Compute-bound: query i's positive is key i, and all other keys are its negatives. 2·N·K·D FLOPs a product; four with both gradients.</summary>
public class InBatchNegativesBench : PrecisionsBench
{
    private const int Dimension = 128;
    private ContrastiveBatch batch;
    private ContrastiveGradients gradients;
    private Tensor loss, logSumExp;

    /// <summary>A batch of a CPU's; of a GPU's, some against a queue's worth of keys, and as many on both sides.</summary>
    public static IEnumerable<Pairs> Shapes => BenchDevice.IsGpu ? [new(1024, 65536), new(65536, 65536)] : [new(1024, 4096)];

    [ParamsSource(nameof(Shapes))]
    public Pairs Shape { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Tensor queries = Random(Shape.Queries, Dimension), keys = Random(Shape.Keys, Dimension);
        Ops.L2NormalizeForward(queries, queries, Zeros(Shape.Queries, 1));
        Ops.L2NormalizeForward(keys, keys, Zeros(Shape.Keys, 1));
        (loss, logSumExp) = (Zeros(Shape.Queries), Zeros(Shape.Queries));
        gradients = new(Zeros(Shape.Queries, Dimension), Zeros(Shape.Keys, Dimension));
        batch = new(queries, keys) { PositiveKeys = Indices([.. Enumerable.Range(0, Shape.Queries)], Shape.Queries) };
    }

    [Benchmark]
    public void AllGradients() => Ops.ContrastiveLoss(batch, new ContrastiveSettings(0.5f), loss, logSumExp, gradients);

    public override Floor FloorOf(string method) =>
        new(4 * 2.0 * Shape.Queries * Shape.Keys * Dimension, 4.0 * Dimension * 2 * (Shape.Keys + Shape.Queries));
}
