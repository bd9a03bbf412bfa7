using BenchmarkDotNet.Attributes;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>
/// Compute-bound: the loss over all pairs of V views and its gradient, as a step of training takes them. With R = V·N rows a product is 2·R²·D FLOPs; each of
/// the V − 1 offsets takes three, and two views, which are symmetric, two.
/// </summary>
public class ManyViewsBench : OperationBench
{
    private const int Samples = 128, Dimension = 128;
    private ContrastiveBatch[] offsets = [];
    private Tensor loss, logSumExp, dz, dzAtOffset;

    /// <summary>V.</summary>
    [Params(2, 3, 4, 8)]
    public int Views { get; set; }

    private int Rows => Views * Samples;

    [GlobalSetup]
    public void Setup()
    {
        Tensor z = Random(Rows, Dimension);
        (loss, logSumExp, dz, dzAtOffset) = (Zeros(Rows), Zeros(Rows), Zeros(Rows, Dimension), Zeros(Rows, Dimension));
        Ops.L2NormalizeForward(z, z, Zeros(Rows, 1));
        ManyViews views = ManyViewsOf(Samples, Views);
        offsets = Views == 2 ? [TwoViewsOf(Samples).BothViews(z)] : [.. Enumerable.Range(1, Views - 1).Select(offset => views.AtOffset(z, offset))];
    }

    [Benchmark]
    public void LossAndGradient()
    {
        for (int i = 0; i < offsets.Length; i++)
        {
            Ops.ContrastiveLoss(offsets[i], new ContrastiveSettings(0.5f), loss, logSumExp, ContrastiveGradients.OfRows(i == 0 ? dz : dzAtOffset));
            if (i > 0) Ops.MovingAverage(dzAtOffset, 1f / (i + 1), dz);
        }
    }

    public override Floor FloorOf(string method) => new((Views == 2 ? 2 : 3.0 * (Views - 1)) * 2 * Rows * Rows * Dimension, 8.0 * Rows * Dimension);
}
