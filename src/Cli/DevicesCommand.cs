using System.CommandLine;
using NegSamples.Kernels;
using NegSamples.Training;

namespace NegSamples.Cli;

/// <summary><c>negsamples devices</c>.</summary>
internal static class DevicesCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("devices", "Lists what can compute on this machine and what --device takes for it.");
        command.SetAction((_, _) => CommandLine.Guard(terminal, () =>
        {
            using CpuOps cpu = new(precision: CpuOps.PrecisionOf(PrecisionNames.Automatic));
            bool hasGpu = CudaOps.TryOpen(Precision.BFloat16, out CudaOps? gpu, out string reason);
            string choice = hasGpu ? "--device cpu" : "--device cpu, and what --device auto takes";
            double gigabytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
            terminal.Say($"cpu   {cpu.Description}; {BFloat16}; {RunEnvironment.ProcessorName()}; {gigabytes:F1} GB of memory  ({choice})");
            using (gpu)
            {
                if (gpu is null) terminal.Say($"cuda  none: {reason}");
                else terminal.Say($"cuda  {gpu.Description}; {gpu.FreeBytes / 1e9:F1} GB of memory free  (--device cuda, and what --device auto takes)");
            }

            return ExitCode.Ok;
        }));
        return command;
    }

    /// <summary>What the CPU is worth in bfloat16.</summary>
    public static string BFloat16 =>
        $"bf16 {(CpuOps.BFloat16Support.Length == 0 ? "by its own instructions" : $"slow, as {CpuOps.BFloat16Support}")}";
}
