using BenchmarkDotNet.Attributes;
using NegSamples.Bench.Devices;
using NegSamples.Kernels;
using NegSamples.Training;

namespace NegSamples.Bench;

/// <summary>
/// Forward, backward from a given gradient of the unit rows, and a LARC step; and a step of SimCLR with its loss and SGD. Compute-bound: 3.3 GFLOPs an image,
/// nearly all of them convolutions.
/// </summary>
public class ResNet18StepBench : PrecisionsBench
{
    private const int Side = 32, Dimension = 128;
    private Model model = null!;
    private TwoViews indices = null!;
    private Tensor views, dz, velocity, loss, logSumExp, ofRows;

    /// <summary>Views in a batch.</summary>
    public static IEnumerable<int> Batches => BenchDevice.IsGpu ? [1024] : [64, 256];

    /// <summary>One of them.</summary>
    [ParamsSource(nameof(Batches))]
    public int Batch { get; set; }

    internal override long DeviceBytes => base.DeviceBytes + model.ActivationBytes(Batch, training: true) + (2 * sizeof(float) * model.Parameters.Count);

    [GlobalSetup]
    public void Setup()
    {
        model = Model.Create(Ops, new ModelSettings(EncoderKind.ResNet18, StemKind.Cifar, Side, Side, Dimension), 1);
        model.Prepare(Batch, training: true);
        (views, dz) = (RandomActivations(Batch, Side, Side, 3), Random(Batch, Dimension));
        velocity = Zeros((int)model.Parameters.Count);
        (loss, logSumExp, ofRows, indices) = (Zeros(Batch), Zeros(Batch), Zeros(Batch, Dimension), TwoViewsOf(Batch / 2));
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

    [Benchmark]
    public void SimClrStep()
    {
        Tensor z = model.Project(model.Encode(views, training: true), training: true);
        Ops.ContrastiveLoss(indices.BothViews(z), new ContrastiveSettings(0.5f), loss, logSumExp, ContrastiveGradients.OfRows(ofRows));
        Ops.Zero(model.Gradients);
        model.Backward(ofRows);
        Ops.SgdStep(model.Parameters, model.Gradients, velocity, model.Segments, 1e-3f, 0.9f, 1e-4f, false);
    }

    public override Floor FloorOf(string method) => new(ConvolutionLayer.StepFlops(Batch, Dimension), 0, Batch);
}
