using BenchmarkDotNet.Attributes;
using NegSamples.Kernels;
using NegSamples.Training;

namespace NegSamples.Bench;

/// <summary>Forward, backward from a given gradient of the unit rows, and a LARC step. Compute-bound: 3.3 GFLOPs an image, nearly all of them
/// convolutions.</summary>
public class ResNet18StepBench : PrecisionsBench
{
    private const int Side = 32, Dimension = 128;
    private Model model = null!;
    private Tensor views, dz, velocity;

    /// <summary>Views in a batch.</summary>
    [Params(64, 256)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        model = Model.Create(Ops, new ModelSettings(EncoderKind.ResNet18, StemKind.Cifar, Side, Side, Dimension), 1);
        model.Prepare(Batch, training: true);
        (views, dz) = (RandomActivations(Batch, Side, Side, 3), Random(Batch, Dimension));
        velocity = Zeros((int)model.Parameters.Count);
    }

    public override void Free()
    {
        model.Dispose();
        base.Free();
    }

    [Benchmark]
    public void Step()
    {
        model.Project(model.Encode(views, training: true), training: true);
        Ops.Zero(model.Gradients);
        model.Backward(dz);
        Ops.LarcStep(model.Parameters, model.Gradients, velocity, model.Segments, 0.1f, 0.9f, 1e-4f);
    }

    public override Floor FloorOf(string method) => new(ConvolutionLayer.StepFlops(Batch, Dimension), 0, Batch);
}
