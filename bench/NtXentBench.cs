using BenchmarkDotNet.Attributes;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Compute-bound: with R rows, every one a query against all others, 2·R²·D FLOPs a product. The matrix of logits is symmetric: the loss is half a product, its
/// gradient one and a half more, half for the logits again and one for the weighted sum of rows, which is queries' and keys' gradient at once.</summary>
public class NtXentBench : PrecisionsBench
{
    private const int Dimension = 128;
    private ContrastiveBatch batch;
    private Tensor loss, logSumExp, dz;

    /// <summary>Rows, two for each sample.</summary>
    [Params(512, 2048, 8192)]
    public int Rows { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        Tensor z = Random(Rows, Dimension);
        (loss, logSumExp, dz) = (Zeros(Rows), Zeros(Rows), Zeros(Rows, Dimension));
        Ops.L2NormalizeForward(z, z, Zeros(Rows, 1));
        batch = TwoViewsOf(Rows / 2).BothViews(z);
    }

    [Benchmark]
    public void Loss() => Ops.ContrastiveLoss(batch, new ContrastiveSettings(0.5f), loss, logSumExp);

    [Benchmark]
    public void LossAndGradient() => Ops.ContrastiveLoss(batch, new ContrastiveSettings(0.5f), loss, logSumExp, ContrastiveGradients.OfRows(dz));

    public override Floor FloorOf(string method)
    {
        double product = 2.0 * Rows * Rows * Dimension;
        return new((method == nameof(Loss) ? 0.5 : 2) * product, (method == nameof(Loss) ? 4.0 : 8.0) * Rows * Dimension);
    }
}
