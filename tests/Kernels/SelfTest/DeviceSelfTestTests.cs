using System.Reflection;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
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
        using CudaRig rig = new(precision, leastTemperature: CudaOps.LeastBFloat16Temperature);
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

    /// <summary>No kernel is left out of what doctor runs on a GPU.</summary>
    [Fact]
    public void EveryKernelIsLaunchedByACase()
    {
        HashSet<MethodInfo> launched = [];
        foreach ((Precision precision, MatrixKernels kernels) in KernelTableTests.Ways)
        {
            LimitedDevice device = new(SharedMemoryLimits.Hopper) { Warpgroups = true, TensorMaps = true };
            using CudaOps ops = new(device, precision, kernels);
            foreach (SelfTestCase test in SelfTestCases.All(SelfTestScale.Real, ops))
            {
                using SelfTestRun run = new(ops, ops.ActivationType, filled: false);
                test.Body(run);
            }

            launched.UnionWith(device.Launches.Select(launch => launch.Kernel.IsGenericMethod ? launch.Kernel.GetGenericMethodDefinition() : launch.Kernel));
        }

        MethodInfo[] all = [.. typeof(CudaOps).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(method => method.ReturnType == typeof(void) && method.Name.EndsWith("Kernel", StringComparison.Ordinal))];
        Assert.True(all.Length > 60);
        Assert.Empty(all.Where(kernel => !launched.Contains(kernel)).Select(kernel => $"{kernel.DeclaringType!.Name}.{kernel.Name}"));
    }

    /// <summary>Two CPUs pass every case with no difference at all, so what the cases find is the device's.</summary>
    [Fact]
    public void ADeviceAgreesWithItself()
    {
        using CpuOps one = new(1), two = new(2);
        Assert.All(DeviceSelfTest.Run(one, Precision.Float32, two, small: true), result => Assert.Equal((0, null), (result.Error, result.Failure)));
    }
}
