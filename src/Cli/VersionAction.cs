using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;
using System.Runtime.InteropServices;
using NegSamples.Kernels;
using NegSamples.Training;

namespace NegSamples.Cli;

/// <summary>What <c>--version</c> does: the version with the commit in the first line, for programs, then what it runs on.</summary>
/// <param name="terminal">Where it is printed.</param>
/// <param name="search">Looks for a GPU.</param>
internal sealed class VersionAction(Terminal terminal, Func<GpuSearch> search) : SynchronousCommandLineAction
{
    /// <summary>How long a driver may take to answer: a version is not worth a minute.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public override bool Terminating => true;

    public override int Invoke(ParseResult parseResult)
    {
        terminal.Output.WriteLine($"negsamples {RunEnvironment.ProgramVersion}");
        terminal.Output.WriteLine($"runtime  {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.RuntimeIdentifier}");
        terminal.Output.WriteLine($"cpu      {Cpu()}");
        terminal.Output.WriteLine($"gpu      {Gpu()}");
        return ExitCode.Ok;
    }

    private static string Cpu()
    {
        using CpuOps cpu = new(precision: CpuOps.PrecisionOf(PrecisionNames.Automatic));
        return $"{RunEnvironment.ProcessorName()}; {cpu.Description}";
    }

    private string Gpu()
    {
        Task<string> answer = Task.Run(() =>
        {
            (CudaOps? gpu, string reason, int seen, _) = search();
            if (gpu is null) return $"none: {SettingNames.Say(reason, terminal.FileSettings)}";
            using (gpu) return seen > 1 ? string.Create(CultureInfo.InvariantCulture, $"{gpu.DeviceName}, the first of {seen}") : gpu.DeviceName;
        });
        try
        {
            if (Task.WaitAny([answer], Patience) < 0) return string.Create(CultureInfo.InvariantCulture, $"not known: the driver has not answered for {Patience.TotalSeconds} s");
            return answer.GetAwaiter().GetResult();
        }
        catch (DeviceException exception)
        {
            return $"not known: {exception.Message}";
        }
    }
}
