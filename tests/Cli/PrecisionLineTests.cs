using System.Diagnostics;
using NegSamples.Cli;
using NegSamples.Kernels;
using NegSamples.Kernels.Cpu.MachineCode;
using NegSamples.Tests.Kernels;
using NegSamples.Training.Settings;

namespace NegSamples.Tests.Cli;

/// <summary>What a CPU computes in where the precision is left open, and what is said of it.</summary>
public class PrecisionLineTests
{
    [Theory]
    [InlineData("off", "NEGSAMPLES_MACHINE_CODE is off")]
    [InlineData("refused", "the system refuses executable pages")]
    public async Task WithoutMachineCodeARunIsInFloat32AndSaysWhy(string machineCode, string reason)
    {
        using TemporaryFolder folder = new();
        (int code, string output, string error) = await Run(machineCode, "train", "--device", "cpu", "--batch-size", "16", "--steps", "1", "--output", folder.PathOf("run"));
        Assert.True(code == 0, error);
        Assert.Contains($", fp32, as {reason}; run folder", output, StringComparison.Ordinal);
        Assert.DoesNotContain("note:", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BFloat16WithoutItsInstructionsIsComputedAndCalledSlowOnce()
    {
        (int code, string output, string error) = await Run(
            "off", "similarity", "--device", "cpu", "--precision", "bf16", "--rows", "8", "--keys", "16,32", "--dim", "8", "--repetitions", "1");
        Assert.True(code == 0, error);
        Assert.Contains("bf16 without its instructions", output, StringComparison.Ordinal);
        Assert.Contains("GFLOP/s of multiply-adds in bf16.", output, StringComparison.Ordinal);
        Assert.Single(error.Split('\n'), line => line.EndsWith("note: bf16 is slow here, as NEGSAMPLES_MACHINE_CODE is off; --precision fp32 is faster.", StringComparison.Ordinal));
    }

    /// <summary>Kernels of tensor cores are no CPU's: that they were asked for is not passed over.</summary>
    [Fact]
    public void KernelsOfAGpuChangeNothingOnACpu()
    {
        List<string> notes = [];
        using (Devices.OpenCpu(new() { Threads = 1, Kernels = "wgmma" }, Collective.Alone, notes.Add, CpuOps.BFloat16Support))
            Assert.Equal(["note: `kernels` is wgmma, which changes nothing here: it is for a GPU."], notes);
        using CpuOps plain = Devices.OpenCpu(new() { Threads = 1 }, Collective.Alone, Assert.Fail, CpuOps.BFloat16Support);
    }

    [Fact]
    public void AutoIsBFloat16WhereTheProcessorHasItsInstructions()
    {
        Precision expected = CpuOps.BFloat16Support.Length == 0 ? Precision.BFloat16 : Precision.Float32;
        Assert.Equal(expected, CpuOps.PrecisionOf(PrecisionNames.Automatic));
        using CpuOps ops = Devices.OpenCpu(new(), Collective.Alone, Assert.Fail, CpuOps.BFloat16Support);
        Assert.Equal(expected, ops.Precision);
        Assert.Equal(expected == Precision.BFloat16 ? "" : $", as {CpuOps.BFloat16Support}", Devices.Reason(new(), ops));
    }

    [Fact]
    public void WhereOneRankHasNoInstructionsAllComputeInFloat32()
    {
        Assert.SkipWhen(CpuOps.BFloat16Support.Length > 0, CpuOps.BFloat16Support);
        string[] notes = ThreadCollective.Run(3, ranks =>
        {
            string said = "";
            using CpuOps ops = Devices.OpenCpu(new() { Threads = 1 }, ranks, note => said = note, ranks.Rank == 1 ? "it is old" : "");
            Assert.Equal(Precision.Float32, ops.Precision);
            Assert.Equal(", as a rank has no bf16", Devices.Reason(new(), ops));
            return said;
        });
        Assert.All(notes, note => Assert.Equal("note: rank 1 has no instructions for bf16, so that all 3 ranks compute in fp32.", note));
    }

    [Fact]
    public void Float32IsNotExplainedWhereItWasAskedFor()
    {
        foreach ((string name, string reason) in new[] { ("fp32", ""), ("tf32", ", as tf32 is a GPU's") })
        {
            PlaceSettings place = new() { Precision = name, Threads = 1 };
            using CpuOps ops = Devices.OpenCpu(place, Collective.Alone, Assert.Fail, "");
            Assert.Equal((Precision.Float32, reason), (ops.Precision, Devices.Reason(place, ops)));
        }
    }

    private static async Task<(int Code, string Output, string Error)> Run(string machineCode, params string[] arguments)
    {
        ProcessStartInfo start = new("dotnet", [typeof(CommandLine).Assembly.Location, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment[MachineCodeSupport.Variable] = machineCode;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }
}
