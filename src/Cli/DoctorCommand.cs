using System.CommandLine;
using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Kernels.SelfTest;
using NegSamples.Training;
using Spectre.Console;

namespace NegSamples.Cli;

/// <summary><c>negsamples doctor</c>.</summary>
internal static class DoctorCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("doctor", $"""
            Tells what this machine can compute with and runs the self-tests: every operation of the CPU in bf16 beside float32, on a few numbers, and of its GPU
            beside the CPU twin, at the sizes of a CIFAR-10 step.

            Examples:
              negsamples doctor
              negsamples doctor --precision fp32
              mpirun -n 2 negsamples doctor

            {ExitCode.Help}
            """);
        Option<string?> precision = PlaceOptions.Choice("--precision", "Test this precision only [default: bf16, tf32 and fp32].", PrecisionNames.All);
        command.Options.Add(precision);
        CommandLine.ServeRanks(terminal, command, (parsed, ranks) => Run(terminal, ranks, parsed.GetValue(precision)));
        return command;
    }

    private static int Run(Terminal terminal, Ranks ranks, string? only)
    {
        using CpuOps cpu = new(ranks.Threads);
        RankCheck.Print(terminal, ranks, cpu);
        if (ranks.Collective.Rank > 0) return ExitCode.Ok; // The machine of the first rank is tested for all.
        terminal.Say($"CPU     {cpu.Description}; {DevicesCommand.BFloat16}; {RunEnvironment.ProcessorName()}; {GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9:F1} GB of memory");
        if ((only is null or "bf16") && !TestBFloat16(terminal, ranks.Threads, cpu)) return ExitCode.Failure;
        string[] names = [.. PrecisionNames.All.Where(name => only is null || name == only)];
        if (!CudaOps.TryOpen(PrecisionNames.Parse(names[0]), out CudaOps? first, out string reason))
        {
            terminal.Say($"GPU     none: {reason}.");
            terminal.Say($"Training runs on the CPU (--device cpu, which --device auto takes).");
            return ExitCode.Ok;
        }

        bool passed = true;
        foreach (string name in names)
        {
            using CudaOps gpu = name == names[0] ? first : CudaOps.Open(PrecisionNames.Parse(name));
            terminal.Say($"GPU     {gpu.Description}; {gpu.FreeBytes / 1e9:F1} GB of memory free");
            passed &= Test(terminal, gpu, cpu);
            if (gpu.Precision == Precision.BFloat16 && gpu.HasWgmma) TestWgmma(terminal, cpu);
        }

        string verdict = passed
            ? "Every operation agrees with its CPU twin."
            : "An operation differs from its CPU twin: do not train on this GPU, and report this table.";
        terminal.Say($"{verdict}");
        return passed ? ExitCode.Ok : ExitCode.Failure;
    }

    /// <summary>Whether the CPU's own operations agree in bfloat16; only those that do not are listed.</summary>
    private static bool TestBFloat16(Terminal terminal, int threads, CpuOps cpu)
    {
        using CpuOps rounded = new(threads, Precision.BFloat16);
        IReadOnlyList<SelfTestResult> results = DeviceSelfTest.Run(rounded, Precision.BFloat16, cpu, small: true, stop: terminal.Stop);
        int passed = results.Count(result => result.Passed);
        terminal.Say($"        in bf16 {passed} of {results.Count} operations agree with float32 to its rounding");
        if (passed == results.Count) return true;
        Show(terminal, [.. results.Where(result => !result.Passed)]);
        terminal.Say($"An operation of the CPU in bf16 is wrong: train with --precision fp32, and report this table.");
        return false;
    }

    /// <summary>The kernels that are only taken where they are asked for.</summary>
    private static void TestWgmma(Terminal terminal, CpuOps cpu)
    {
        using CudaOps gpu = CudaOps.Open(Precision.BFloat16, MatrixKernels.Wgmma);
        terminal.Say($"GPU     {gpu.Description}");
        bool passed = Test(terminal, gpu, cpu);
        terminal.Say($"{(passed ? "--kernels wgmma can be used here." : "Do not use --kernels wgmma on this GPU, and report this table.")}");
    }

    private static bool Test(Terminal terminal, CudaOps gpu, CpuOps cpu)
    {
        IReadOnlyList<SelfTestResult> results = DeviceSelfTest.Run(gpu, gpu.Precision, cpu, small: false, stop: terminal.Stop);
        Show(terminal, results);
        terminal.Say($"{results.Count(result => result.Passed)} of {results.Count} passed.");
        return results.All(result => result.Passed);
    }

    private static void Show(Terminal terminal, IReadOnlyList<SelfTestResult> results)
    {
        Table table = terminal.NewTable().AddColumns("operation", "difference", "allowed", "seconds", "");
        foreach (TableColumn column in table.Columns.Skip(1).Take(3)) column.RightAligned();
        foreach (SelfTestResult result in results)
        {
            table.AddRow(
                Markup.Escape(result.Name), Number(result.Error, "0.0e+0"), Number(result.Tolerance, "0.0e+0"), Number(result.Seconds, "F2"),
                Markup.Escape(result.Passed ? "ok" : result.Failure ?? "WRONG"));
        }

        terminal.Console.Write(table);
    }

    private static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
