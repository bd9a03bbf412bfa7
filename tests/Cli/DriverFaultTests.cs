using System.Diagnostics;
using System.Globalization;
using NegSamples.Cli;

namespace NegSamples.Tests.Cli;

/// <summary>What a user sees of a driver or a GPU that fails: words, exit codes, and no folder of a run that did not begin.</summary>
public class DriverFaultTests
{
    private const string Doctor = "negsamples doctor";

    [Theory]
    [InlineData("STUB_FAULT", "cuInit:100:1", "the driver does not start: CUDA_ERROR_NO_DEVICE (100")]
    [InlineData("STUB_VERSION", "11040", "the driver is for CUDA 11.4; expected CUDA 11.8 (driver 520) or later")]
    [InlineData("STUB_GPUS", "75", "Stub GPU, compute capability 7.5, driver for CUDA 12.8: expected compute capability 8.0 or later (Ampere)")]
    [InlineData("STUB_GPUS", "75,90", "expected compute capability 8.0 or later (Ampere); GPU 1 has 9.0: CUDA_VISIBLE_DEVICES=1 chooses it")]
    [InlineData("STUB_FAULT", "cuDevicePrimaryCtxRetain:46:1", "CUDA_ERROR_DEVICE_UNAVAILABLE (46, as the test asked) while making a context")]
    [InlineData("STUB_FAULT", "cuDevicePrimaryCtxRetain:2:1", "out of memory while making a context")]
    [InlineData("STUB_FAULT", "cuStreamCreate:999:1", "CUDA_ERROR_UNKNOWN (999, as the test asked) while making a stream")]
    public async Task AGpuThatCannotBeOpenedIsNamed(string variable, string value, string reason)
    {
        using StubDriver stub = new();
        (int code, string output, string error) = await stub.With(variable, value).Finish("devices");
        Assert.Equal((ExitCode.Ok, ""), (code, error));
        Assert.Contains("cuda  none: ", output, StringComparison.Ordinal);
        Assert.Contains(reason, output, StringComparison.Ordinal);
        Assert.DoesNotContain("checkpoint", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ALibraryThatDoesNotLoadIsTold()
    {
        using StubDriver stub = new();
        (int code, string output, _) = await stub.WithLibrary("no library"u8.ToArray()).Finish("devices");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("cuda  none: NVIDIA's driver library libcuda.so.1 is there but does not load (", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADriverThatLacksAFunctionIsTooOld()
    {
        using StubDriver stub = new();
        (int code, string output, _) = await stub.Without("cuMemAlloc_v2").Finish("devices");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("cuMemAlloc_v2", output, StringComparison.Ordinal);
        Assert.Contains("expected 520 or later (CUDA 11.8)", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DevicesAreListedWhereTheFreeMemoryIsNotTold()
    {
        using StubDriver stub = new();
        (int code, string output, _) = await stub.With("STUB_FAULT", "cuMemGetInfo_v2:700:1").Finish("devices");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Contains("cpu  ", output, StringComparison.Ordinal);
        Assert.Matches("cuda  Stub GPU.*bf16; its free memory is not known: .*CUDA_ERROR_ILLEGAL_ADDRESS", output);
    }

    [Fact]
    public async Task ADriverThatDoesNotAnswerIsLeft()
    {
        using StubDriver stub = new();
        stub.With("STUB_HANG", "cuInit:1").With("NEGSAMPLES_DRIVER_SECONDS", "1.2");
        (int code, string output, string error) = await stub.Finish("devices");
        Assert.Equal(ExitCode.Ok, code);
        Assert.Equal("negsamples: NVIDIA's driver has not answered for 0.1 s; it is given 1.2 s (NEGSAMPLES_DRIVER_SECONDS).", error.Trim());
        Assert.Contains("cpu  ", output, StringComparison.Ordinal);
        Assert.Contains("cuda  none: NVIDIA's driver has not answered for 1.2 s", output, StringComparison.Ordinal);
    }

    /// <summary>The driver is too old, the library refuses the kernels, or the kernels do nothing: automatically the CPU trains, and the reason is said.</summary>
    [Theory]
    [InlineData("STUB_VERSION", "11040", "the driver is for CUDA 11.4", false)]
    [InlineData("STUB_FAULT", "cuModuleLoadDataEx:222:1:ptxas too old", "CUDA_ERROR_UNSUPPORTED_PTX_VERSION (222, as the test asked) ptxas too old", true)]
    [InlineData("STUB_FAULT", "", "bf16 computes a product [256, 128] x [128, 256] wrongly: off by 1.0e+0 of the greatest number", true)]
    [InlineData("STUB_NAN", "1", "wrongly: off by", true)]
    [InlineData("STUB_HANG", "cuStreamSynchronize:1", "The check of Stub GPU, compute capability 9.0, driver for CUDA 12.8, bf16 has not answered for 3 s", true)]
    public async Task TheCpuTrainsAndTheReasonIsSaid(string variable, string value, string reason, bool isOfTheGpu)
    {
        using StubDriver stub = new();
        if (variable == "STUB_HANG") stub.With("NEGSAMPLES_DRIVER_SECONDS", "3");
        (int code, string output, string error) = await stub.Warm().With(variable, value).Finish(stub.Train("auto"));
        Assert.True(code == ExitCode.Ok, error);
        string line = Assert.Single(error.Split('\n'), line => line.StartsWith("negsamples: GPU not used: ", StringComparison.Ordinal));
        Assert.Contains(reason, line, StringComparison.Ordinal);
        Assert.Equal(isOfTheGpu, line.Contains(Doctor, StringComparison.Ordinal));
        Assert.Contains("Done: 2 steps", output, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(stub.Cache, "checked-gpus.txt")));
    }

    [Theory]
    [InlineData("cuModuleLoadDataEx:218:1:no such instruction", "does not load the kernel", "no such instruction")]
    [InlineData("", "computes a product", "wrongly")]
    public async Task AGpuThatWasAskedForAndFailsItsCheckEndsTheRunBeforeItHasAFolder(string fault, params string[] words)
    {
        using StubDriver stub = new();
        (int code, _, string error) = await stub.Warm().With("STUB_FAULT", fault).Finish(stub.Train("cuda"));
        Assert.Equal(ExitCode.Device, code);
        Assert.All([.. words, Doctor, "use --device cpu"], word => Assert.Contains(word, error, StringComparison.Ordinal));
        Assert.False(Directory.Exists(stub.Run));
    }

    /// <summary>What an evaluation is refused, no verb is given: the choice is made in one place.</summary>
    [Fact]
    public async Task OtherVerbsTrustNoMore()
    {
        using StubDriver stub = new();
        (int code, _, string error) = await stub.Warm().Finish("similarity", "--keys", "512", "--rows", "64", "--dim", "32", "--repetitions", "1", "--device", "cuda");
        Assert.Equal(ExitCode.Device, code);
        Assert.Contains(Doctor, error, StringComparison.Ordinal);
    }

    /// <summary>Faults after a check that was passed.</summary>
    [Theory]
    [InlineData("STUB_FAULT", "cuLaunchKernel:701:1", "nt-xent", ExitCode.Device,
        "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES (701", " while launching ", " x 1 x 1 blocks of ", "There is no checkpoint yet", Doctor)]
    [InlineData("STUB_FAULT", "cuMemAlloc_v2:2:3", "nt-xent", ExitCode.Device, " bytes of GPU memory; ", " are free. The driver refuses what is free")]
    [InlineData("STUB_FAULT", "", "nt-xent", ExitCode.Device, "The loss of step 0 is 0; between rows of unit length it lies within", Doctor)]
    [InlineData("STUB_NAN", "1", "decoupled", ExitCode.NonFiniteLoss, "The loss of step 0 is NaN", "it may also be the GPU", Doctor, "There is no checkpoint yet")]
    [InlineData("STUB_FAULT", "cuStreamSynchronize:700:9", "decoupled", ExitCode.Device,
        "CUDA_ERROR_ILLEGAL_ADDRESS (700", "Kernel was launched", "There is no checkpoint yet", Doctor)]
    public async Task AFailureInTheMiddleSaysWhatFailed(string variable, string value, string loss, int code, params string[] words)
    {
        using StubDriver stub = new();
        (int got, string output, string error) = await stub.Warm().Trusted().With(variable, value).Finish(stub.Train("auto", "--loss", loss));
        Assert.True(code == got, output + error);
        Assert.Contains("GPU used: Stub GPU", error, StringComparison.Ordinal);
        Assert.All(words, word => Assert.Contains(word, error, StringComparison.Ordinal));
        Assert.DoesNotContain("--batch-size", error, StringComparison.Ordinal);
        Assert.Equal(code == ExitCode.NonFiniteLoss, Directory.Exists(stub.Run)); // which keeps the step
    }

    [Fact]
    public async Task AWaitThatNeverReturnsIsToldAndCtrlCEndsIt()
    {
        using StubDriver stub = new();
        stub.Warm().Trusted().With("STUB_HANG", "cuStreamSynchronize:1").With("NEGSAMPLES_DRIVER_SECONDS", "2");
        using Process training = stub.Start(stub.Train("cuda"));
        string? line;
        do line = await training.StandardError.ReadLineAsync();
        while (line is not null && !line.Contains("The GPU has not answered for 1 s while", StringComparison.Ordinal));
        Assert.NotNull(line);
        using (Process kill = Process.Start("kill", ["-INT", training.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        Assert.Equal(ExitCode.Device, (await StubDriver.Finish(training)).Code);
        Assert.False(Directory.Exists(stub.Run), "a run that had no step is left");
    }

    /// <summary>What was compiled is kept and found again; what is damaged is compiled anew.</summary>
    [Fact]
    public async Task ASecondStartCompilesNothing()
    {
        using StubDriver stub = new();
        stub.Warm().Trusted();
        string[] train = stub.Train("cuda", "--loss", "decoupled");
        await stub.Finish(train);
        Assert.DoesNotContain("compiling", await Again(), StringComparison.Ordinal);
        foreach (string file in Directory.GetFiles(Path.Combine(stub.Cache, "kernels"))) File.AppendAllText(file, "damage");
        Assert.Matches("negsamples: compiling [0-9]+ kernels, first use on this GPU", await Again());
        Assert.DoesNotContain("compiling", await Again(), StringComparison.Ordinal);

        async Task<string> Again()
        {
            Directory.Delete(stub.Run, recursive: true);
            (int code, string output, string error) = await stub.Finish(train);
            Assert.True(code == ExitCode.Ok, output + error);
            return error;
        }
    }

    /// <summary>The self-test tells of each case as it ends: a table that waits for the last would not be seen where the driver hangs.</summary>
    [Fact]
    public async Task DoctorTellsTheDriversWords()
    {
        using StubDriver stub = new();
        using Process doctor = stub.Warm().With("STUB_FAULT", "cuModuleLoadDataEx:218:2:no such instruction").Start("doctor", "--precision", "fp32");
        string? line;
        do line = await doctor.StandardOutput.ReadLineAsync();
        while (line is not null && !line.Contains("no such instruction", StringComparison.Ordinal));
        doctor.Kill();
        Assert.NotNull(line);
    }
}
