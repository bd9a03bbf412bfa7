using System.Globalization;
using System.Reflection;
using System.Text;
using NegSamples.Kernels;
using NegSamples.Kernels.Cuda;
using NegSamples.Kernels.Cuda.Ptx;
using NegSamples.Kernels.SelfTest;
using NegSamples.PtxInterpreter;

namespace NegSamples.Tests.Kernels.Cuda;

/// <summary>Every kernel that the operations launch, in all precisions: what the assembler makes of it and what its accesses cost.</summary>
public class KernelTableTests
{
    private const double LeastCoalescing = 0.9, MostConflicts = 0.05; // shares of sectors and of wavefronts
    // The kernels that memory bounds; the others touch a few numbers per row.
    private static readonly string[] Wide = ["Convolution", "WeightGradient", "BatchNorm", "ColumnStatistics", "Scale", "MovingAverage", "Pool", "L2Normalize", "Step", "Sums", "Gradients", "CountNonFinite"];

    // The one known exception: 192 accumulators and the rows' state leave it two registers short; they are stored once a tile.
    private const string TwoRegistersShort = "SumsAndProducts";

    /// <summary>Writes the table into the file that NEGSAMPLES_KERNEL_TABLE names, as kernels.sh does; without it, only checks.</summary>
    [Fact]
    public void EveryKernelAssemblesWithoutSpillsAndReadsWholeSectors()
    {
        string? file = Environment.GetEnvironmentVariable("NEGSAMPLES_KERNEL_TABLE");
        Assert.SkipUnless(Assembler.IsPresent || file is not null, "ptxas is not on the path.");
        List<string> faults = [];
        StringBuilder table = new(Head);
        foreach (KernelRow row in Rows().OrderBy(row => row.Name, StringComparer.Ordinal))
        {
            AssembledKernel hopper = Assembler.Read(row.Ptx, "sm_90", disassemble: true);
            Assembler.Read(row.Ptx, "sm_80"); // It assembles there too; what spills there is not asserted.
            table.AppendLine(CultureInfo.InvariantCulture,
                $"| {row.Name} | {row.Threads} | {hopper.Registers} | {hopper.SharedBytes + row.SharedBytes:N0} | {hopper.SpillBytes} | {Tensor(hopper)} | {Share(row.SectorsNeeded, row.SectorsAsked)} | {Share(row.Conflicts, row.Wavefronts)} |");
            if (hopper.StackBytes > (row.Kernel.StartsWith(TwoRegistersShort, StringComparison.Ordinal) ? 2 * sizeof(int) : 0))
                faults.Add($"{row.Name}: {hopper.SpillBytes} bytes of spills, {hopper.StackBytes} of stack");
            if (hopper.Registers * row.Threads > 65536) faults.Add($"{row.Name}: {hopper.Registers} registers of {row.Threads} threads do not fit");
            if (Wide.Any(part => row.Kernel.StartsWith(part, StringComparison.Ordinal)) && row.SectorsNeeded < LeastCoalescing * row.SectorsAsked)
                faults.Add($"{row.Name}: asks for {row.SectorsAsked} sectors and needs {row.SectorsNeeded}");
            if (row.Conflicts > MostConflicts * row.Wavefronts) faults.Add($"{row.Name}: {row.Conflicts} of {row.Wavefronts} wavefronts are bank conflicts");
            if ((row.Name.Contains("BFloat16Arithmetic", StringComparison.Ordinal) || row.Name.Contains("TensorFloat32Arithmetic", StringComparison.Ordinal)) && hopper.Code.Length > 0 && hopper.Count("HMMA") == 0) faults.Add($"{row.Name}: no tensor-core instruction");
        }

        if (file is not null) File.WriteAllText(file, table.ToString());
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private const string Head = """
        # Kernels

        Every CUDA kernel, as `./kernels.sh` measured it without a GPU: registers and spills by ptxas 11.8 for sm_90; coalescing and bank conflicts by the PTX
        interpreter at the aligned shapes of the self-test. "Sectors" is the share of the 32-byte sectors asked for that an ideal kernel would ask for too (one
        sector counts once per access of a warp); "conflicts" is the share of shared-memory wavefronts that banks cost. "Tensor" counts HMMA, LDSM and LDGSTS instructions.

        | kernel | threads | registers | shared bytes | spilled bytes | tensor | sectors | conflicts |
        | --- | ---: | ---: | ---: | ---: | --- | ---: | ---: |

        """;

    private static Dictionary<MethodInfo, KernelRow>.ValueCollection Rows()
    {
        Dictionary<MethodInfo, KernelRow> rows = [];
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            // Odd shapes first, for the kernels that only they launch; the aligned ones replace their counts.
            foreach (SelfTestScale scale in new[] { SelfTestScale.Small, SelfTestScale.Aligned })
            {
                using CudaRig rig = new(precision);
                foreach (SelfTestCase test in SelfTestCases.All(scale))
                {
                    using SelfTestRun run = new(rig.Ops, rig.Ops.ActivationType);
                    test.Body(run);
                }

                foreach (IGrouping<MethodInfo, (LaunchReport Report, int Threads, int SharedBytes)> launches in rig.Device.Reports
                    .Zip(rig.Device.Launches, (report, launch) => (launch.Kernel, Launch: (report, launch.Threads, launch.SharedBytes))).GroupBy(launch => launch.Kernel, launch => launch.Launch))
                {
                    rows[launches.Key] = new(
                        NameOf(launches.Key), launches.Key.Name, KernelCompiler.Compile(launches.Key), launches.Max(launch => launch.Threads), launches.Max(launch => launch.SharedBytes),
                        scale == SelfTestScale.Small ? 0 : launches.Sum(launch => launch.Report.SectorsAsked), launches.Sum(launch => launch.Report.SectorsNeeded),
                        scale == SelfTestScale.Small ? 0 : launches.Sum(launch => launch.Report.Wavefronts), scale == SelfTestScale.Small ? 0 : launches.Sum(launch => launch.Report.BankConflicts));
                }
            }
        }

        return rows.Values;
    }

    private static string NameOf(MethodInfo method) => $"{method.DeclaringType!.Name}.{method.Name}"
        + (method.IsGenericMethod ? $" of {string.Join(", ", method.GetGenericArguments().Select(type => type.Name))}" : "");

    private static string Tensor(AssembledKernel kernel) =>
        kernel.Count("HMMA") + kernel.Count("LDSM") + kernel.Count("LDGSTS") is 0 ? "" : $"{kernel.Count("HMMA")} / {kernel.Count("LDSM")} / {kernel.Count("LDGSTS")}";

    private static string Share(long part, long whole) => whole == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * part / whole:F0} %");

    private sealed record KernelRow(string Name, string Kernel, string Ptx, int Threads, int SharedBytes, long SectorsAsked, long SectorsNeeded, long Wavefronts, long Conflicts);
}
