using BenchmarkDotNet.Attributes;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Compute-bound: 2·N·K·D FLOPs a product. With both gradients four are counted, as the form that stores no logits needs them: logits, logits again, dq
/// and dk; the form that spills them computes three. A queue has no dk and takes two in one pass.</summary>
public class ContrastiveLossBench : OperationBench
{
    private const int Dimension = 128;
    private Tensor queries, positives, keys, loss, logSumExp, dq, dk, dp;

    /// <summary>A batch against MoCo's queue of 65,536 keys, and a quarter of it.</summary>
    public static IEnumerable<Pairs> Shapes => [new(256, 65536), new(1024, 65536)];

    [ParamsSource(nameof(Shapes))]
    public Pairs Shape { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        (queries, positives, keys) = (Units(Shape.Queries), Units(Shape.Queries), Units(Shape.Keys));
        (dq, dp, dk) = (Zeros(Shape.Queries, Dimension), Zeros(Shape.Queries, Dimension), Zeros(Shape.Keys, Dimension));
        (loss, logSumExp) = (Zeros(Shape.Queries), Zeros(Shape.Queries));
    }

    [Benchmark]
    public void Loss() => Run(default, 0);

    [Benchmark]
    public void QueueGradients() => Run(new ContrastiveGradients(dq, default, dp), 0);

    [Benchmark]
    public void AllGradientsSpilled() => Run(new ContrastiveGradients(dq, dk, dp), ContrastiveSettings.DefaultSpillBytes);

    [Benchmark]
    public void AllGradientsComputedTwice() => Run(new ContrastiveGradients(dq, dk, dp), 0);

    public override Floor FloorOf(string method)
    {
        int products = method switch { nameof(Loss) => 1, nameof(QueueGradients) => 2, _ => 4 };
        double keyPasses = method is nameof(Loss) or nameof(QueueGradients) ? 1 : 2;
        return new(products * 2.0 * Shape.Queries * Shape.Keys * Dimension, 4.0 * Dimension * ((keyPasses * Shape.Keys) + (2 * Shape.Queries)));
    }

    private void Run(ContrastiveGradients gradients, long spillBytes) => Ops.ContrastiveLoss(
        new ContrastiveBatch(queries, keys) { Positives = positives }, new ContrastiveSettings(0.07f) { SpillBytes = spillBytes }, loss, logSumExp, gradients);

    private Tensor Units(int rows)
    {
        Tensor z = Random(rows, Dimension);
        Ops.L2NormalizeForward(z, z, Zeros(rows, 1));
        return z;
    }
}

/// <summary>Queries and keys of a comparison.</summary>
public readonly record struct Pairs(int Queries, int Keys)
{
    public override string ToString() => $"{Queries} x {Keys}";
}
