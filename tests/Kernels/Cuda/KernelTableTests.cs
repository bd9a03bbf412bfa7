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
    // Shares of sectors and of wavefronts; at these small shapes what is loaded once a tile weighs more than in a run.
    private const double LeastCoalescing = 0.9, MostConflicts = 0.05;
    // The kernels that memory bounds; the others touch a few numbers per row.
    private static readonly string[] Wide = ["Convolution", "WeightGradient", "BatchNorm", "ColumnStatistics", "Scale", "MovingAverage", "Pool", "L2Normalize", "Step", "Sums", "Gradients", "CountNonFinite"];

    /// <summary>Writes the table into the file that NEGSAMPLES_KERNEL_TABLE names, as kernels.sh does.</summary>
    [Fact]
    public void EveryKernelAssemblesWithoutSpillsAndReadsWholeSectors()
    {
        string? file = Environment.GetEnvironmentVariable("NEGSAMPLES_KERNEL_TABLE");
        Assert.SkipUnless(file is not null, "./kernels.sh runs it, which takes minutes.");
        List<string> faults = [];
        StringBuilder table = new(Head(string.Join(" and ", Assembler.Programs.Select(program => program.Version))));
        Dictionary<MethodInfo, (int Threads, int SharedBytes)>[] full = [.. Occupancy.All.Select(gpu => FullLaunches(gpu.Memory))];
        KernelRow[] rows = [.. Rows().OrderBy(row => row.Name, StringComparer.Ordinal)];
        IReadOnlyList<AssemblerProgram> programs = Assembler.Programs;
        IReadOnlyList<string> architectures = Assembler.Architectures;
        Dictionary<(AssemblerProgram Program, string Architecture), AssembledKernel>[] assembled =
        [
            .. rows.AsParallel().AsOrdered().Select(row => programs.SelectMany(program => architectures.Select(architecture => (program, architecture)))
                .ToDictionary(pair => pair, pair => Assembler.Read(row.Ptx, pair.architecture, pair.program, disassemble: pair == (programs[0], "sm_90")))),
        ];
        foreach ((KernelRow row, Dictionary<(AssemblerProgram Program, string Architecture), AssembledKernel> kernels) in rows.Zip(assembled))
        {
            AssembledKernel hopper = kernels[(programs[0], "sm_90")];
            foreach (((AssemblerProgram program, string architecture), AssembledKernel kernel) in kernels)
            {
                if (kernel.StackBytes > 0)
                    faults.Add($"{row.Name}: {kernel.SpillBytes} bytes of spills, {kernel.StackBytes} of stack for {architecture} by ptxas {program.Version}");
            }

            string blocks = string.Join(" / ", Occupancy.All.Select((gpu, i) =>
            {
                if (!kernels.TryGetValue((programs[0], gpu.Architecture), out AssembledKernel? kernel)) return "";
                (int threads, int shared) = full[i].GetValueOrDefault(row.Method, (row.Threads, row.SharedBytes));
                return string.Create(CultureInfo.InvariantCulture, $"{gpu.Of(kernel.Registers, threads, kernel.SharedBytes + shared)}");
            }));
            table.AppendLine(CultureInfo.InvariantCulture,
                $"| {row.Name} | {row.Threads} | {hopper.Registers} | {hopper.SharedBytes + row.SharedBytes:N0} | {kernels.Values.Max(kernel => kernel.SpillBytes)} | {blocks} | {Tensor(hopper)} | {Share(row.SectorsNeeded, row.SectorsAsked)} | {Share(row.Conflicts, row.Wavefronts)} |");
            if (hopper.Registers * row.Threads > 65536) faults.Add($"{row.Name}: {hopper.Registers} registers of {row.Threads} threads do not fit");
            bool wide = row.Method.DeclaringType != typeof(ContrastiveRows) && Wide.Any(part => row.Kernel.StartsWith(part, StringComparison.Ordinal));
            if (wide && row.SectorsNeeded < LeastCoalescing * row.SectorsAsked)
                faults.Add($"{row.Name}: asks for {row.SectorsAsked} sectors and needs {row.SectorsNeeded}");
            if (row.Conflicts > MostConflicts * row.Wavefronts) faults.Add($"{row.Name}: {row.Conflicts} of {row.Wavefronts} wavefronts are bank conflicts");
            if ((row.Name.Contains("BFloat16Arithmetic", StringComparison.Ordinal) || row.Name.Contains("TensorFloat32Arithmetic", StringComparison.Ordinal)) && hopper.Code.Length > 0 && hopper.Count("HMMA") == 0) faults.Add($"{row.Name}: no tensor-core instruction");
        }

        File.WriteAllText(file!, table.ToString());
        Assert.True(faults.Count == 0, string.Join('\n', faults));
    }

    private static string Head(string versions) => $"""
        # Kernels

        Every CUDA kernel, as `./kernels.sh` measured it without a GPU. All assemble with ptxas {versions} for {string.Join(", ", Assembler.Architectures)}; "spilled" is the most
        bytes that any of them stores and loads for want of registers. Registers are for sm_90 by ptxas {Assembler.Programs[0].Version}; coalescing and bank conflicts by the PTX interpreter at the aligned shapes of the
        self-test. "Blocks" is how many a multiprocessor of compute capability {string.Join(" / ", Occupancy.All.Select(gpu => gpu.Capability))} holds at a time, by registers, threads and the
        shared memory that the kernel takes there at shapes of a CIFAR-10 step that fill the GPU. "Sectors" is the share of the 32-byte sectors asked for that an ideal
        kernel would ask for too (one sector counts once per access of a warp); "conflicts" is the share of shared-memory wavefronts that banks cost. "Tensor" counts
        HMMA, LDSM and LDGSTS instructions.

        | kernel | threads | registers | shared bytes | spilled | blocks | tensor | sectors | conflicts |
        | --- | ---: | ---: | ---: | ---: | --- | --- | ---: | ---: |

        """;

    /// <summary>What is launched on a GPU of so few multiprocessors that the largest tiles are chosen.</summary>
    private static Dictionary<MethodInfo, (int Threads, int SharedBytes)> FullLaunches(SharedMemoryLimits limits)
    {
        Dictionary<MethodInfo, (int Threads, int SharedBytes)> launches = [];
        foreach (Precision precision in Enum.GetValues<Precision>())
        {
            LimitedDevice device = new(limits, multiprocessors: 4);
            using CudaOps ops = new(device, precision);
            foreach (SelfTestCase test in SelfTestCases.All(SelfTestScale.Real))
            {
                using SelfTestRun run = new(ops, ops.ActivationType, filled: false);
                test.Body(run);
            }

            foreach ((MethodInfo kernel, int threads, int shared) in device.Launches)
            {
                (int Threads, int SharedBytes) most = launches.GetValueOrDefault(kernel);
                launches[kernel] = (Math.Max(most.Threads, threads), Math.Max(most.SharedBytes, shared));
            }
        }

        return launches;
    }

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
                        launches.Key, NameOf(launches.Key), launches.Key.Name, KernelCompiler.Compile(launches.Key), launches.Max(launch => launch.Threads), launches.Max(launch => launch.SharedBytes),
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

    private sealed record KernelRow(MethodInfo Method, string Name, string Kernel, string Ptx, int Threads, int SharedBytes, long SectorsAsked, long SectorsNeeded, long Wavefronts, long Conflicts);
}
