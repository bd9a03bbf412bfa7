using NegSamples.Kernels;
using NegSamples.Kernels.SelfTest;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels.SelfTest;

/// <summary>The check before a GPU is trusted: a right one passes, on the interpreter, and one whose numbers are off is named.</summary>
public class FirstContactTests
{
    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.TensorFloat32)]
    [InlineData(Precision.BFloat16, MatrixKernels.Wgmma)]
    internal void AGpuThatIsRightPasses(Precision precision, MatrixKernels kernels = MatrixKernels.Mma)
    {
        using CudaRig rig = new(precision, kernels: kernels);
        using CpuOps cpu = new(2);
        Assert.Null(FirstContact.Fault(rig.Ops, precision, cpu));
    }

    /// <summary>Every case finds what it is for: the batch norm's variance, and the loss's exponentials.</summary>
    [Theory]
    [InlineData("sqrt.rn.f64", "neg.f64", "a convolution and its batch norm")]
    [InlineData("ex2.approx.ftz.f32", "neg.f32", "a loss of 256 rows")]
    public void AnInstructionThatIsWrongIsFound(string instruction, string other, string named)
    {
        using CudaRig rig = new(Precision.BFloat16, edit: text => text.Replace(instruction, other, StringComparison.Ordinal));
        using CpuOps cpu = new(2);
        Assert.Contains($"computes {named} wrongly: off by", FirstContact.Fault(rig.Ops, Precision.BFloat16, cpu), StringComparison.Ordinal);
    }
}
