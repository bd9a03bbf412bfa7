using BenchmarkDotNet.Attributes;
using NegSamples.Kernels;

namespace NegSamples.Bench;

/// <summary>Loss and gradient in one pass: x read and dx written, 8·N·C bytes; N·C exponentials, which decide it.</summary>
public class SoftmaxCrossEntropyBench : OperationBench
{
    private const int Rows = 4096;
    private Tensor x, labels, loss, dx;

    /// <summary>Classes of CIFAR-10, CIFAR-100 and ImageNet.</summary>
    [Params(10, 100, 1000)]
    public int Classes { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        (x, dx, loss) = (Random(Rows, Classes), Zeros(Rows, Classes), Zeros(Rows));
        labels = Indices([.. Enumerable.Range(0, Rows).Select(row => row % Classes)], Rows);
    }

    [Benchmark]
    public void ForwardBackward() => Ops.SoftmaxCrossEntropy(x, labels, loss, dx);

    public override Floor FloorOf(string method) => new(0, 8.0 * Rows * Classes);
}
