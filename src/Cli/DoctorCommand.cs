using System.CommandLine;
using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Kernels.SelfTest;
using NegSamples.Training;

namespace NegSamples.Cli;

/// <summary><c>negsamples doctor</c>.</summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("doctor", $"""
            Tests every operation on this machine's devices.

            Tells what this machine can compute with and runs the self-tests: every operation of the CPU in bf16 beside float32, on a few numbers, and of its GPU
            beside the CPU twin, at the sizes of a CIFAR-10 step. What is printed of a GPU's speed was measured on it: multiplications from registers, and copies
            within its memory.

            Examples:
              negsamples doctor
              negsamples doctor --sanitize
              negsamples doctor --precision fp32
              mpirun -n 2 negsamples doctor
            """);
        Option<string?> precision = PlaceOptions.Choice("--precision", "Test this precision only [default: bf16, tf32 and fp32].", PrecisionNames.All);
        Option<bool> sanitize = new("--sanitize")
        {
            Description = "Fill the GPU's memory with NaN and put guarded zones around every tensor: what is read before it was written poisons the result, "
                + "and what is written beside a tensor is told.",
        };
        command.Options.Add(precision);
        command.Options.Add(sanitize);
        command.Options.Add(JsonOption.Create());
        CommandLine.ServeRanks(terminal, command, (parsed, ranks) => Run(terminal, ranks, parsed.GetValue(precision), parsed.GetValue(sanitize)));
        return command;
    }

    private static int Run(Terminal terminal, Ranks ranks, string? only, bool sanitize)
    {
        using CpuOps cpu = new(ranks.Threads);
        RankCheck.Print(terminal, ranks, cpu);
        if (ranks.Collective.Rank > 0) return ExitCode.Ok; // The machine of the first rank is tested for all.
        terminal.Say($"CPU     {cpu.Description}; {DevicesCommand.BFloat16}; {RunEnvironment.ProcessorName()}; {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:F1} GB of memory");
        List<CheckedOperation> operations = [];
        if ((only is null or "bf16") && !TestBFloat16(terminal, ranks.Threads, cpu, operations))
        {
            Give(terminal, DevicesCommand.Found(terminal, cpu, null, "it was not looked for"), passed: false, operations);
            return ExitCode.Failure;
        }

        string[] names = [.. PrecisionNames.All.Where(name => only is null || name == only)];
        (CudaOps? first, string reason, _, _) = Devices.TryOpenGpu(new GpuRequest(PrecisionNames.Parse(names[0])) { Guarded = sanitize }, terminal.Note, terminal.Stop);
        if (first is null)
        {
            terminal.Say($"GPU     none: {SettingNames.Say(reason, terminal.FileSettings)}.");
            terminal.Say($"Training runs on the CPU (--device cpu, which --device auto takes).");
            Give(terminal, DevicesCommand.Found(terminal, cpu, null, reason), passed: true, operations);
            return ExitCode.Ok;
        }

        bool passed = true;
        FoundDevices found = DevicesCommand.Found(terminal, cpu, first, "");
        terminal.Say($"GPU     {first.DeviceName}; {first.FreeBytes / 1e9:F1} GB of memory free");
        foreach (string name in names)
        {
            using CudaOps gpu = name == names[0] ? first : Open(terminal, new GpuRequest(PrecisionNames.Parse(name)) { Guarded = sanitize });
            bool agrees = Test(terminal, gpu, gpu.Precision, cpu, small: false, operations);
            if (agrees && !sanitize) terminal.Say($"{name,-8}{Peak(gpu.MeasurePeak())}");
            passed &= agrees;
            if (gpu.Precision == Precision.BFloat16)
            {
                foreach (MatrixKernels kernels in gpu.OtherMatrixKernels) TestKernels(terminal, kernels, cpu, sanitize, operations);
            }
        }

        string verdict = passed
            ? "Every operation agrees with its CPU twin."
            : "An operation differs from its CPU twin: do not train on this GPU, and report this table.";
        terminal.Say($"{verdict}");
        Give(terminal, found, passed, operations);
        return passed ? ExitCode.Ok : ExitCode.Failure;
    }

    /// <summary>Whether the CPU's own operations agree in bfloat16; only those that do not are listed.</summary>
    private static bool TestBFloat16(Terminal terminal, int threads, CpuOps cpu, List<CheckedOperation> operations)
    {
        using CpuOps rounded = new(threads, Precision.BFloat16);
        IReadOnlyList<SelfTestResult> results = DeviceSelfTest.Run(rounded, Precision.BFloat16, cpu, small: true, stop: terminal.Stop);
        operations.AddRange(results.Select(result => Checked(rounded, Precision.BFloat16, result)));
        int passed = results.Count(result => result.Passed);
        terminal.Say($"        in bf16 {passed} of {Counted.Of(results.Count, "operation")} agree with float32 to its rounding");
        if (passed == results.Count) return true;
        foreach (SelfTestResult result in results.Where(result => !result.Passed)) terminal.Say($"        {Line(result)}");
        terminal.Say($"An operation of the CPU in bf16 is wrong: train with --precision fp32, and report this table.");
        return false;
    }

    /// <summary>The kernels that are only taken where they are asked for.</summary>
    private static void TestKernels(Terminal terminal, MatrixKernels kernels, CpuOps cpu, bool sanitize, List<CheckedOperation> operations)
    {
        string name = MatrixKernelNames.Of(kernels);
        using CudaOps gpu = Open(terminal, new GpuRequest(Precision.BFloat16) { Guarded = sanitize, MatrixKernels = kernels });
        terminal.Say($"GPU     {gpu.Description}");
        bool passed = Test(terminal, gpu, gpu.Precision, cpu, small: false, operations);
        terminal.Say($"{(passed ? $"--kernels {name} can be used here." : $"Do not use --kernels {name} on this GPU, and report this table.")}");
    }

    /// <summary>Whether every operation agrees. Each is told as it ends: a driver that hangs or crashes has then named the last that did not.</summary>
    internal static bool Test(Terminal terminal, Ops device, Precision precision, CpuOps cpu, bool small, List<CheckedOperation>? operations = null)
    {
        string name = PrecisionNames.Of(precision);
        IReadOnlyList<SelfTestResult> results = DeviceSelfTest.Run(device, precision, cpu, small, result => terminal.Say($"{name,-8}{Line(result)}"), terminal.Stop);
        operations?.AddRange(results.Select(result => Checked(device, precision, result)));
        terminal.Say($"{name,-8}{results.Count(result => result.Passed)} of {results.Count} passed.");
        return results.All(result => result.Passed);
    }

    /// <summary>The whole as JSON; for a person all is printed as it is found.</summary>
    private static void Give(Terminal terminal, FoundDevices found, bool passed, IReadOnlyList<CheckedOperation> operations) =>
        terminal.Give(new CheckedDevices(found, passed, operations), CommandJson.Default.CheckedDevices, _ => { });

    private static CheckedOperation Checked(Ops device, Precision precision, SelfTestResult result) => new(
        device.Description, PrecisionNames.Of(precision), result.Name, result.Passed, result.Error, result.Tolerance, result.Seconds, result.Failure);

    /// <summary>Opens the GPU once more, which was there a moment ago.</summary>
    private static CudaOps Open(Terminal terminal, GpuRequest request)
    {
        GpuSearch found = Devices.TryOpenGpu(request, terminal.Note, terminal.Stop);
        return found.Gpu ?? throw new DeviceException($"{found.Reason}.");
    }

    private static string Peak(DevicePeak peak) => string.Create(
        CultureInfo.InvariantCulture, $"at most {peak.Gflops / 1000:F1} TFLOP/s of multiplications and {peak.GigabytesPerSecond:F0} GB/s of copies, as measured here");

    private static string Line(SelfTestResult result) => string.Create(
        CultureInfo.InvariantCulture,
        $"{(result.Passed ? "ok" : "WRONG"),-7}{result.Seconds,7:F2} s  off by {result.Error:0.0e+0} of {result.Tolerance:0.0e+0}  {result.Name}{(result.Failure is null ? "" : ": " + result.Failure)}");
}
