using BenchmarkDotNet.Attributes;
using NegSamples.Bench.Devices;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Memory-bound, with E bytes of elements: forward reads x twice and writes y, 3·E, and E more for a residual; backward reads dy, x and y twice and
/// writes dx, 7·E, and E more for the residual's gradient.</summary>
public class BatchNormBench : PrecisionsBench
{
    private static int Batch => BenchDevice.IsGpu ? 512 : 64;
    private Tensor x, y, residual, dy, dx, dresidual, gamma, beta, runningMean, runningVariance, mean, inverseDeviation, dgamma, dbeta;

    /// <summary>The first and the last map of ResNet-18; 16 MiB and 2 MiB.</summary>
    [Params(64, 512)]
    public int Channels { get; set; }

    private int Side => 32 * 64 / Channels;

    [GlobalSetup]
    public void Setup()
    {
        x = Map();
        residual = Map();
        dy = Map();
        (y, dx, dresidual) = (Map(), Map(), Map());
        gamma = Random(Channels);
        (beta, runningMean, runningVariance) = (Zeros(Channels), Zeros(Channels), Zeros(Channels));
        (mean, inverseDeviation, dgamma, dbeta) = (Zeros(Channels), Zeros(Channels), Zeros(Channels), Zeros(Channels));
        ForwardReluResidual();
    }

    [Benchmark]
    public void ForwardRelu() => Ops.BatchNormForward(x, gamma, beta, runningMean, runningVariance, mean, inverseDeviation, default, true, y);

    [Benchmark]
    public void ForwardReluResidual() => Ops.BatchNormForward(x, gamma, beta, runningMean, runningVariance, mean, inverseDeviation, residual, true, y);

    [Benchmark]
    public void BackwardReluResidual() => Ops.BatchNormBackward(dy, x, y, gamma, mean, inverseDeviation, true, dgamma, dbeta, dx, dresidual);

    public override Floor FloorOf(string method)
    {
        int passes = method switch { nameof(ForwardRelu) => 3, nameof(ForwardReluResidual) => 4, _ => 8 };
        return new(0, passes * ActivationBytes * Batch * Side * Side * Channels, Batch);
    }

    private Tensor Map() => RandomActivations(Batch, Side, Side, Channels);
}
