using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using NegSamples.Cli;

namespace NegSamples.Tests.Cli;

/// <summary>Any function of the driver fails or does not answer, and so does what stands around it: words, an exit code, and no folder of what did not begin.</summary>
public partial class DriverCallTests
{
    private const string Unanswered = "The GPU has not answered for 1 s while ";

    /// <summary>Every function of the stub.</summary>
    public static TheoryData<string> Calls
    {
        get
        {
            using StreamReader source = new(typeof(StubDriver).Assembly.GetManifestResourceStream("libcuda.c")!);
            return [.. Function().Matches(source.ReadToEnd()).Select(match => match.Groups[1].Value)];
        }
    }

    [Theory]
    [InlineData("cuDeviceGet:999:1", "--device cuda: GPU 0: CUDA_ERROR_UNKNOWN (999, as the test asked) while opening the GPU. Without a GPU, use --device cpu.")]
    [InlineData("cuMemFree_v2:999:3", "CUDA_ERROR_UNKNOWN (999, as the test asked) while freeing staging memory.")]
    [InlineData("cuGraphLaunch:719:1", "while launching a recorded step. A fault of a kernel is told by the first call after it; negsamples doctor tests every kernel.")]
    [InlineData("cuModuleLoadDataEx:218:3", "(218, as the test asked) There is no checkpoint yet.")]
    public async Task AnErrorIsToldOnce(string fault, params string[] words)
    {
        using StubDriver stub = new();
        (int code, string output, string error) = await stub.Warm().Trusted().With("STUB_FAULT", fault).Finish(FourSteps(stub));
        Assert.True(code == ExitCode.Device, $"{code} {output} {error}");
        Assert.All(words, word => Assert.Contains(word, error, StringComparison.Ordinal));
    }

    /// <summary>Every call, at its first use and at later ones: an error is words and exit code 4, or nothing where the work does without.</summary>
    [Theory(Explicit = true), MemberData(nameof(Calls))] // 5 minutes
    public async Task AnErrorOfAnyCallIsTold(string call)
    {
        foreach (int use in new[] { 1, 3, 14 })
        {
            using StubDriver stub = new();
            stub.Warm().Trusted().With("STUB_FAULT", string.Create(CultureInfo.InvariantCulture, $"{call}:999:{use}"));
            (int code, string output, string error) = await stub.Finish(FourSteps(stub));
            string[] lines = [.. error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Where(line => !line.Contains("compiling", StringComparison.Ordinal) && !line.Contains("warning", StringComparison.Ordinal))];
            if (code == ExitCode.Ok) Assert.Empty(lines);
            else Assert.True(code == ExitCode.Device && lines is [var line] && line.StartsWith("negsamples: ", StringComparison.Ordinal), $"{call}:{use} {code} {output} {error}");
        }
    }

    /// <summary>Wherever a run waits, it says so, and Ctrl-C ends it: before its first step, in it, in a recorded one, and at its end.</summary>
    [Theory]
    [InlineData("cuMemAlloc_v2:3", "reserving memory", false)]
    [InlineData("cuModuleLoadDataEx:3", "loading ", false)]
    [InlineData("cuMemcpyHtoDAsync_v2:3", "uploading", false)]
    [InlineData("cuGraphLaunch:1", "repeating a step", true)]
    [InlineData("cuModuleUnload:1", "ending", true)]
    public async Task ACallThatDoesNotReturnIsToldAndCtrlCEndsIt(string hang, string doing, bool hasBegun)
    {
        using StubDriver stub = new();
        stub.Warm().Trusted().With("STUB_HANG", hang).With("NEGSAMPLES_DRIVER_SECONDS", "2");
        using Process training = stub.Start(FourSteps(stub));
        string? line;
        do line = await training.StandardError.ReadLineAsync();
        while (line is not null && !line.Contains(Unanswered + doing, StringComparison.Ordinal)); // A busy machine compiles for longer, and says so first.
        Assert.NotNull(line);
        using (Process kill = Process.Start("kill", ["-INT", training.Id.ToString(CultureInfo.InvariantCulture)])) kill.WaitForExit();
        Assert.Equal(ExitCode.Device, (await StubDriver.Finish(training)).Code);
        Assert.Equal(hasBegun, Directory.Exists(stub.Run));
    }

    /// <summary>What a GPU lacks, or says, and a folder that keeps nothing: the CPU trains, and a line says why.</summary>
    [Theory]
    [InlineData("STUB_MEMORY", "0", "'self-test' needs 131,072 bytes of GPU memory; 0 of 0 are free. Look at what else runs on this GPU, by nvidia-smi")]
    [InlineData("STUB_PROCESSORS", "0", "the driver tells of 0 multiprocessors and 232448 bytes of shared memory of a block")]
    [InlineData("STUB_FAULT", "cuMemcpyDtoHAsync_v2:700:1", "was launched. A fault of a kernel is told by the first call after it; negsamples doctor tests every kernel.")]
    [InlineData("NEGSAMPLES_DRIVER_SECONDS", "soon", "NEGSAMPLES_DRIVER_SECONDS is 'soon'; expected seconds above 0, 86400 at most.")]
    [InlineData("XDG_CACHE_HOME", "/proc", "computes a product [256, 128] x [128, 256] wrongly")]
    [InlineData("XDG_CACHE_HOME", "/dev/null", "computes a product [256, 128] x [128, 256] wrongly")]
    [InlineData("XDG_CACHE_HOME", "not/absolute", "computes a product [256, 128] x [128, 256] wrongly")]
    public async Task TheCpuTrains(string variable, string value, string reason)
    {
        using StubDriver stub = new();
        (int code, string output, string error) = await stub.Warm().With("HOME", "").With(variable, value).Finish(stub.Train("auto"));
        Assert.True(code == ExitCode.Ok, $"{code} {output} {error}");
        string line = Assert.Single(error.Split('\n'), line => line.StartsWith("negsamples: GPU not used: ", StringComparison.Ordinal));
        Assert.Contains(reason, line, StringComparison.Ordinal);
        Assert.DoesNotContain("--batch-size", line, StringComparison.Ordinal);
    }

    /// <summary>Without a place to remember it, a GPU that is right is checked in each start; what others have written there is not what was remembered.</summary>
    [Theory]
    [InlineData("\0\0\0")]
    [InlineData("51515151-5151-5151-5151-515151515151 12080\n")]
    public async Task ADamagedListOfGpusRemembersNothing(string content)
    {
        using StubDriver stub = new();
        File.WriteAllText(Path.Combine(stub.Cache, "checked-gpus.txt"), content);
        (int code, _, string error) = await stub.Warm().Finish(stub.Train("cuda"));
        Assert.Equal(ExitCode.Device, code);
        Assert.Contains("computes a product", error, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllText(Path.Combine(stub.Cache, "checked-gpus.txt")));
    }

    [Fact]
    public async Task ADeviceHasNoNumber()
    {
        using StubDriver stub = new();
        (int code, _, string error) = await stub.Finish(stub.Train("cuda:7"));
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains("cuda:7", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(stub.Run));
    }

    /// <summary>Two processes at once compile the same kernels into the same folder, and both train.</summary>
    [Fact]
    public async Task TwoProcessesMeetTheGpuAtOnce()
    {
        using StubDriver stub = new();
        stub.Trusted();
        string[] train = FourSteps(stub);
        using Process one = stub.Start(train), other = stub.Start([.. train.Select(word => word == stub.Run ? word + "2" : word)]);
        foreach (Process process in new[] { one, other })
        {
            (int code, string output, string error) = await StubDriver.Finish(process);
            Assert.True(code == ExitCode.Ok, $"{code} {output} {error}");
        }

        Assert.DoesNotContain(Directory.GetFiles(stub.Cache, "*", SearchOption.AllDirectories), file => file.EndsWith(".tmp", StringComparison.Ordinal));
    }

    /// <summary>Steps of which all but the first two repeat what was recorded.</summary>
    private static string[] FourSteps(StubDriver stub)
    {
        string[] words = stub.Train("cuda", "--loss", "decoupled");
        words[Array.IndexOf(words, "--steps") + 1] = "4";
        return words;
    }

    [GeneratedRegex(@"^Result (cu\w+)\(", RegexOptions.Multiline)]
    private static partial Regex Function();
}
