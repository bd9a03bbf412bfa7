using BenchmarkDotNet.Attributes;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Compute-bound: with R rows, every one an anchor against all others, 2·R²·D FLOPs a product. The matrix of logits is symmetric: forward is half a product,
/// backward one and a half more, half for the logits again and one for the weighted sum of rows, which is anchors' and keys' gradient at once.</summary>
public class KNegativesBench : OperationBench
{
    private const int Dimension = 128;
    private Tensor z, loss, logSumExp, dz;

    /// <summary>Rows, two for each sample.</summary>
    [Params(512, 2048, 8192)]
    public int Rows { get; set; }

    [Params(KNegativesMethod.Streaming, KNegativesMethod.Materialised)]
    public KNegativesMethod Method { get; set; }

    private KNegativesSettings Settings => new(NegativeSource.BothViews, 0.5f, Method: Method);

    [GlobalSetup]
    public void Setup()
    {
        (z, dz) = (Random(Rows, Dimension), Zeros(Rows, Dimension));
        (loss, logSumExp) = (Zeros(Rows), Zeros(2, Rows));
        Ops.L2NormalizeForward(z, z, Zeros(Rows, 1));
        Forward();
    }

    [Benchmark]
    public void Forward() => Ops.KNegativesForward(z, Settings, loss, logSumExp);

    [Benchmark]
    public void Backward() => Ops.KNegativesBackward(z, Settings, logSumExp, dz);

    public override Floor FloorOf(string method)
    {
        double product = 2.0 * Rows * Rows * Dimension;
        return new((method == nameof(Forward) ? 0.5 : 1.5) * product, (method == nameof(Forward) ? 4.0 : 8.0) * Rows * Dimension);
    }
}
