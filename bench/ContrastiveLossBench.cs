using BenchmarkDotNet.Attributes;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Compute-bound: 2·N·K·D FLOPs a product. With both gradients four are counted, as the form that stores no logits needs them: logits, logits again, dq
/// and dk; the form that spills them computes three. A queue has no dk and takes two in one pass.</summary>
public class ContrastiveLossBench : ContrastiveLossOfShape
{
    /// <summary>A batch against MoCo's queue of 65,536 keys, and a quarter of it.</summary>
    public static IEnumerable<Pairs> Shapes => [new(256, 65536), new(1024, 65536)];

    [ParamsSource(nameof(Shapes))]
    public override Pairs Shape { get; set; }

    [Benchmark]
    public void AllGradientsSpilled() => Run(new ContrastiveGradients(Dq, Dk, Dp), null);
}

/// <summary>A million keys, where the logits of one batch would be 4 GiB: how the time grows from 65,536 keys on. Explicit, for it holds 1.1 GB and takes minutes.</summary>
[BenchmarkCategory(Explicit)]
public class ContrastiveLossManyKeysBench : ContrastiveLossOfShape
{
    public static IEnumerable<Pairs> Shapes => [new(1024, 1 << 20)];

    [ParamsSource(nameof(Shapes))]
    public override Pairs Shape { get; set; }
}

/// <summary>What the contrastive loss takes at any size.</summary>
public abstract class ContrastiveLossOfShape : PrecisionsBench
{
    private const float Temperature = 0.2f; // from which on a GPU in bf16 multiplies the rows in bfloat16
    private const int Dimension = 128;
    private Tensor queries, positives, keys, loss, logSumExp;

    public abstract Pairs Shape { get; set; }

    protected Tensor Dq { get; private set; }

    protected Tensor Dk { get; private set; }

    protected Tensor Dp { get; private set; }

    [GlobalSetup]
    public void Setup()
    {
        (queries, positives, keys) = (Units(Shape.Queries), Units(Shape.Queries), Units(Shape.Keys));
        (Dq, Dp, Dk) = (Zeros(Shape.Queries, Dimension), Zeros(Shape.Queries, Dimension), Zeros(Shape.Keys, Dimension));
        (loss, logSumExp) = (Zeros(Shape.Queries), Zeros(Shape.Queries));
    }

    [Benchmark]
    public void Loss() => Run(default, 0);

    [Benchmark]
    public void QueueGradients() => Run(new ContrastiveGradients(Dq, default, Dp), 0);

    [Benchmark]
    public void AllGradientsComputedTwice() => Run(new ContrastiveGradients(Dq, Dk, Dp), 0);

    public override Floor FloorOf(string method)
    {
        int products = method switch { nameof(Loss) => 1, nameof(QueueGradients) => 2, _ => 4 };
        double keyPasses = method is nameof(Loss) or nameof(QueueGradients) ? 1 : 2;
        return new(products * 2.0 * Shape.Queries * Shape.Keys * Dimension, 4.0 * Dimension * ((keyPasses * Shape.Keys) + (2 * Shape.Queries)));
    }

    protected void Run(ContrastiveGradients gradients, long? spillBytes) => Ops.ContrastiveLoss(
        new ContrastiveBatch(queries, keys) { Positives = positives }, new ContrastiveSettings(Temperature) { SpillBytes = spillBytes }, loss, logSumExp, gradients);

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
