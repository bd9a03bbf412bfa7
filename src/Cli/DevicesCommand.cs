using System.CommandLine;
using System.Globalization;
using NegSamples.Kernels;
using NegSamples.Training;

namespace NegSamples.Cli;

/// <summary><c>negsamples devices</c>.</summary>
internal static class DevicesCommand
{
    public static Command Create(Terminal terminal)
    {
        Command command = new("devices", """
            Lists what can compute on this machine. Beside each stands what --device takes for it.

            Examples:
              negsamples devices
              negsamples devices --json
            """);
        command.Options.Add(JsonOption.Create());
        command.SetAction((_, _) => CommandLine.Guard(terminal, () =>
        {
            using CpuOps cpu = new(precision: CpuOps.PrecisionOf(PrecisionNames.Automatic));
            (CudaOps? gpu, string reason, _, _) = Devices.TryOpenGpu(new GpuRequest(Precision.BFloat16), terminal.Note, terminal.Stop);
            using (gpu)
            {
                terminal.Give(Found(terminal, cpu, gpu, reason), CommandJson.Default.FoundDevices, _ => Print(terminal, cpu, gpu, reason));
            }

            return ExitCode.Ok;
        }));
        return command;
    }

    /// <summary>What was found.</summary>
    public static FoundDevices Found(Terminal terminal, CpuOps cpu, CudaOps? gpu, string reason)
    {
        FoundGpu? found = null;
        if (gpu is not null)
        {
            long? free = null;
            try
            {
                free = gpu.FreeBytes;
            }
            catch (DeviceException)
            {
                // It is not known; the table says why.
            }

            found = new(gpu.Description, free);
        }

        return new(
            new(cpu.Description, RunEnvironment.ProcessorName(), GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, BFloat16), found,
            found is null ? SettingNames.Say(reason, terminal.FileSettings) : null, found is null ? "cpu" : "cuda");
    }

    private static void Print(Terminal terminal, CpuOps cpu, CudaOps? gpu, string reason)
    {
        string choice = gpu is not null ? "--device cpu" : "--device cpu, and what --device auto takes";
        double gigabytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / 1e9;
        terminal.Say($"cpu   {cpu.Description}; {BFloat16}; {RunEnvironment.ProcessorName()}; {gigabytes:F1} GB of memory  ({choice})");
        if (gpu is null) terminal.Say($"cuda  none: {SettingNames.Say(reason, terminal.FileSettings)}");
        else terminal.Say($"cuda  {gpu.Description}; {Free(gpu)}  (--device cuda, and what --device auto takes)");
    }

    /// <summary>What a GPU says of its free memory, be it an error.</summary>
    private static string Free(CudaOps gpu)
    {
        try
        {
            return string.Create(CultureInfo.InvariantCulture, $"{gpu.FreeBytes / 1e9:F1} GB of memory free");
        }
        catch (DeviceException exception)
        {
            return $"its free memory is not known: {exception.Message.TrimEnd('.')}";
        }
    }

    /// <summary>What the CPU is worth in bfloat16.</summary>
    public static string BFloat16 =>
        $"bf16 {(CpuOps.BFloat16Support.Length == 0 ? "by its own instructions" : $"slow, as {CpuOps.BFloat16Support}")}";
}
