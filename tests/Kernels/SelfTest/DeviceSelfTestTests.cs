using NegSamples.Kernels;
using NegSamples.Kernels.SelfTest;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels.SelfTest;

/// <summary>The self-test that runs on GPUs, on the interpreter, at small shapes.</summary>
public class DeviceSelfTestTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(Precision.BFloat16)]
    [InlineData(Precision.TensorFloat32)]
    [InlineData(Precision.Float32)]
    public void EveryOperationAgreesWithItsCpuTwin(Precision precision)
    {
        using CudaRig rig = new(precision);
        using CpuOps cpu = new(2);
        IReadOnlyList<SelfTestResult> results = DeviceSelfTest.Run(rig.Ops, precision, cpu, small: true, result => output.WriteLine(result.ToString()));
        Assert.All(results, result => Assert.True(result.Passed, result.ToString()));
        Assert.True(results.Count > 35);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void EveryOperationOfTheCpuInBFloat16AgreesWithFloat32(bool small)
    {
        using CpuOps rounded = new(2, Precision.BFloat16), cpu = new(2);
        IReadOnlyList<SelfTestResult> results = DeviceSelfTest.Run(rounded, Precision.BFloat16, cpu, small, result => output.WriteLine(result.ToString()));
        Assert.All(results, result => Assert.True(result.Passed, result.ToString()));
        Assert.True(results.Count > 35);
    }

    /// <summary>Two CPUs pass every case with no difference at all, so what the cases find is the device's.</summary>
    [Fact]
    public void ADeviceAgreesWithItself()
    {
        using CpuOps one = new(1), two = new(2);
        Assert.All(DeviceSelfTest.Run(one, Precision.Float32, two, small: true), result => Assert.Equal((0, null), (result.Error, result.Failure)));
    }
}
