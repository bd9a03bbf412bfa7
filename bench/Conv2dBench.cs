using BenchmarkDotNet.Attributes;
using NegSamples.Bench.Devices;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Compute-bound: 2·N·P·Q·O·R·S·C FLOPs by the direct method, so Winograd's stride-1 layers may pass 100 % of the peak.</summary>
public class Conv2dBench : PrecisionsBench
{
    private static int Batch => BenchDevice.IsGpu ? 512 : 64;
    private Tensor x, w, y, dy, dx, dw;

    public static IEnumerable<ConvolutionLayer> Layers => ConvolutionLayer.ResNet18;

    [ParamsSource(nameof(Layers))]
    public ConvolutionLayer Layer { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        x = RandomActivations(Batch, Layer.Side, Layer.Side, Layer.Channels);
        w = Random(Layer.Outputs, Layer.Kernel, Layer.Kernel, Layer.Channels);
        y = Activations(Batch, Layer.OutputSide, Layer.OutputSide, Layer.Outputs);
        dy = RandomActivations(Batch, Layer.OutputSide, Layer.OutputSide, Layer.Outputs);
        dx = Activations(Batch, Layer.Side, Layer.Side, Layer.Channels);
        dw = Zeros(Layer.Outputs, Layer.Kernel, Layer.Kernel, Layer.Channels);
    }

    [Benchmark]
    public void Forward() => Ops.Conv2dForward(x, w, y, Layer.Stride, Layer.Padding);

    [Benchmark]
    public void BackwardInput() => Ops.Conv2dBackwardInput(dy, w, dx, Layer.Stride, Layer.Padding);

    [Benchmark]
    public void BackwardWeight() => Ops.Conv2dBackwardWeight(x, dy, dw, Layer.Stride, Layer.Padding);

    public override Floor FloorOf(string method) => new(Layer.Flops(Batch), Layer.Bytes(Batch), Batch);
}
