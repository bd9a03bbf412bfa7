using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.PtxInterpreter;
using NegSamples.Tests.Kernels.Cuda;

namespace NegSamples.Tests.Kernels;

/// <summary>What the tests of kernels on activations share: the rounding of a stored number, the quality of accesses, and launches of a test's own kernels.</summary>
internal static class Activations
{
    /// <summary>Half the distance of neighbouring numbers of the type, relative: what rounding at the store may add.</summary>
    public static double Rounding(ElementType type) => type == ElementType.BFloat16 ? 1.0 / 256 : 1.0 / (1 << 24);

    /// <summary>Fails where a number is further from the truth than the arithmetic's error and one rounding; NaN is too.</summary>
    public static void AssertClose(double[] truth, ReadOnlySpan<float> values, double error, ElementType type = ElementType.Float32)
    {
        Assert.Equal(truth.Length, values.Length);
        for (int i = 0; i < truth.Length; i++)
        {
            double allowed = error + (Math.Abs(truth[i]) * Rounding(type)) + (type == ElementType.BFloat16 ? error / 128 : 0);
            if (!(Math.Abs(values[i] - truth[i]) <= allowed)) Assert.Fail(FormattableString.Invariant($"Element {i} is {values[i]}; expected {truth[i]} within {allowed}."));
        }
    }

    /// <summary>The CPU's tensor with the numbers that a device's tensor holds, rounded as they are.</summary>
    public static Tensor OnCpu(this CudaRig cuda, Rig cpu, Tensor tensor)
    {
        Span<int> shape = [tensor[0], tensor[1], tensor[2], tensor[3]];
        Tensor copy = cpu.Take(shape[..tensor.Rank]);
        cuda.Floats(tensor).CopyTo(copy.Floats);
        return copy;
    }

    /// <summary>At least nine tenths of the sectors that a launch asked for are needed, and hardly any shared access waits for a bank.</summary>
    public static void AssertWholeSectors(this CudaRig rig, string kernel)
    {
        LaunchReport report = rig.Device.Report(kernel);
        Assert.True(report.SectorsNeeded >= 0.9 * report.SectorsAsked, $"{report.Kernel} asks for {report.SectorsAsked} sectors and needs {report.SectorsNeeded}.");
        Assert.True(report.BankConflicts <= 0.05 * report.Wavefronts, $"{report.Kernel} has {report.BankConflicts} bank conflicts in {report.Wavefronts} wavefronts.");
    }

    /// <summary>Runs a kernel of a test, such as a broken copy, on the rig's device.</summary>
    public static void Launch(this CudaRig rig, Delegate kernel, LaunchExtent grid, LaunchExtent threads, params KernelArgument[] arguments) =>
        rig.Device.Launch(rig.Device.Load(kernel.Method), grid, threads, 0, arguments);
}
